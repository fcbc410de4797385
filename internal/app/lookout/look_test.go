package lookout

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch"
)

// TestVantagesShown: every place from which is measured is shown with its health, one that was never checked as such, and none that was removed or is
// called something else by now.
func TestVantagesShown(t *testing.T) {
	d := newDesk(t)
	put := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	monday := time.Date(2025, time.November, 17, 12, 0, 0, 0, time.UTC)
	put(enrol(t.Context(), d.Store, watch.Vantage{Name: "here"}, monday.Add(-time.Hour)))
	for i, v := range []store.Vantage{
		{Name: "arh-1", PublicKey: "a", Added: monday},
		{Name: "back", PublicKey: "b", Added: monday.Add(2 * time.Hour)}, // it was another before
		{Name: "cph-1", PublicKey: "c", Added: monday},
		{Name: "gone", PublicKey: "d", Added: monday, Removed: monday.Add(time.Hour)},
	} {
		put(d.Store.PutVantage(t.Context(), v))
		if i > 0 {
			put(d.Store.Apply(t.Context(), store.Step{Health: []store.Health{
				{Vantage: v.Name, At: monday.Add(time.Minute), Health: watch.Healthy.String(), Doc: []byte("{}")},
				{Vantage: v.Name, At: monday.Add(time.Hour), Health: watch.BlindHere.String(), Doc: []byte("{}")},
			}}))
		}
	}
	put(enrol(t.Context(), d.Store, watch.Vantage{Name: "office", Network: "AS64496"}, monday))
	put(enrol(t.Context(), d.Store, watch.Vantage{Name: "office", Network: "AS64497"}, monday.Add(time.Hour)))
	o, err := Status.Ask(t.Context(), Here(d), Filter{})
	put(err)
	want := []VantageStatus{
		{"arh-1", "unchecked", monday}, {"back", "unchecked", monday.Add(2 * time.Hour)}, {"cph-1", "blind", monday.Add(time.Hour)}, {"office", "unchecked", monday},
	}
	if diff := cmp.Diff(want, o.Vantages); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestSentinelsTakenAway: a place that was healthy and has no sentinels any more is unchecked.
func TestSentinelsTakenAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bare := false
		s := newStageWith(t, func(o *Options) {
			if bare {
				o.Sentinels = nil
			}
		})
		if err := enrol(t.Context(), s.db, watch.Vantage{Name: "office"}, time.Now()); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"healthy", "unchecked"} {
			time.Sleep(2 * time.Minute)
			o, err := Status.Ask(t.Context(), Here(s.desk), Filter{})
			if err != nil || len(o.Vantages) != 1 || o.Vantages[0].Health != want {
				t.Errorf("got %+v, %v, want %s", o.Vantages, err, want)
			}
			s.end()
			bare = true
			time.Sleep(10 * time.Second)
			s.begin(nil)
		}
	})
}
