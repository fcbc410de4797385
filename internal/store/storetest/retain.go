package storetest

import (
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/store"
)

// midnight is the beginning of the day of noon, and a border that every store can keep exactly.
var midnight = noon.Truncate(24 * time.Hour)

func testRetainResults(t *testing.T, place Place) {
	s := open(t, place)
	sites := addSites(t, s, 3)
	rs := someResults(sites, 3000, 11)
	must(s.Append(t.Context(), rs))(t)
	check(t, s.Roll(t.Context(), noon))
	removed := must(s.Retain(t.Context(), store.Cutoffs{Results: midnight}))(t)
	var old, young int64
	for _, r := range rs {
		if r.At.Before(midnight) {
			old++
		} else {
			young++
		}
	}
	same(t, "removed", store.Removed{Results: old}, removed)
	for _, site := range sites {
		for _, r := range must(s.Results(t.Context(), all(site)))(t) {
			young--
			if r.At.Before(midnight) {
				t.Fatalf("still there: %+v", r)
			}
		}
		holdRollups(t, s, rs, site, noon) // what was removed is still in the sums
	}
	same(t, "young results that are gone", int64(0), young)
	same(t, "removed the second time", store.Removed{}, must(s.Retain(t.Context(), store.Cutoffs{Results: midnight}))(t))

	// What is delivered again, or comes for the first time, from before is refused; a border never goes back.
	late := result(sites[0], "ams", 1e6, midnight.Add(-time.Millisecond))
	same(t, "fates", []store.Fate{store.TooOld}, must(s.Append(t.Context(), []store.Result{late}))(t))
	must(s.Retain(t.Context(), store.Cutoffs{Results: midnight.Add(-48 * time.Hour)}))(t)
	same(t, "fates", []store.Fate{store.TooOld}, must(s.Append(t.Context(), []store.Result{late}))(t))
	// And what is young enough is still known.
	for _, r := range rs {
		if !r.At.Before(midnight) {
			same(t, "fates", []store.Fate{store.Duplicate}, must(s.Append(t.Context(), []store.Result{r}))(t))
			break
		}
	}
	check(t, s.Roll(t.Context(), noon.Add(time.Hour)))
	holdRollups(t, s, rs, sites[0], noon.Add(time.Hour))
}

// testRetainWaitsForRoll: nothing goes of which no sum was made.
func testRetainWaitsForRoll(t *testing.T, place Place) {
	s := open(t, place)
	site := addSites(t, s, 1)[0]
	rs := someResults([]store.SiteID{site}, 300, 12)
	must(s.Append(t.Context(), rs))(t)
	same(t, "removed", store.Removed{}, must(s.Retain(t.Context(), store.Cutoffs{Results: midnight}))(t))
	same(t, "results", len(rs), len(must(s.Results(t.Context(), all(site)))(t)))
	// Late results whose bucket is due are summed up before they go.
	check(t, s.Roll(t.Context(), noon))
	late := result(site, "ams", 1e6, midnight.Add(-time.Hour))
	must(s.Append(t.Context(), []store.Result{late}))(t)
	must(s.Retain(t.Context(), store.Cutoffs{Results: midnight}))(t)
	holdRollups(t, s, append(rs, late), site, noon)
}

func testRetainTheRest(t *testing.T, place Place) {
	s := open(t, place)
	site := addSites(t, s, 1)[0]
	old, young := noon.Add(-time.Hour), noon.Add(time.Hour)
	var step store.Step
	for i, at := range []time.Time{old, young} {
		id := string(rune('a' + i))
		check(t, s.PutEvidence(t.Context(), store.Evidence{Key: store.Key{Vantage: "cph", Run: "r", Sequence: int64(i + 1)}, Site: site, At: at}))
		check(t, s.PutBudgets(t.Context(), []store.Budget{{Host: id + ".example", At: at}}))
		step.Transitions = append(step.Transitions, store.Transition{Site: site, At: at, From: "up", To: "suspect"})
		step.Health = append(step.Health, store.Health{Vantage: "cph", At: at, Health: id}, store.Health{Vantage: "quiet" + id, At: old, Health: id})
	}
	check(t, s.Apply(t.Context(), step))
	must(s.Append(t.Context(), []store.Result{result(site, "cph", 1, old), result(site, "cph", 2, young)}))(t)
	check(t, s.Roll(t.Context(), young.Add(time.Hour)))

	same(t, "removed without cutoffs", store.Removed{}, must(s.Retain(t.Context(), store.Cutoffs{}))(t))
	c := store.Cutoffs{Evidence: noon, Rollups: noon, Transitions: noon, Health: noon, Budgets: noon}
	same(t, "removed", store.Removed{Evidence: 1, Rollups: 1, Transitions: 1, Health: 1, Budgets: 1}, must(s.Retain(t.Context(), c))(t))
	same(t, "removed again", store.Removed{}, must(s.Retain(t.Context(), c))(t))

	same(t, "evidence", 1, len(must(s.Evidence(t.Context(), all(site)))(t)))
	same(t, "roll-ups", 1, len(must(s.Rollups(t.Context(), all(site)))(t)))
	same(t, "transitions", 1, len(must(s.Transitions(t.Context(), all(site)))(t)))
	same(t, "budgets", 1, len(must(s.Budgets(t.Context(), time.Time{}))(t)))
	var left []string
	for _, h := range must(s.HealthHistory(t.Context(), "", time.Time{}, time.Time{}))(t) {
		left = append(left, h.Vantage+h.Health)
	}
	same(t, "health", []string{"quietaa", "quietbb", "cphb"}, left)
}
