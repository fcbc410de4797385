package watch

import (
	"math"
	"slices"
	"time"
)

// sample is how long a site took to its first byte, once, at one vantage.
type sample struct {
	At   time.Time     `json:"at"`
	TTFB time.Duration `json:"ttfb"`
}

// histogram counts times to the first byte in steps of a fifth, from a millisecond up. It is halved when it holds a week of a site's
// samples from three vantages, so that old days fade.
type histogram struct {
	Steps []uint32 `json:"steps"`
	Count uint32   `json:"count"`
}

const (
	histogramSteps = 64
	histogramFull  = 30_000
)

func stepOf(d time.Duration) int {
	ms := float64(d) / float64(time.Millisecond)
	return min(max(0, int(math.Log(max(ms, 1))/math.Log(1.2))), histogramSteps-1)
}

func (h *histogram) add(d time.Duration) {
	if h.Steps == nil {
		h.Steps = make([]uint32, histogramSteps)
	}
	if h.Count >= histogramFull {
		h.Count = 0
		for i := range h.Steps {
			h.Steps[i] /= 2
			h.Count += h.Steps[i]
		}
	}
	h.Steps[stepOf(d)]++
	h.Count++
}

// p95 returns the upper edge of the step in which the 95th percentile lies, so it is at most a fifth too high.
func (h *histogram) p95() time.Duration {
	want, seen := uint32(math.Ceil(0.95*float64(h.Count))), uint32(0)
	for i, n := range h.Steps {
		if seen += n; seen >= want {
			return time.Duration(math.Pow(1.2, float64(i+1)) * float64(time.Millisecond))
		}
	}
	return 0
}

// threshold returns from where on a site is slow: three seconds, or four times its own p95.
func (s *siteState) threshold() time.Duration {
	if s.Base.Count < baseSamples {
		return slowLeast
	}
	return max(slowLeast, slowTimes*s.Base.p95())
}

// time takes up a time to the first byte.
func (s *siteState) time(b *ballot, at time.Time, d time.Duration) {
	limit := s.threshold()
	b.Slow.note(at, d >= limit)
	b.Samples = last(append(b.Samples, sample{at, d}), maxSamples)
	e := s.get(Slowness)
	if e == nil && d < limit || e != nil && at.Sub(e.Start.Latest) > learnSlowFor {
		s.Base.add(d)
	}
}

// slow reports whether the median of the last five minutes is over the limit at a vantage, and whether there are samples enough to tell.
func (s *siteState) slow(b *ballot, now time.Time) (slow, known bool) {
	var all []time.Duration
	var first time.Time
	for _, x := range b.Samples {
		if now.Sub(x.At) > slowWindow {
			continue
		}
		if first.IsZero() {
			first = x.At
		}
		all = append(all, x.TTFB)
	}
	if len(all) < slowSamples || now.Sub(first) < slowWindow-b.pace() {
		return false, false
	}
	slices.Sort(all)
	return all[len(all)/2] >= s.threshold(), true
}

// isSlow reports whether a quorum finds the site slow, and in how sure a way.
func (m *Machine) isSlow(s *siteState) (bool, Grade) {
	votes := make(map[string]bool)
	sure := Confirmed
	for _, v := range m.expected(s, m.now) {
		if !v.votes() {
			sure = UncheckedOnly
		}
		if slow, known := s.slow(s.Ballots[v.Name], m.now); known {
			old, voted := votes[v.network]
			votes[v.network] = slow && (old || !voted)
		}
	}
	t := tally{all: len(votes)}
	for _, slow := range votes {
		if slow {
			t.down++
		}
	}
	if t.quorum(t.down) {
		return true, sure
	}
	return t.all == 1 && t.down == 1, OnePlace
}
