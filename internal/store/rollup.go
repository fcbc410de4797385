package store

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/seawall-project/seawall/internal/watch/probe"
)

// Bucket is the time that a roll-up sums up. Buckets begin at multiples of it since 1970 in UTC.
const Bucket = 5 * time.Minute

// Votes is how many votes there are.
const Votes = int(probe.Down) + 1

// Rollup is what is left of a site's results when they are gone: what was found in one bucket.
type Rollup struct {
	Site     SiteID
	From     time.Time // the bucket's beginning
	Results  int
	Votes    [Votes]int // by [probe.Vote]
	Classes  []ClassCount
	Vantages int // how many places had results
	// TTFB50 and TTFB95 are the median and the 95th percentile, by nearest rank, of the time to first byte of those that got one; a
	// millisecond fine, [probe.NotReached] when none did.
	TTFB50, TTFB95 time.Duration
}

// ClassCount is how often a class was found.
type ClassCount struct {
	Class probe.Class
	Count int
}

// Rollups keeps sums of results.
type Rollups interface {
	// Roll sums up every whole bucket that ends at or before until and was not summed up yet, and those in which late results came since.
	// Calling it late, twice, or after it was broken off changes nothing but when it happens.
	Roll(ctx context.Context, until time.Time) error
	// Rollups returns those that begin in r, in order of time. Buckets without results have none.
	Rollups(ctx context.Context, r Range) ([]Rollup, error)
}

// SumUp returns the roll-ups of one site's results, in order of time. rs are in order of time.
func SumUp(rs []Result) []Rollup {
	var all []Rollup
	for len(rs) > 0 {
		from := rs[0].At.UTC().Truncate(Bucket)
		n := slices.IndexFunc(rs, func(r Result) bool { return !r.At.Before(from.Add(Bucket)) })
		if n < 0 {
			n = len(rs)
		}
		all = append(all, sumBucket(from, rs[:n]))
		rs = rs[n:]
	}
	return all
}

func sumBucket(from time.Time, rs []Result) Rollup {
	sum := Rollup{Site: rs[0].Site, From: from, Results: len(rs)}
	var classes [math.MaxUint8 + 1]int
	var vantages []string
	ttfb := make([]time.Duration, 0, len(rs))
	for i := range rs {
		r := &rs[i]
		classes[r.Class]++
		sum.Votes[r.Class.Vote()]++
		if !slices.Contains(vantages, r.Vantage) {
			vantages = append(vantages, r.Vantage)
		}
		if r.Timings.TTFB >= 0 && r.Phase >= probe.PhaseBody {
			ttfb = append(ttfb, r.Timings.TTFB)
		}
	}
	for c := range classes {
		if n := classes[c]; n > 0 {
			sum.Classes = append(sum.Classes, ClassCount{probe.Class(c), n})
		}
	}
	sum.Vantages = len(vantages)
	slices.SortFunc(ttfb, cmp.Compare)
	sum.TTFB50, sum.TTFB95 = rank(ttfb, 50), rank(ttfb, 95)
	return sum
}

// rank returns a percentile by nearest rank, rounded to the millisecond.
func rank(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return probe.NotReached
	}
	return sorted[(len(sorted)*percent+99)/100-1].Round(time.Millisecond)
}
