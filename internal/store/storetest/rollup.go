package storetest

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

func wantErr(t *testing.T, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("got error %v, want %v", got, want)
	}
}

// slowRollup is what a bucket's roll-up should be, found out the long way: from everything, one question after another.
func slowRollup(rs []store.Result, site store.SiteID, from time.Time) (sum store.Rollup) {
	sum.Site, sum.From = site, from
	vantages := make(map[string]bool)
	var ttfb []time.Duration
	count := make(map[probe.Class]int)
	for _, r := range rs {
		if r.Site != site || r.At.Before(from) || !r.At.Before(from.Add(5*time.Minute)) {
			continue
		}
		sum.Results++
		vantages[r.Vantage] = true
		count[r.Class]++
		sum.Votes[r.Class.Vote()]++
		if r.Phase == probe.PhaseBody || r.Phase == probe.PhaseDone {
			ttfb = append(ttfb, r.Timings.TTFB)
		}
	}
	sum.Vantages = len(vantages)
	for _, c := range probe.Classes() {
		if count[c] > 0 {
			sum.Classes = append(sum.Classes, store.ClassCount{Class: c, Count: count[c]})
		}
	}
	sum.TTFB50, sum.TTFB95 = slowPercentile(ttfb, 50), slowPercentile(ttfb, 95)
	return sum
}

// slowPercentile is the least of all that at least so many percent do not exceed.
func slowPercentile(all []time.Duration, percent int) time.Duration {
	least := probe.NotReached
	for _, d := range all {
		within := 0
		for _, e := range all {
			if e <= d {
				within++
			}
		}
		if within*100 >= percent*len(all) && (least == probe.NotReached || d < least) {
			least = d
		}
	}
	if least == probe.NotReached {
		return least
	}
	return least.Round(time.Millisecond)
}

// holdRollups holds that a site's roll-ups before until are what the twin says.
func holdRollups(t *testing.T, s store.Store, rs []store.Result, site store.SiteID, until time.Time) {
	t.Helper()
	var want []store.Rollup
	for from := noon.Add(-48 * time.Hour).Truncate(5 * time.Minute); !from.Add(5 * time.Minute).After(until); from = from.Add(5 * time.Minute) {
		if sum := slowRollup(rs, site, from); sum.Results > 0 {
			want = append(want, sum)
		}
	}
	same(t, "roll-ups", want, must(s.Rollups(t.Context(), all(site)))(t))
}

// someResults returns results of two days, in no order.
func someResults(sites []store.SiteID, n int, seed uint64) []store.Result {
	rng := rand.New(rand.NewPCG(seed, 1))
	classes := []probe.Class{probe.OK, probe.OK, probe.OK, probe.HTTP502, probe.Challenge, probe.TCPTimeout, probe.RedirectForeign, probe.MeasurementFailed}
	var rs []store.Result
	for i := range n {
		r := result(sites[rng.IntN(len(sites))], []string{"cph", "ams", "hel"}[rng.IntN(3)], int64(i+1), noon.Add(-time.Duration(rng.IntN(48*3600*1000))*time.Millisecond))
		r.Class = classes[rng.IntN(len(classes))]
		r.Timings.TTFB = time.Duration(rng.IntN(4e6)) * time.Microsecond
		if r.Class == probe.TCPTimeout || r.Class == probe.MeasurementFailed {
			r.Phase, r.Timings.TTFB = probe.PhaseTCP, probe.NotReached
		}
		rs = append(rs, r)
	}
	return rs
}

func testRollAgainstTwin(t *testing.T, place Place) {
	s := open(t, place)
	sites := addSites(t, s, 60) // more than one step of a store's has room for
	rs := someResults(sites, 6000, 7)
	var kept []store.Result
	for batch := range slices.Chunk(rs, 1000) {
		must(s.Append(t.Context(), batch))(t)
		kept = append(kept, batch...)
		until := noon.Add(-time.Duration(len(rs)-len(kept)) * time.Minute / 10)
		check(t, s.Roll(t.Context(), until))
		holdRollups(t, s, kept, sites[0], until)
	}
	check(t, s.Roll(t.Context(), noon.Add(time.Hour)))
	for _, site := range []store.SiteID{sites[0], sites[17], sites[59]} {
		holdRollups(t, s, rs, site, noon.Add(time.Hour))
	}
}

// testRollLate: what comes after its bucket was summed up is counted all the same, and the bucket that is under way is not summed up.
func testRollLate(t *testing.T, place Place) {
	s := open(t, place)
	site := addSites(t, s, 1)[0]
	rs := []store.Result{result(site, "cph", 1, noon.Add(-time.Hour)), result(site, "cph", 2, noon)}
	must(s.Append(t.Context(), rs))(t)
	check(t, s.Roll(t.Context(), noon))
	same(t, "roll-ups", 1, len(must(s.Rollups(t.Context(), all(site)))(t)))
	late := []store.Result{result(site, "ams", 1, noon.Add(-time.Hour)), result(site, "ams", 2, noon.Add(-2*time.Hour))}
	must(s.Append(t.Context(), late))(t)
	holdRollups(t, s, rs, site, noon)
	for range 2 {
		check(t, s.Roll(t.Context(), noon))
		holdRollups(t, s, slices.Concat(rs, late), site, noon)
	}
	check(t, s.Roll(t.Context(), noon.Add(5*time.Minute)))
	holdRollups(t, s, slices.Concat(rs, late), site, noon.Add(5*time.Minute))
	// A site that is added later begins to be summed up with its first results, also late ones.
	fresh := must(s.PutSite(t.Context(), store.Site{Name: "fresh"}))(t)
	more := []store.Result{result(fresh, "cph", 3, noon.Add(-30*time.Minute))}
	must(s.Append(t.Context(), more))(t)
	check(t, s.Roll(t.Context(), noon))
	holdRollups(t, s, more, fresh, noon)
}
