package admit

import (
	"math"
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
	key   templateKey
	known bool          // its template was met before
	took  time.Duration // 0: it hangs
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
	first           // answered, and its template was not met before
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
	case answered, first:
		c.samples = append(c.samples, sample{key, how == answered, took})
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

// median returns the median ratio of the samples whose template was met before, by what is expected now; 1 without such samples.
func (l *limit) median(of []sample) float64 {
	r := l.scratch[:0]
	for _, s := range of {
		switch {
		case s.took == 0:
			r = append(r, ratioMax)
		case s.known:
			r = append(r, float64(s.took)/float64(l.cost(s.key)))
		}
	}
	l.scratch = r
	if len(r) == 0 {
		return 1
	}
	slices.Sort(r)
	return min(ratioMax, max(ratioMin, r[len(r)/2]))
}

// slower returns how much longer the requests of one cohort took than those of another, as a logarithm.
//
// It goes by the ratios of what is known. When little is, as at a cold start, what is expected was learned just now in the same crowd and hides
// it; then what requests took is compared as it is, for in a crowd it is mostly waiting, which all have in common.
func (l *limit) slower(now, before []sample) float64 {
	if mostlyKnown(now) && mostlyKnown(before) {
		return math.Log(l.median(now) / l.median(before))
	}
	return math.Log(l.medianTook(now) / l.medianTook(before))
}

func mostlyKnown(of []sample) bool {
	known := 0
	for _, s := range of {
		if s.known {
			known++
		}
	}
	return 4*known >= 3*len(of)
}

// medianTook returns the median of what requests took, in seconds.
func (l *limit) medianTook(of []sample) float64 {
	r := l.scratch[:0]
	for _, s := range of {
		took := s.took
		if took == 0 {
			took = cohortTime
		}
		r = append(r, took.Seconds())
	}
	slices.Sort(r)
	l.scratch = r
	return max(r[len(r)/2], time.Microsecond.Seconds())
}
