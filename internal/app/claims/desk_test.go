package claims_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/app/claims"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/claim"
	"github.com/seawall-project/seawall/internal/claim/ledger"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// room is a desk on a store with a night, and the clock it goes by.
type room struct {
	*claims.Desk
	now time.Time
	way claims.Way
	db  store.Store
}

// newRoom opens a desk on the day after a night in which party.example was down for 30 minutes from 12:10 on.
func newRoom(t *testing.T) *room {
	t.Helper()
	return newRoomOf(t, scene{lines: []string{posted, listed}, finds: during(730, 760, "http_502")})
}

// newRoomOf opens a desk on the day after a night.
func newRoomOf(t *testing.T, s scene) *room {
	t.Helper()
	db := keep(t, s)
	r := &room{now: midnight.AddDate(0, 0, 1), db: db}
	r.Desk = &claims.Desk{
		Store: db, State: t.TempDir(), Now: func() time.Time { return r.now },
	}
	r.way = desk.Here(r.Desk)
	return r
}

// ask has an operation done that has to succeed.
func ask[In, Out any](t *testing.T, r *room, o claims.Op[In, Out], in In) Out {
	t.Helper()
	out, err := o.Ask(t.Context(), r.way, in)
	if err != nil {
		t.Fatalf("%s: %v", o.Name, err)
	}
	return out
}

// refused has an operation done that has to be refused in these words.
func refused[In, Out any](t *testing.T, r *room, o claims.Op[In, Out], in In, why string) {
	t.Helper()
	before := entries(t, r)
	_, err := o.Ask(t.Context(), r.way, in)
	if !errors.Is(err, control.ErrRefused) || !strings.Contains(err.Error(), why) {
		t.Errorf("%s: got error %v, want it refused: %s", o.Name, err, why)
	}
	if after := entries(t, r); len(after) != len(before) {
		t.Errorf("%s: what was refused has made %d entries", o.Name, len(after)-len(before))
	}
}

func entries(t *testing.T, r *room) []ledger.Entry {
	t.Helper()
	all, err := r.db.LedgerEntries(t.Context(), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func post(text string) claims.Adding {
	return claims.Adding{Text: text, Claimant: "The Example Group", Source: "a channel", Posted: midnight.Add(12 * time.Hour).Format(time.RFC3339)}
}

const saidDown = "We took down hxxps://party[.]example, and https://other.example/. Write to jane@example.org.\n"

// addOne hands in a post and returns the claim's ID.
func addOne(t *testing.T, r *room, text string) string {
	t.Helper()
	sum := ask(t, r, claims.Add, post(text))
	if len(sum.Claims) != 1 {
		t.Fatalf("got %d claims", len(sum.Claims))
	}
	return sum.Claims[0].ID
}

// bundleOf exports a bundle and checks it with the desk's key.
func bundleOf(t *testing.T, r *room, of, head string) *claims.Checked {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bundle.json")
	ask(t, r, claims.Export, claims.Exporting{Of: of, Format: "bundle", To: "authority", Path: path})
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, err := claims.VerifyBundle(f, ask(t, r, claims.KeyShown, claims.Rotating{}).Key.String(), head)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFromClaimToBundle(t *testing.T) {
	r := newRoom(t)
	id := addOne(t, r, saidDown)
	if sum := ask(t, r, claims.Add, post(saidDown)); sum.Claims[0].New || sum.Claims[0].ID != id || len(entries(t, r)) != 2 {
		t.Errorf("the same claim twice: got %+v", sum.Claims[0])
	}
	shown := ask(t, r, claims.Show, claims.Naming{Claim: id})
	if strings.Contains(shown.Text, "jane") || len(shown.Targets) != 2 || shown.Targets[0].Site != "party" || shown.Targets[1].Site != "" {
		t.Errorf("got %+v", shown)
	}

	decided := ask(t, r, claims.Decide, claims.Deciding{Of: id})
	if len(decided.Verdicts) != 2 {
		t.Fatalf("got %d verdicts, want one for each target", len(decided.Verdicts))
	}
	v := decided.Verdicts[0]
	if v.Verdict.Verdict != claim.Confirmed || !v.New || v.Version != 1 || v.Rounds < 500 || v.Networks != 3 {
		t.Errorf("got %s, version %d, %d rounds, %d networks", v.Verdict.Verdict, v.Version, v.Rounds, v.Networks)
	}
	var kinds []string
	for _, m := range v.Evidence {
		kinds = append(kinds, m.Kind)
	}
	if got := strings.Join(kinds, " "); got != "claim text probes" {
		t.Errorf("it rests on %s", got)
	}
	if decided.Verdicts[1].Verdict.Verdict != claim.Unknown {
		t.Errorf("got %s for a host that is not watched", decided.Verdicts[1].Verdict.Verdict)
	}

	// Nothing new makes no version; what is new makes one, and the one before stands.
	if again := ask(t, r, claims.Decide, claims.Deciding{Of: id}); again.Verdicts[0].New || again.Verdicts[0].Entry != v.Entry {
		t.Errorf("the same question again: got version %d, new %t", again.Verdicts[0].Version, again.Verdicts[0].New)
	}
	list := store.OrderList{Feed: "lists", At: midnight.Add(12 * time.Hour), Hash: strings.Repeat("ab", 32), Hosts: 1, Sightings: []store.OrderSighting{{Host: "party.example", Aim: "a"}}}
	if err := errors.Join(r.db.PutFeed(t.Context(), store.Feed{Name: "lists", TLP: "TLP:CLEAR"}), r.db.PutLists(t.Context(), []store.OrderList{list}, nil, nil)); err != nil {
		t.Fatal(err)
	}
	again := ask(t, r, claims.Decide, claims.Deciding{Of: id}).Verdicts[0]
	if again.Version != 2 || !slices.ContainsFunc(again.Evidence, func(m claims.Material) bool { return m.Kind == "list" }) {
		t.Errorf("after a list came: got version %d, resting on %+v", again.Version, again.Evidence)
	}
	if got := len(ask(t, r, claims.Show, claims.Naming{Claim: id}).Verdicts); got != 4 { // of the other host it is now known that no list names it
		t.Errorf("got %d versions in all, want 4", got)
	}

	r.now = midnight.AddDate(0, 0, 2)
	head := ask(t, r, claims.HeadOut, claims.GivingHead{Way: "mail"})
	c := bundleOf(t, r, id, head.Head)
	if !c.Holds || len(c.InFull) < 6 || len(c.Erased) != 0 {
		t.Errorf("got %+v", c)
	}
}

// Of a host everything that lists and claims say is judged together.
func TestOfHost(t *testing.T) {
	r := newRoom(t)
	refused(t, r, claims.Decide, claims.Deciding{Of: "party.example"}, "nobody claims")
	addOne(t, r, saidDown)
	got := ask(t, r, claims.Decide, claims.Deciding{Of: "https://party.example/front"})
	if len(got.Verdicts) != 1 || got.Verdicts[0].Verdict.Verdict != claim.Confirmed || got.Verdicts[0].Claim != "" {
		t.Fatalf("got %+v", got.Verdicts)
	}
	r.now = midnight.AddDate(0, 0, 2)
	if c := bundleOf(t, r, "party.example", ""); !c.Holds {
		t.Error(c.Bad)
	}
}

// What leaves obeys label, route and delay; what leaves early leaves with a reason, that stays.
func TestExport(t *testing.T) {
	r := newRoom(t)
	id := addOne(t, r, saidDown)
	r.now = midnight.Add(18*time.Hour + 59*time.Minute) // the window closes at 18:00
	ask(t, r, claims.Decide, claims.Deciding{Of: id})
	path := filepath.Join(t.TempDir(), "out")
	in := claims.Exporting{Of: "party.example", Format: "misp", To: "authority", Path: path}
	refused(t, r, claims.Export, in, "it may leave from 2025-11-17T19:00:00Z on")
	early := in
	early.Early = "the owner has a press conference"
	sum := ask(t, r, claims.Export, early)
	content, err := r.db.LedgerContent(t.Context(), sum.Entry)
	if err != nil || !strings.Contains(string(content.Bytes), early.Early) {
		t.Errorf("the ledger has %s, error %v, without the reason", content.Bytes, err)
	}
	h, err := ledger.ParseHead(sum.Head)
	if err != nil || h.Number != sum.Entry {
		t.Errorf("got head %v, error %v: it vouches for the export itself", h, err)
	}

	early.To = "public"
	refused(t, r, claims.Export, early, "nothing leaves")
	r.now = midnight.Add(19 * time.Hour)
	refused(t, r, claims.Export, claims.Exporting{Of: id, Format: "csv", To: "community", Path: path}, "TLP:AMBER+STRICT does not go to the community")
	for _, format := range []string{"misp", "stix", "csv", "html", "bundle"} {
		in.Format = format
		ask(t, r, claims.Export, in)
		raw, err := os.ReadFile(path)
		if err != nil || format != "bundle" && !strings.Contains(string(raw), "party.example") || strings.Contains(string(raw), "jane") {
			t.Errorf("%s: error %v, %.200s", format, err, raw)
		}
		if format == "misp" || format == "stix" || format == "bundle" {
			if !json.Valid(raw) {
				t.Errorf("%s is no JSON", format)
			}
		}
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, error %v, want a file for its owner alone", info.Mode(), err)
	}

	// In public there are counts, and no name at all.
	public := claims.Exporting{Format: "html", To: "public", TLP: "clear", Path: path}
	ask(t, r, claims.Export, public)
	raw, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(raw), "party") || strings.Contains(string(raw), "other.example") {
		t.Errorf("the public page names somebody (error %v)", err)
	}
	for why, x := range map[string]claims.Exporting{
		"a bundle holds the evidence": {Of: id, Format: "bundle", To: "public", TLP: "clear", Path: path},
		"a format is one of":          {Of: id, Format: "pdf", To: "authority", Path: path},
		"it goes to":                  {Of: id, Format: "csv", To: "everybody", Path: path},
		"no label":                    {Of: id, Format: "csv", To: "authority", TLP: "purple", Path: path},
		"no absolute path":            {Of: id, Format: "csv", To: "authority", Path: "out"},
		"which owner":                 {Of: id, Format: "csv", To: "owner", Path: path},
		"somebody else's site":        {Of: "party.example", Format: "csv", To: "owner", Owner: "nobody", Path: path},
		"there is no verdict yet":     {Of: "unheard.example", Format: "csv", To: "authority", Path: path},
	} {
		refused(t, r, claims.Export, x, why)
	}
}

// What was given to us under a label goes no further than that lets it.
func TestReceivedLabel(t *testing.T) {
	r := newRoom(t)
	in := post(saidDown)
	in.TLP = "amber+strict"
	id := ask(t, r, claims.Add, in).Claims[0].ID
	ask(t, r, claims.Decide, claims.Deciding{Of: id})
	out := filepath.Join(t.TempDir(), "x")
	refused(t, r, claims.Export, claims.Exporting{Of: id, Format: "misp", To: "authority", Path: out}, "received as TLP:AMBER+STRICT")

	// Neither does a verdict on a host that rests on it, nor the bundle with what it says.
	of := ask(t, r, claims.Decide, claims.Deciding{Of: "party.example"}).Verdicts[0].ID
	for _, format := range []string{"csv", "bundle"} {
		refused(t, r, claims.Export, claims.Exporting{Of: "party.example", Format: format, To: "authority", Path: out}, "received as TLP:AMBER+STRICT")
	}
	if !strings.HasSuffix(of, "Z/party.example") {
		t.Errorf("got verdict %s", of)
	}
}

// TestEraseTarget holds that of a claim of which one target goes the rest stays, in an entry of its own, and that all can still be checked.
func TestEraseTarget(t *testing.T) {
	r := newRoom(t)
	in := post(saidDown)
	in.Proof = []string{"https://check.example/report/other.example", "https://check.example/report/2"}
	id := ask(t, r, claims.Add, in).Claims[0].ID
	ask(t, r, claims.Decide, claims.Deciding{Of: id})
	before := ask(t, r, claims.HeadOut, claims.GivingHead{Way: "mail"})
	sum := ask(t, r, claims.Erase, claims.Erasing{Claim: id, Reason: claims.ReasonAsked, Targets: []string{"other.example"}})
	got := ask(t, r, claims.Show, claims.Naming{Claim: id})
	if sum.Again == 0 || got.Entry != sum.Again || got.Claimant == "" || got.Erased != nil || len(got.Targets) != 1 || got.Targets[0].Host != "party.example" {
		t.Errorf("got %+v after %+v, want what is left of the claim", got, sum)
	}
	if !slices.Equal(got.Proof, in.Proof[1:]) || got.Text != "" {
		t.Errorf("got proof %q and text %q", got.Proof, got.Text)
	}
	everything(t, r, "other.example", 0)
	r.now = r.now.Add(24 * time.Hour)
	c := bundleOf(t, r, id, before.Head)
	if !c.Holds || !slices.Contains(c.InFull, sum.Again) || !slices.Contains(c.Erased, 1) {
		t.Errorf("got %+v, want the new entry in full and the old one erased", c)
	}
	ask(t, r, claims.Decide, claims.Deciding{Of: id})
	if c := bundleOf(t, r, id, before.Head); !c.Holds {
		t.Error(c.Bad)
	}
	sum = ask(t, r, claims.Erase, claims.Erasing{Claim: id, Reason: claims.ReasonAsked, Targets: []string{"party.example"}})
	if sum.Again != 0 {
		t.Errorf("entry %d was made of nothing", sum.Again)
	}
}

func TestErase(t *testing.T) {
	r := newRoom(t)
	id := addOne(t, r, saidDown)
	ask(t, r, claims.Decide, claims.Deciding{Of: id})
	before := ask(t, r, claims.HeadOut, claims.GivingHead{Way: "mail"})
	refused(t, r, claims.Erase, claims.Erasing{Claim: id, Reason: "Jane Doe wants it"}, "it names nobody")
	refused(t, r, claims.Erase, claims.Erasing{Claim: id, Reason: claims.ReasonAsked, Targets: []string{"third.example"}}, "does not name")
	ask(t, r, claims.Erase, claims.Erasing{Claim: id, Reason: claims.ReasonAsked})
	refused(t, r, claims.Erase, claims.Erasing{Claim: id, Reason: claims.ReasonAsked}, "was erased on")
	refused(t, r, claims.Decide, claims.Deciding{Of: id}, "was erased")
	shown := ask(t, r, claims.Show, claims.Naming{Claim: id})
	if shown.Text+shown.Claimant+shown.Source+shown.Hash != "" || shown.Erased == nil {
		t.Errorf("got %+v", shown)
	}
	r.now = r.now.Add(24 * time.Hour)
	c := bundleOf(t, r, id, before.Head)
	if !c.Holds || !slices.Equal(c.Erased, []uint64{1, 2}) {
		t.Errorf("got %+v, want entries 1 and 2 erased and the rest sound", c)
	}
	everything(t, r, "The Example Group", 0)

	ask(t, r, claims.Erase, claims.Erasing{Claim: id, Reason: claims.ReasonMistake, Targets: []string{"party.example"}})
	if got := ask(t, r, claims.Show, claims.Naming{Claim: id}); len(got.Targets) != 1 || got.Targets[0].Host != "other.example" {
		t.Errorf("got targets %+v", got.Targets)
	}
	if c := bundleOf(t, r, id, before.Head); !c.Holds {
		t.Error(c.Bad)
	}
	everything(t, r, `"target":"party.example"`, 0)
}

// TestErasedSaysNothing: what was erased is no source of a verdict on a host, no gap, and names nobody for another site's verdict.
func TestErasedSaysNothing(t *testing.T) {
	r := newRoom(t)
	id := addOne(t, r, "+ party.example\n")
	if got := ask(t, r, claims.GapsFind, claims.Gapping{}).Counts; got[claim.FeedDark] != 1 {
		t.Fatalf("got gaps %v, so nothing is shown", got)
	}
	ask(t, r, claims.Erase, claims.Erasing{Claim: id, Reason: claims.ReasonAsked})
	refused(t, r, claims.Decide, claims.Deciding{Of: "party.example"}, "nobody claims")
	if got := ask(t, r, claims.GapsFind, claims.Gapping{}); len(got.Gaps) != 0 {
		t.Errorf("got gaps %+v", got.Gaps)
	}
	listAt(t, r, midnight.Add(2*time.Hour), "party.example")
	got := ask(t, r, claims.Decide, claims.Deciding{Of: "party.example"})
	if len(got.Verdicts) != 1 || slices.ContainsFunc(got.Verdicts[0].Verdict.Sources, func(s claims.Source) bool { return s.Kind != claim.List }) {
		t.Errorf("got %+v", got.Verdicts)
	}
}

// everything holds how many contents of the ledger have a text in them.
func everything(t *testing.T, r *room, text string, want int) {
	t.Helper()
	got := 0
	for _, e := range entries(t, r) {
		c, err := r.db.LedgerContent(t.Context(), e.Number)
		if err == nil && strings.Contains(string(c.Bytes), text) {
			got++
		}
	}
	if got != want {
		t.Errorf("%d contents of the ledger have %q in them, want %d", got, text, want)
	}
}

// TestEvidenceEnds holds that pages go after 90 days and probes after twelve months, that their hashes stay, and the verdict with them.
func TestEvidenceEnds(t *testing.T) {
	r := newRoom(t)
	page := store.Evidence{
		Key: store.Key{Vantage: cph.name, Run: "r", Sequence: 731}, Site: 1, At: midnight.Add(730 * time.Minute), Class: probe.HTTP502, URL: "https://party.example/",
		Evidence: probe.Evidence{Body: []byte("a page")},
	}
	if err := r.db.PutEvidence(t.Context(), page); err != nil {
		t.Fatal(err)
	}
	id := addOne(t, r, saidDown)
	first := ask(t, r, claims.Decide, claims.Deciding{Of: id}).Verdicts[0]
	made := r.now
	everything(t, r, `"kind":"body"`, 2) // the page, and the verdict that points to it
	everything(t, r, `"kind":"probes"`, 2)
	for _, step := range []struct {
		after         time.Duration
		pages, probes int
	}{{claims.KeepBodies, 2, 2}, {claims.KeepBodies + time.Second, 1, 2}, {claims.KeepEvidence, 1, 2}, {claims.KeepEvidence + time.Second, 1, 1}} {
		r.now = made.Add(step.after)
		if _, err := r.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		everything(t, r, `"kind":"body"`, step.pages)
		everything(t, r, `"kind":"probes"`, step.probes)
	}
	c := bundleOf(t, r, id, "")
	if !c.Holds || len(c.Erased) != 3 || !slices.Contains(c.InFull, first.Entry) {
		t.Errorf("got %+v, want text, page and probes erased and the verdict in full", c)
	}
}

// After twelve months the text goes, and its hash stays.
func TestRetention(t *testing.T) {
	r := newRoom(t)
	id := addOne(t, r, saidDown)
	ask(t, r, claims.Decide, claims.Deciding{Of: id})
	hash := ask(t, r, claims.Show, claims.Naming{Claim: id}).Hash
	added := r.now
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{claims.KeepText, 0}, {claims.KeepText + time.Second, 1}, {2 * claims.KeepText, 0}} {
		r.now = added.Add(step.after)
		if n, err := r.Forget(t.Context()); err != nil || n != step.want {
			t.Errorf("after %v: %d texts forgotten, error %v, want %d", step.after, n, err, step.want)
		}
	}
	shown := ask(t, r, claims.Show, claims.Naming{Claim: id})
	if shown.Text != "" || shown.TextForgot == nil || shown.Hash != hash || shown.Claimant == "" {
		t.Errorf("got %+v", shown)
	}
	if c := bundleOf(t, r, id, ""); !c.Holds || !slices.Equal(c.Erased, []uint64{2, 3}) { // the text, and the probes of the verdict
		t.Errorf("got %+v", c)
	}
}

func TestKey(t *testing.T) {
	r := newRoom(t)
	first := ask(t, r, claims.KeyShown, claims.Rotating{}).Key
	path := filepath.Join(r.State, claims.KeyName)
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Fatalf("got %v, error %v", info, err)
	}
	id := addOne(t, r, saidDown)
	ask(t, r, claims.Decide, claims.Deciding{Of: id})
	r.now = r.now.Add(24 * time.Hour)
	changed := ask(t, r, claims.KeyShown, claims.Rotating{Rotate: true})
	if !changed.Rotated || changed.Key == first || ask(t, r, claims.KeyShown, claims.Rotating{}).Key != changed.Key {
		t.Errorf("got %+v after key %s", changed, first)
	}
	addOne(t, r, "+ third.example")
	if c := bundleOf(t, r, id, ""); !c.Holds || len(c.Keys) != 2 {
		t.Errorf("got %+v", c)
	}
	bundle := filepath.Join(t.TempDir(), "b")
	ask(t, r, claims.Export, claims.Exporting{Of: id, Format: "bundle", To: "house", Path: bundle})
	f, err := os.Open(bundle)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if c, err := claims.VerifyBundle(f, first.String(), ""); err != nil || !c.Holds {
		t.Errorf("with the first key: got %+v, error %v", c, err)
	}

	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := claims.Add.Ask(t.Context(), r.way, post("+ fourth.example")); err == nil || !strings.Contains(err.Error(), "restore it from a backup") {
		t.Errorf("got error %v without the key", err)
	}
	other := newRoom(t)
	ask(t, other, claims.KeyShown, claims.Rotating{})
	r.State = other.State
	if _, err := claims.Add.Ask(t.Context(), r.way, post("+ fourth.example")); err == nil || !strings.Contains(err.Error(), "another key") {
		t.Errorf("got error %v with somebody else's key", err)
	}
	if runtime.GOOS != "windows" {
		if err := os.Chmod(filepath.Join(r.State, claims.KeyName), 0o640); err != nil { //nolint:gosec // that is what is refused
			t.Fatal(err)
		}
		if _, err := claims.KeyShown.Ask(t.Context(), r.way, claims.Rotating{}); err == nil || !strings.Contains(err.Error(), "others may read it") {
			t.Errorf("got error %v for a key that others may read", err)
		}
	}
}

// A change of the key that was broken off, on either side of the entry that says so, does no harm.
func TestRotationBrokenOff(t *testing.T) {
	r := newRoom(t)
	addOne(t, r, saidDown)
	old, err := os.ReadFile(filepath.Join(r.State, claims.KeyName))
	if err != nil {
		t.Fatal(err)
	}
	changed := ask(t, r, claims.KeyShown, claims.Rotating{Rotate: true})
	newer, err := os.ReadFile(filepath.Join(r.State, claims.KeyName))
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string][]byte{claims.KeyName: old, "ledger.key.next": newer} {
		if err := os.WriteFile(filepath.Join(r.State, name), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := ask(t, r, claims.KeyShown, claims.Rotating{}).Key; got != changed.Key {
		t.Errorf("got key %s, want %s", got, changed.Key)
	}
	addOne(t, r, "+ third.example")
	if err := os.WriteFile(filepath.Join(r.State, "ledger.key.next"), old, 0o600); err != nil {
		t.Fatal(err)
	}
	addOne(t, r, "+ fourth.example")
	refused(t, r, claims.KeyShown, claims.Rotating{Rotate: true}, "by somebody else")
	info, err := os.Stat(filepath.Join(r.State, "ledger.key.next"))
	if err != nil {
		t.Fatal(err)
	}
	r.now = info.ModTime().Add(2 * time.Hour)
	ask(t, r, claims.KeyShown, claims.Rotating{Rotate: true})
}

func TestAddKinds(t *testing.T) {
	r := newRoom(t)
	for name, tt := range map[string]struct {
		text, kind string
		targets    int
	}{
		"check-host": {`{"host":"https://party.example/","created":1763380800,"results":{"dk1.node.check-host.net":[[1,0.1,"OK","200","192.0.2.1"]]}}`, "check_host", 1},
		"list":       {`{"targets":[{"host":"www.a.example","type":"http","method":"GET","path":"/"},{"host":"b.example","type":"tcp"}],"randoms":[]}`, "list", 2},
		"misp": {`{"Event":{"uuid":"7d3b1f9e-0000-4000-8000-000000000001","info":"claims","Object":[{"name":"ddos-claim","uuid":"7d3b1f9e-0000-4000-8000-000000000002","Attribute":[
			{"object_relation":"target","type":"text","value":"www.c.example"},{"object_relation":"proof","type":"link","value":"https://check-host.net/check-report/1"}]}]}}`, "misp", 1},
		"stix": {`{"type":"bundle","id":"bundle--7d3b1f9e-0000-4000-8000-000000000003","objects":[
			{"type":"domain-name","id":"domain-name--7d3b1f9e-0000-4000-8000-000000000004","value":"www.d.example"},
			{"type":"note","id":"note--7d3b1f9e-0000-4000-8000-000000000005","created":"2025-11-17T11:00:00Z","modified":"2025-11-17T11:00:00Z","content":"they say so",
			 "object_refs":["domain-name--7d3b1f9e-0000-4000-8000-000000000004"]}]}`, "stix", 1},
		"braces in a post": {"{not JSON} + \n+ e.example", "post", 1},
	} {
		sum := ask(t, r, claims.Add, claims.Adding{Text: tt.text})
		if len(sum.Claims) != 1 || sum.Claims[0].Kind != tt.kind || sum.Claims[0].Targets != tt.targets {
			t.Errorf("%s: got %+v", name, sum)
		}
	}
	path := filepath.Join(t.TempDir(), "post.txt")
	if err := os.WriteFile(path, []byte("+ f.example\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if sum := ask(t, r, claims.Add, claims.Adding{Path: path}); sum.Claims[0].Targets != 1 {
		t.Errorf("got %+v of a file", sum)
	}
	for why, in := range map[string]claims.Adding{
		"names no host":    {Text: "nothing at all"},
		"no absolute path": {Path: "post.txt"},
		"no such file":     {Path: path + "x"},
		"posted: no time":  {Text: "+ a.example", Posted: "yesterday"},
		"a precision is":   {Text: "+ a.example", Precision: "week"},
		"no label":         {Text: "+ a.example", TLP: "purple"},
		"graded a to f":    {Text: "+ a.example", Reliability: "g"},
		"no object ddos":   {Text: `{"Event":{"info":"x"}}`},
	} {
		refused(t, r, claims.Add, in, why)
	}
}

// A claim with more targets than are kept is taken with the first, says so, and is judged only where sites are watched.
func TestManyTargets(t *testing.T) {
	r := newRoom(t)
	var b strings.Builder
	b.WriteString("+ party.example\n")
	for i := range 10_010 {
		fmt.Fprintf(&b, "+ h%d.example\n", i)
	}
	sum := ask(t, r, claims.Add, post(b.String())).Claims[0]
	if sum.Targets != 10_000 || sum.Watched != 1 || sum.Odd["target_beyond_limit"] != 11 {
		t.Errorf("got %+v", sum)
	}
	if got := ask(t, r, claims.Decide, claims.Deciding{Of: sum.ID}); len(got.Verdicts) != 1 {
		t.Errorf("got %d verdicts, want one", len(got.Verdicts))
	}
	if got := ask(t, r, claims.List, claims.Listing{}); len(got) != 1 || got[0].TargetCount != 10_000 || len(got[0].Targets) > 100 {
		t.Errorf("a list shows %d claims, with %d targets", len(got), len(got[0].Targets))
	}
}

func TestAliases(t *testing.T) {
	r := newRoom(t)
	path := filepath.Join(r.State, lookout.AliasesName)
	if err := os.WriteFile(path, []byte("host,site\nfestival.example, party\n# a remark\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	id := addOne(t, r, "+ www.festival.example\n")
	if got := ask(t, r, claims.Show, claims.Naming{Claim: id}).Targets[0]; got.Site != "party" || got.Via != "alias" {
		t.Errorf("got %+v", got)
	}
	if got := ask(t, r, claims.Decide, claims.Deciding{Of: id}); len(got.Verdicts) != 1 || got.Verdicts[0].Verdict.Verdict != claim.Confirmed {
		t.Errorf("got %+v", got)
	}
	if err := os.WriteFile(path, []byte("host\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, r, claims.Add, post("+ a.example"), lookout.AliasesName)
}

func TestServe(t *testing.T) {
	ops := make(control.Ops)
	newRoom(t).Serve(ops)
	for _, name := range []string{"claim-add", "claim-list", "claim-show", "claim-verdict", "claim-export", "claim-erase", "claim-key", "claim-head"} {
		if ops[name] == nil {
			t.Errorf("%s is not served", name)
		}
	}
}
