package claims_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall/internal/app/claims"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch"
)

// listAt puts a list of these hosts into the store.
func listAt(t *testing.T, r *room, at time.Time, hosts ...string) {
	t.Helper()
	hash := fmt.Sprintf("%064x", at.UnixNano())
	l := store.OrderList{Feed: "feed", At: at, Hash: hash, Place: "list", Hosts: len(hosts)}
	for _, h := range hosts {
		l.Sightings = append(l.Sightings, store.OrderSighting{Feed: "feed", Host: h, At: at, List: hash[:32], Aim: "aim"})
	}
	if err := r.db.PutLists(t.Context(), []store.OrderList{l}, []store.Document{{ID: "aim", Doc: []byte("{}")}}, nil); err != nil {
		t.Fatal(err)
	}
}

// outageAt notes an outage of party.example, alone.
func outageAt(t *testing.T, r *room, id string, at time.Time, change func(*watch.Incident)) {
	t.Helper()
	i := watch.Incident{
		Kind: watch.Outage, Phase: watch.Over, Opened: at,
		Members: []watch.Member{{
			Site: "party.example", Phase: watch.Over,
			Start: watch.Interval{Earliest: at.Add(-time.Minute), Latest: at}, End: watch.Interval{Earliest: at.Add(time.Hour), Latest: at.Add(61 * time.Minute)},
		}},
	}
	if change != nil {
		change(&i)
	}
	doc, err := json.Marshal(i)
	if err != nil {
		t.Fatal(err)
	}
	sites, err := r.db.Sites(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	kept := store.Incident{ID: id, Opened: at, Closed: at.Add(90 * time.Minute), Sites: []store.SiteID{sites[0].ID}, Doc: doc}
	if err := r.db.Apply(t.Context(), store.Step{Incidents: []store.Incident{kept}}); err != nil {
		t.Fatal(err)
	}
}

// TestGaps holds what is a gap: what lists, claims or measurements say alone.
func TestGaps(t *testing.T) {
	noon := midnight.Add(12 * time.Hour)
	claimed := func(t *testing.T, r *room, text string) { ask(t, r, claims.Add, post(text)) }
	for name, c := range map[string]struct {
		make func(t *testing.T, r *room)
		want string // target and findings
	}{
		"nothing":                {func(*testing.T, *room) {}, ""},
		"claimed, feed dark":     {func(t *testing.T, r *room) { claimed(t, r, "+ party.example") }, "party.example feed_dark"},
		"claimed and not listed": {func(t *testing.T, r *room) { listAt(t, r, noon, "third.example"); claimed(t, r, "+ www.party.example") }, "party.example claimed_not_listed"},
		"claimed, not watched":   {func(t *testing.T, r *room) { claimed(t, r, "+ other.example") }, "other.example feed_dark"},
		"claimed and listed":     {func(t *testing.T, r *room) { listAt(t, r, noon, "www.party.example"); claimed(t, r, "+ party.example") }, ""},
		"listed and not claimed": {func(t *testing.T, r *room) { listAt(t, r, noon, "party.example") }, "party.example listed_not_claimed"},
		"listed on another day": {func(t *testing.T, r *room) {
			listAt(t, r, noon.AddDate(0, 0, -3), "party.example")
			claimed(t, r, "+ party.example")
		}, "party.example feed_dark, party.example listed_not_claimed"},
		"listed long ago":         {func(t *testing.T, r *room) { listAt(t, r, noon.AddDate(0, 0, -30), "party.example") }, ""},
		"outage without claim":    {func(t *testing.T, r *room) { outageAt(t, r, "i-1", noon, nil) }, "party.example outage_without_claim"},
		"outage that is claimed":  {func(t *testing.T, r *room) { outageAt(t, r, "i-1", noon, nil); claimed(t, r, "+ party.example") }, "party.example feed_dark"},
		"outage while others are": {func(t *testing.T, r *room) { outageAt(t, r, "i-1", noon, nil); listAt(t, r, noon, "third.example") }, "party.example outage_without_listing"},
		"an incident taken back": {func(t *testing.T, r *room) {
			outageAt(t, r, "i-1", noon, func(i *watch.Incident) { i.Phase = watch.Withdrawn })
		}, ""},
		"only readers abroad": {func(t *testing.T, r *room) {
			outageAt(t, r, "i-1", noon, func(i *watch.Incident) { i.Members[0].Abroad = true })
		}, "party.example disturbance_without_claim geo_filter_abroad"},
		"a site that nobody watches": {func(t *testing.T, r *room) { listAt(t, r, noon, "third.example") }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			c.make(t, r)
			got := ask(t, r, claims.GapsFind, claims.Gapping{Since: noon.AddDate(0, 0, -5)})
			var all []string
			for _, g := range got.Gaps {
				text := g.Target
				for _, f := range g.Findings {
					text += " " + string(f)
				}
				all = append(all, text)
				if got.Counts[g.Findings[0]] != 1 || g.Words.EN == "" || g.Watched != (g.Target == "party.example") {
					t.Errorf("got %+v of %v", g, got.Counts)
				}
			}
			if diff := cmp.Diff(c.want, strings.Join(all, ", ")); diff != "" {
				t.Error(diff)
			}
		})
	}
	r := newRoom(t)
	refused(t, r, claims.GapsFind, claims.Gapping{Since: r.now.Add(time.Hour)}, "that has passed")
	refused(t, r, claims.GapsFind, claims.Gapping{Since: r.now.AddDate(-1, 0, 0)}, "at most 92 days")
}
