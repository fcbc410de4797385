package admit

import (
	"slices"
	"time"
)

// cohort is the requests that are being watched.
type cohort struct {
	id       uint32
	size     int
	admitted int
	ended    int
	refused  int
	load     int // sum of how many were at the origin when each was admitted
	samples  []sample
	full     bool // the limit was used up when one of them was admitted
	begun    time.Time
}

// sample is what one request cost. It is kept with its template, not as a ratio, because what its template is expected to cost may be
// learned meanwhile, and two cohorts are to be compared by the same expectations.
type sample struct {
	key  templateKey
	took time.Duration // 0: it hangs
}

// saw is what a whole cohort saw.
type saw struct {
	ratio   float64 // median of what requests took over what they are expected to cost
	load    float64 // how many were at the origin, on average
	samples []sample
}

const (
	ratioMin    = 0.01 // ratios between which differences count
	ratioMax    = 100
	cohortMin   = 16  // requests in a cohort while the limit grows unhindered
	cohortDoubt = 32  // at least, when there is doubt
	cohortMax   = 128 // at most
	cohortTime  = 10 * time.Second
)

// ending is how a request of a cohort ended.
type ending uint8

const (
	answered ending = iota
	refused         // the origin says that it has too much to do
	unknown         // it tells nothing
)

func (c *cohort) admit(now time.Time, busy int, full bool) {
	if c.admitted == 0 {
		c.begun = now
	}
	c.admitted++
	c.load += busy
	c.full = c.full || full
}

func (c *cohort) end(how ending, key templateKey, took time.Duration) {
	c.ended++
	switch how {
	case answered:
		c.samples = append(c.samples, sample{key, took})
	case refused:
		c.refused++
	}
}

// complete reports whether enough of the cohort has ended: an eighth may be late.
func (c *cohort) complete() bool { return c.admitted == c.size && c.ended >= c.size-c.size/8 }

// giveUp counts those that have not ended as hanging.
func (c *cohort) giveUp() {
	for range c.size - c.ended {
		c.samples = append(c.samples, sample{})
	}
	c.ended = c.size
}

// sawOf returns what a cohort with samples saw. It holds the cohort's own samples: keep a copy.
func (l *limit) sawOf(c *cohort) saw {
	return saw{ratio: l.median(c.samples), load: float64(c.load) / float64(c.admitted), samples: c.samples}
}

// median returns the median ratio of samples by what is expected now.
func (l *limit) median(of []sample) float64 {
	r := l.scratch[:0]
	for _, s := range of {
		ratio := float64(ratioMax)
		if s.took > 0 {
			ratio = float64(s.took) / float64(l.cost(s.key))
		}
		r = append(r, ratio)
	}
	slices.Sort(r)
	l.scratch = r
	return min(ratioMax, max(ratioMin, r[len(r)/2]))
}
