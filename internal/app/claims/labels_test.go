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
