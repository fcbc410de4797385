package claims_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/app/claims"
	"github.com/seawall-project/seawall/internal/report"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch"
)

// fail keeps the incident 7, at party.example from 12:10 to 12:40.
func fail(t *testing.T, r *room) {
	t.Helper()
	began, ended := midnight.Add(730*time.Minute), midnight.Add(760*time.Minute)
	m := watch.Member{
		Site: "party.example", Phase: watch.Over, Grade: watch.Confirmed, Start: watch.Interval{Earliest: began.Add(-time.Minute), Latest: began},
		End: watch.Interval{Earliest: ended.Add(-time.Minute), Latest: ended}, Total: watch.Span{Least: 29 * time.Minute, Most: 31 * time.Minute},
		UnreachableFrom: []string{"DE", "DK", "NL"}, Words: watch.Words{EN: "unavailable for a period", DA: "utilgængelig i en periode"},
	}
	doc, err := json.Marshal(watch.Incident{ID: 7, Phase: watch.Over, Grade: watch.Confirmed, Members: []watch.Member{m}, Start: m.Start, End: m.End, Words: m.Words})
	if err != nil {
		t.Fatal(err)
	}
	sites, err := r.db.Sites(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := store.Incident{ID: "7", Opened: began, Closed: ended, Sites: []store.SiteID{sites[0].ID}, Doc: doc}
	if err := r.db.Apply(t.Context(), store.Step{Incidents: []store.Incident{i}}); err != nil {
		t.Fatal(err)
	}
}

func TestReportOfAnIncident(t *testing.T) {
	r := newRoom(t)
	fail(t, r)
	added := ask(t, r, claims.Add, post("+ party.example"))
	ask(t, r, claims.Decide, claims.Deciding{Of: added.Claims[0].ID})
	noon := midnight.Add(12 * time.Hour)
	ask(t, r, claims.Mark, claims.Marking{Target: "party.example", Seen: "templates", Role: claims.RoleEdge, From: noon, Until: noon.Add(time.Hour)})
	ask(t, r, claims.Mark, claims.Marking{Target: "party.example", Seen: "attack", Role: claims.RoleEdge, From: noon.Add(6 * time.Hour), Until: noon.Add(7 * time.Hour)})
	path := filepath.Join(t.TempDir(), "report")
	in := claims.Exporting{Of: "7", Format: "json", To: "authority", Maker: "The Example Office", Path: path}
	sum := ask(t, r, claims.Report, in)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got report.Incident
	// A label is written, and read by those who know it.
	if err := json.Unmarshal([]byte(strings.Replace(string(raw), `"tlp":"TLP:AMBER+STRICT"`, `"tlp":0`, 1)), &got); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	if got.ID != "7" || got.Maker != "The Example Office" || got.Head != sum.Head || len(got.Sites) != 1 {
		t.Fatalf("got %+v", got)
	}
	s := got.Sites[0]
	if len(s.Seen) != 3 || s.Seen[0].Vantage != ams.name || s.Seen[0].Network != ams.network || s.Seen[0].Probes != 32 || s.Seen[0].Failed != 30 {
		t.Errorf("vantages: got %+v", s.Seen)
	}
	if c := s.Seen[0].Classes; len(c) != 2 || c[0].Class != "http_502" || c[0].Probes != 30 || c[0].Words.DA == "" {
		t.Errorf("classes: got %+v", c)
	}
	if len(s.Claimed) != 1 || s.Claimed[0].Verdict != report.Confirmed || s.Claimed[0].Claimant != "The Example Group" {
		t.Errorf("claims: got %+v", s.Claimed)
	}
	if len(s.Activity) != 1 || s.Activity[0].By != report.Edge || !s.Activity[0].From.Equal(noon) {
		t.Errorf("activity: got %+v, want that of the time of the incident", s.Activity)
	}
	if slices.Contains(got.Limits, report.LimitNoHome) || !slices.Contains(got.Limits, report.LimitUnlistened) {
		t.Errorf("limits: got %v", got.Limits)
	}

	// The hashes stand in the ledger, in the entry that the report names.
	content, err := r.db.LedgerContent(t.Context(), sum.Entry)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Evidence) == 0 {
		t.Error("the report has no evidence")
	}
	for _, e := range s.Evidence {
		if !strings.Contains(string(content.Bytes), e.Hash) {
			t.Errorf("the ledger does not hold %s of %s", e.Hash, e.Kind)
		}
	}
}

func TestReportOfAnIncidentIsRefused(t *testing.T) {
	r := newRoom(t)
	fail(t, r)
	path := filepath.Join(t.TempDir(), "report")
	in := func(change func(*claims.Exporting)) claims.Exporting {
		e := claims.Exporting{Of: "7", Format: "html", To: "authority", Path: path}
		change(&e)
		return e
	}
	refused(t, r, claims.Report, in(func(e *claims.Exporting) { e.Of = "8" }), `no incident has the number 8`)
	refused(t, r, claims.Report, in(func(e *claims.Exporting) { e.Format = "misp" }), `a format is one of text, html, json`)
	refused(t, r, claims.Report, in(func(e *claims.Exporting) { e.To = "public" }), `not for the public`)
	refused(t, r, claims.Report, in(func(e *claims.Exporting) { e.To = "community" }), `TLP:AMBER+STRICT does not go to the community`)
	refused(t, r, claims.Report, in(func(e *claims.Exporting) { e.To, e.Owner = "owner", "The Example Bakery" }), `somebody else's site`)
	r.now = midnight.Add(761 * time.Minute)
	refused(t, r, claims.Report, in(func(*claims.Exporting) {}), `it may leave from 2025-11-17T13:40:00Z on`)
	if _, err := os.Stat(path); err == nil {
		t.Error("a report was written that may not leave")
	}
}
