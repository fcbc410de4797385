package claims_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/app/claims"
	"github.com/seawall-project/seawall/internal/store"
)

// TestStricterFeedHolds: of two feeds that name one host, the label of the stricter one holds for what rests on both, whichever came first; what
// came later makes a version of its own.
func TestStricterFeedHolds(t *testing.T) {
	for name, order := range map[string][]string{"strict first": {"strict", "clear"}, "clear first": {"clear", "strict"}} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			out := filepath.Join(t.TempDir(), "x")
			for i, feed := range order {
				label := map[string]string{"strict": "TLP:AMBER+STRICT", "clear": "TLP:CLEAR"}[feed]
				if err := r.db.PutFeed(t.Context(), store.Feed{Name: feed, TLP: label}); err != nil {
					t.Fatal(err)
				}
				l := store.OrderList{
					Feed: feed, At: midnight.Add(12 * time.Hour), Hash: fmt.Sprintf("%064x", i+1), Place: "list", Hosts: 1,
					Sightings: []store.OrderSighting{{Host: "party.example", Aim: "aim"}},
				}
				if err := r.db.PutLists(t.Context(), []store.OrderList{l}, []store.Document{{ID: "aim", Doc: []byte("{}")}}, nil); err != nil {
					t.Fatal(err)
				}
				verdicts := ask(t, r, claims.Decide, claims.Deciding{Of: "party.example"}).Verdicts
				if len(verdicts) == 0 || !slices.Contains(verdicts[0].Received, label) || len(verdicts[0].Received) != i+1 {
					t.Fatalf("after the feed %q: %+v", feed, verdicts)
				}
				x := claims.Exporting{Of: "party.example", Format: "csv", To: "authority", Path: fmt.Sprint(out, i)}
				if feed == "clear" && i == 0 {
					ask(t, r, claims.Export, x)
					continue
				}
				refused(t, r, claims.Export, x, "received as TLP:AMBER+STRICT")
			}
		})
	}
}

// TestUnlabelled: what others gave and nobody labelled is TLP:AMBER+STRICT, a feed that is not known to the store too, and stays in the house; what was
// seen in public has no other label than the statement.
func TestUnlabelled(t *testing.T) {
	r := newRoom(t)
	out := filepath.Join(t.TempDir(), "x")
	x := claims.Exporting{Of: "party.example", Format: "csv", To: "authority", Path: out}
	const event = `{"Event":{"uuid":"7d3b1f9e-0000-4000-8000-000000000001","info":"x","Tag":[%s],"Object":[{"name":"ddos-claim",` +
		`"uuid":"7d3b1f9e-0000-4000-8000-000000000002","Attribute":[{"object_relation":"target","type":"text","value":"party.example"}]}]}}`
	in := post(saidDown)
	ask(t, r, claims.Add, in)
	ask(t, r, claims.Decide, claims.Deciding{Of: "party.example"})
	r.now = midnight.AddDate(0, 0, 2)
	ask(t, r, claims.Export, x)

	l := store.OrderList{
		Feed: "lists", At: midnight.Add(12 * time.Hour), Hash: fmt.Sprintf("%064x", 1), Place: "list", Hosts: 1,
		Sightings: []store.OrderSighting{{Host: "party.example", Aim: "aim"}},
	}
	if err := r.db.PutLists(t.Context(), []store.OrderList{l}, []store.Document{{ID: "aim", Doc: []byte("{}")}}, nil); err != nil {
		t.Fatal(err)
	}
	for _, known := range []bool{false, true} {
		if known {
			if err := r.db.PutFeed(t.Context(), store.Feed{Name: "lists"}); err != nil {
				t.Fatal(err)
			}
		}
		v := ask(t, r, claims.Decide, claims.Deciding{Of: "party.example"}).Verdicts[0]
		if !slices.Equal(v.Received, []string{"TLP:AMBER+STRICT"}) {
			t.Errorf("feed known %t: received under %v", known, v.Received)
		}
		refused(t, r, claims.Export, x, "intel import --feed NAME --tlp")
	}
	for tag, want := range map[string]string{"": "TLP:AMBER+STRICT", `{"name":"tlp:green"}`: "TLP:GREEN"} {
		r := newRoom(t)
		sum := ask(t, r, claims.Add, claims.Adding{Text: fmt.Sprintf(event, tag)})
		if got := ask(t, r, claims.Show, claims.Naming{Claim: sum.Claims[0].ID}).TLP; got != want {
			t.Errorf("an event with the tag %q is %q, want %q", tag, got, want)
		}
	}
}
