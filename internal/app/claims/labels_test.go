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

// TestLabelsOfOneAttack: a verdict takes the labels of what speaks of its own attack, and of no other on the same host; it does not rest on those either, and
// stands when they are erased.
func TestLabelsOfOneAttack(t *testing.T) {
	r := newRoom(t)
	before := post("+ party.example\nbefore")
	before.Posted, before.TLP = midnight.AddDate(0, 0, -2).Add(12*time.Hour).Format(time.RFC3339), "red"
	other := ask(t, r, claims.Add, before).Claims[0].ID
	listAt(t, r, midnight.AddDate(0, 0, -4), "party.example")
	ask(t, r, claims.Add, post("+ party.example\n"))
	verdicts := ask(t, r, claims.Decide, claims.Deciding{Of: "party.example"}).Verdicts
	var got [][]string
	for _, v := range verdicts {
		got = append(got, v.Received)
	}
	if want := [][]string{{"TLP:AMBER+STRICT"}, {"TLP:RED"}, {}}; !slices.EqualFunc(got, want, slices.Equal[[]string]) {
		t.Fatalf("received under %v, want %v", got, want)
	}
	in := claims.Exporting{Of: "party.example", Format: "csv", To: "authority", Path: filepath.Join(t.TempDir(), "x")}
	if sum := ask(t, r, claims.Export, in); sum.Statements != 1 || len(sum.Withheld) != 2 {
		t.Errorf("got %+v", sum)
	}
	ask(t, r, claims.Erase, claims.Erasing{Claim: other, Reason: claims.ReasonAsked, Targets: []string{"party.example"}})
	for i, v := range verdicts {
		left, err := r.db.Verdicts(t.Context(), v.ID, "", "")
		if err != nil || (len(left) == 0) != (i == 1) {
			t.Errorf("verdict %s has %d versions, error %v", v.ID, len(left), err)
		}
	}
}
