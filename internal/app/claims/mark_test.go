package claims_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/app/claims"
	"github.com/seawall-project/seawall/internal/claim"
)

// misped exports a claim as MISP and returns its claim-validity.
func misped(t *testing.T, r *room, of string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "event.json")
	ask(t, r, claims.Export, claims.Exporting{Of: of, Format: "misp", To: "authority", Path: path})
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, word := range []string{"Valid", "Invalid", "Unknown"} {
		if strings.Contains(string(raw), `"value": "`+word+`"`) {
			found = append(found, word)
		}
	}
	return strings.Join(found, " ")
}

// TestMark holds that what an edge or a provider saw of an attack makes a claim valid, that nothing else does, and that it moves no verdict.
func TestMark(t *testing.T) {
	r := newRoom(t)
	id := addOne(t, r, "We took down https://party.example/")
	r.now = r.now.Add(24 * time.Hour)
	noon := midnight.Add(12 * time.Hour)
	first := ask(t, r, claims.Decide, claims.Deciding{Of: id}).Verdicts[0]
	if got := misped(t, r, id); got != "Unknown" || slices.Contains(first.Verdict.For, claim.TemplatesSeen) {
		t.Errorf("got %q of what was only seen from outside", got)
	}
	work := claims.Marking{Target: "https://www.party.example/", Seen: "deploy", From: noon, Until: noon.Add(20 * time.Minute)}
	ask(t, r, claims.Mark, work)
	second := ask(t, r, claims.Decide, claims.Deciding{Of: id}).Verdicts[0]
	if got := misped(t, r, id); got != "Unknown" || second.Version != 2 || !slices.Contains(second.Verdict.Against, claim.Deployed) {
		t.Errorf("got %q and %+v, want a deploy that speaks against", got, second)
	}
	seen := claims.Marking{Target: "party.example", Seen: "templates", Role: claims.RoleEdge, From: noon, Until: noon.Add(20 * time.Minute)}
	mark := ask(t, r, claims.Mark, seen)
	if again := ask(t, r, claims.Mark, seen); again != mark {
		t.Errorf("got %+v, want the mark that was there, %+v", again, mark)
	}
	third := ask(t, r, claims.Decide, claims.Deciding{Of: id}).Verdicts[0]
	if got := misped(t, r, id); got != "Valid" || third.Version != 3 || !slices.Contains(third.Verdict.For, claim.TemplatesSeen) {
		t.Errorf("got %q and %+v, want a valid claim", got, third)
	}
	if third.Verdict.Verdict != first.Verdict.Verdict || third.Verdict.Confidence != first.Verdict.Confidence || !slices.Contains(third.RestsOn, mark.Entry) {
		t.Errorf("got %+v after %+v", third, first)
	}
	if c := bundleOf(t, r, id, ""); !c.Holds || !slices.Contains(c.InFull, mark.Entry) {
		t.Errorf("got %+v, want the mark in the bundle", c)
	}

	gone := ask(t, r, claims.Mark, claims.Marking{Drop: mark.Entry})
	if got := misped(t, r, id); !gone.Gone || got != "Unknown" {
		t.Errorf("got %q and %+v after the mark was taken back", got, gone)
	}
	if v := ask(t, r, claims.Decide, claims.Deciding{Of: id}).Verdicts[0]; v.Version != 4 || slices.Contains(v.Verdict.For, claim.TemplatesSeen) {
		t.Errorf("got %+v, want a version without it", v)
	}
	if c := bundleOf(t, r, id, ""); !c.Holds {
		t.Error(c.Bad)
	}
	ask(t, r, claims.Mark, claims.Marking{Target: "party.example", Seen: "attack", Role: claims.RoleProvider, From: noon, Until: noon.Add(time.Minute)})
	if v := ask(t, r, claims.Decide, claims.Deciding{Of: id}).Verdicts[0]; v.Version != 5 || misped(t, r, id) != "Valid" {
		t.Errorf("got %+v, want a version that rests on what the provider saw", v)
	}
}

// TestMarksRefused holds who may say what, and of when.
func TestMarksRefused(t *testing.T) {
	r := newRoom(t)
	noon := midnight.Add(12 * time.Hour)
	for _, c := range []struct {
		why    string
		change func(m *claims.Marking)
	}{
		{"name the host", func(m *claims.Marking) { m.Target = " " }},
		{"what was seen is one of", func(m *claims.Marking) { m.Seen = "Jane Doe" }},
		{"it is known to the", func(m *claims.Marking) { m.Role = "Jane Doe" }},
		{"by an edge or a provider", func(m *claims.Marking) { m.Role = claims.RoleOwner }},
		{"by a provider alone", func(m *claims.Marking) { m.Seen = "no-attack" }},
		{"from when until when", func(m *claims.Marking) { m.From = m.Until }},
		{"from when until when", func(m *claims.Marking) { m.From = time.Time{} }},
		{"at most 31 days", func(m *claims.Marking) { m.From = m.Until.AddDate(0, 0, -32) }},
		{"cannot lie ahead", func(m *claims.Marking) { m.Until = r.now.Add(time.Hour) }},
		{"is no mark", func(m *claims.Marking) { m.Drop = 7 }},
	} {
		m := claims.Marking{Target: "party.example", Seen: "templates", Role: claims.RoleEdge, From: noon, Until: noon.Add(time.Minute)}
		c.change(&m)
		refused(t, r, claims.Mark, m, c.why)
	}
}
