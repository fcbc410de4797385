package claims_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/claims"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/app/orders"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/store/sqlite"
)

// TestOtherNames holds that a verdict is found, exported and erased by whatever name its host was claimed under: verdicts stand under the site's own.
func TestOtherNames(t *testing.T) {
	for _, name := range []string{"party.example", "www.party.example", "festival.example"} {
		r := newRoom(t)
		table := filepath.Join(r.State, lookout.AliasesName)
		if err := os.WriteFile(table, []byte("host,site\nfestival.example,party\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		id := addOne(t, r, "+ "+name+"\n+ other.example\n")
		ask(t, r, claims.Decide, claims.Deciding{Of: id})
		r.now = r.now.Add(24 * time.Hour)
		path := filepath.Join(t.TempDir(), "out")
		for _, of := range []string{"party.example", "www.party.example", "festival.example"} {
			if got := ask(t, r, claims.Decide, claims.Deciding{Of: of}); len(got.Verdicts) != 1 {
				t.Errorf("%s, claimed as %s: got %d verdicts, want one", of, name, len(got.Verdicts))
			}
			if got := ask(t, r, claims.Export, claims.Exporting{Of: of, Format: "csv", To: "house", Path: path}); got.Statements != 2 {
				t.Errorf("%s, claimed as %s: %d statements are exported, want that on the claim and that on the host", of, name, got.Statements)
			}
		}
		if err := os.Remove(table); err != nil { // what was so when it was judged counts
			t.Fatal(err)
		}
		ask(t, r, claims.Erase, claims.Erasing{Claim: id, Reason: claims.ReasonAsked, Targets: []string{name}})
		if name != "festival.example" { // it is not known any more that the verdict on the host was of this name
			everything(t, r, "party.example", 0)
		}
		everything(t, r, name, 0)
		everything(t, r, id+"/party.example", 0)
		for _, v := range ask(t, r, claims.Show, claims.Naming{Claim: id}).Verdicts {
			if v.Target == "party.example" {
				t.Errorf("claimed as %s: verdict %s is still there", name, v.ID)
			}
		}
		if c := bundleOf(t, r, id, ""); !c.Holds {
			t.Error(c.Bad)
		}
	}
}

// TestAliasesOfTheEdge holds that other hosts of a site that the configuration names are the site's, in a claim that somebody hands in, one that a feed
// brings, and a question.
func TestAliasesOfTheEdge(t *testing.T) {
	aliases := map[string][]string{"party.example": {"festival.example"}}
	r := newRoom(t)
	house := lookout.House{Store: r.db, State: r.State, Now: r.Now, Logger: slog.New(slog.DiscardHandler)}
	event := `{"Event":{"uuid":"7d3b1f9e-0000-4000-8000-000000000001","info":"x","date":"2025-11-17","Object":[{"name":"ddos-claim",` +
		`"uuid":"7d3b1f9e-0000-4000-8000-000000000002","Attribute":[{"object_relation":"target","type":"text","value":"www.festival.example"}]}]}}`
	if _, err := claims.FromFeeds(aliases)(house)(t.Context(), orders.Claiming{Raw: []byte(event), Feed: "a feed", Format: orders.FormatMISP, Room: 1}); err != nil {
		t.Fatal(err)
	}
	all := ask(t, r, claims.List, claims.Listing{})
	if shown := ask(t, r, claims.Show, claims.Naming{Claim: all[0].ID}); shown.Targets[0].Site != "party" || shown.Targets[0].Via != seawall.MatchAlias {
		t.Errorf("got %+v of a feed", shown.Targets)
	}
	x, err := claims.NewRoom(claims.RoomOptions{Aliases: aliases})(house)
	if err != nil {
		t.Fatal(err)
	}
	ops := make(control.Ops)
	x.Serve(ops)
	raw, err := ops[claims.Decide.Name](t.Context(), []byte(`{"of":"party.example"}`))
	if got, ok := raw.(claims.Decided); err != nil || !ok || len(got.Verdicts) != 1 || got.Verdicts[0].Verdict.Target != "party.example" {
		t.Errorf("got %+v, error %v", raw, err)
	}
	if _, err := ops[claims.Decide.Name](t.Context(), []byte(`{"of":"feast.example"}`)); err == nil {
		t.Error("a host that is nobody's was claimed")
	}
}

// TestErasedTargetIsNowhere looks for a host in every content of the ledger and in the store's files, after it was added, judged, exported and erased.
func TestErasedTargetIsNowhere(t *testing.T) {
	dir := t.TempDir()
	r := &room{now: midnight.AddDate(0, 0, 1)}
	clock := func() time.Time { return r.now }
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(dir, sqlite.FileName), Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	r.db, r.Desk = db, &claims.Desk{Store: db, State: t.TempDir(), Now: clock}
	r.way = desk.Here(r.Desk)
	id := addOne(t, r, saidDown)
	ask(t, r, claims.Decide, claims.Deciding{Of: id})
	ask(t, r, claims.Decide, claims.Deciding{Of: "other.example"})
	before := ask(t, r, claims.HeadOut, claims.GivingHead{Way: "mail"})
	r.now = r.now.Add(24 * time.Hour)
	path := filepath.Join(t.TempDir(), "out")
	early := "www.other.example wants it"
	for _, in := range []claims.Exporting{
		{Of: "other.example", Format: "csv", To: "house", Path: path},
		{Of: id, Format: "misp", To: "authority", Path: path},
		{Of: id, Format: "stix", To: "authority", Path: path, Early: early},
		{Format: "html", To: "authority", Path: path},
	} {
		ask(t, r, claims.Export, in)
	}
	if !inFiles(t, dir, "other.example") {
		t.Fatal("the host is in no file, so nothing is shown")
	}
	ask(t, r, claims.Erase, claims.Erasing{Claim: id, Reason: claims.ReasonAsked, Targets: []string{"other.example"}})
	everything(t, r, "other.example", 0)
	everything(t, r, id+"/party.example version 1", 3) // the rest of what left is still said
	if inFiles(t, dir, "other.example") {
		t.Error("the host is still in the file")
	}
	if c := bundleOf(t, r, id, before.Head); !c.Holds {
		t.Error(c.Bad)
	}
}
