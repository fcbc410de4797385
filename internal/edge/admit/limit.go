package admit

import (
	"math"
	"slices"
	"time"
)

// limit finds how many requests the origin can work on at once, by asking the origin.
//
// Latency alone does not tell an origin that is slow by nature from one that is overloaded. What tells them apart is what happens to
// latency when more is asked at once: an origin with room answers as before, a full one takes longer in proportion. So the limit looks
// at one cohort of 16 to 128 requests after another, and takes the median of how long they took over what they were expected to cost.
// When the limit is used up and that ratio is low, the limit is raised for one cohort; when it is high, it is lowered. Either step stays
// only if the next cohort's ratio says that the origin was not full before, or was.
//
// A cohort is made of the requests admitted next and waits for nearly all of them, so that quick answers do not speak for slow ones. An
// answer that says the origin has too much to do counts by itself: a quarter of a cohort shrinks the limit.
type limit struct {
	now, min, max float64

	crowd float64 // the last cohort's ratio over what is usual, at least 1
	usual float64 // the ratio that counts as nothing queueing

	cohort cohort
	trial  trial
	rest   int // cohorts to go until the limit may be raised again
	vain   int // raises in a row that came to nothing
}

// cohort is the requests that are being watched.
type cohort struct {
	id       uint32
	size     int
	admitted int
	ended    int
	refused  int
	ratios   []float64
	full     bool // the limit was used up when one of them was admitted
	begun    time.Time
}

// trial is a step that is being tried: what the limit and the ratio were before.
type trial struct {
	under        bool
	limit, ratio float64
}

const (
	limitStep    = 1.5  // growth and shrinking of one trial
	limitRamp    = 2.0  // growth of one trial while no raise has been in vain, as in TCP's slow start
	limitHigh    = 1.5  // ratio over what is usual from which the origin may be overloaded
	limitElastic = 0.5  // share of a step that latency must follow for the origin to count as full
	limitVain    = 4    // doublings of the rest, from 1 cohort, after raises that came to nothing
	limitRefused = 0.25 // share of a cohort from which refusals shrink the limit
	limitBackOff = 0.85 // what is left of the limit then
	usualAlpha   = 0.3  // weight of a cohort that was quicker than usual
	ratioMax     = 100  // ratio from which slower makes no difference
	cohortMin    = 16   // requests in a cohort while the limit grows unhindered
	cohortDoubt  = 32   // at least, when there is doubt
	cohortMax    = 128  // at most
	cohortTime   = 10 * time.Second
)

func newLimit(start, low, high int) limit {
	l := limit{now: float64(start), min: float64(low), max: float64(high), crowd: 1, usual: 1}
	l.watch()
	return l
}

func (l *limit) value() int { return int(l.now) }

// slowness is how many times longer than expected requests take just now.
func (l *limit) slowness() float64 { return l.usual * l.crowd }

// watch begins a new cohort: a small one while the limit grows unhindered, a larger one when there is doubt.
func (l *limit) watch() {
	size := cohortMin
	if l.vain > 0 || l.trial.under && l.now < l.trial.limit {
		size = min(cohortMax, max(cohortDoubt, int(l.now)))
	}
	l.cohort = cohort{id: l.cohort.id + 1, size: size, ratios: l.cohort.ratios[:0]}
}

// admit takes a request into the cohort, if it is not complete yet, and returns the cohort's number for [limit.end]. full says that no
// more requests could be admitted beside it.
func (l *limit) admit(now time.Time, full bool) uint32 {
	c := &l.cohort
	if c.admitted == c.size {
		l.overdue(now)
		return 0
	}
	if c.admitted == 0 {
		c.begun = now
	}
	c.admitted++
	c.full = c.full || full
	return c.id
}

// overdue ends a cohort whose last requests hang: they count as very slow. So a few requests that never end cannot keep a step untried.
func (l *limit) overdue(now time.Time) {
	c := &l.cohort
	if now.Sub(c.begun) < cohortTime {
		return
	}
	for range c.size - c.ended {
		c.ratios = append(c.ratios, math.Inf(1))
	}
	c.ended = c.size
	l.conclude()
	l.watch()
}

// ending is how a request of a cohort ended.
type ending uint8

const (
	answered ending = iota
	refused         // the origin says that it has too much to do
	unknown         // it tells nothing
)

// end takes what came of a request of the cohort called id: for an answer, the ratio of what it took to what was expected.
func (l *limit) end(id uint32, how ending, ratio float64) {
	c := &l.cohort
	if id != c.id {
		return
	}
	c.ended++
	switch how {
	case answered:
		c.ratios = append(c.ratios, ratio)
	case refused:
		c.refused++
	}
	if c.admitted == c.size && c.ended >= c.size-c.size/8 {
		l.conclude()
		l.watch()
	}
}

// conclude draws the cohort's conclusion.
func (l *limit) conclude() {
	c := &l.cohort
	if float64(c.refused) > limitRefused*float64(c.ended) {
		l.trial = trial{}
		l.set(l.now * limitBackOff)
		return
	}
	if len(c.ratios) == 0 {
		return
	}
	slices.Sort(c.ratios)
	ratio := min(ratioMax, c.ratios[len(c.ratios)/2])
	l.crowd = max(1, ratio/l.usual)
	if ratio < l.usual {
		l.usual = max(1, l.usual+usualAlpha*(ratio-l.usual))
	}
	if l.trial.under {
		l.judge(ratio)
		return
	}
	l.next(ratio)
}

// judge ends a trial: was the origin full?
func (l *limit) judge(ratio float64) {
	t := l.trial
	l.trial = trial{}
	followed := math.Log(ratio/t.ratio) / math.Log(l.now/t.limit) // 0: latency did not care; 1: it changed in proportion
	grew, wasFull := l.now > t.limit, followed > limitElastic
	switch {
	case grew && !wasFull:
		l.vain = 0
		l.next(ratio) // it has room: stay, and go on from here
	case grew:
		l.set(max(t.limit, l.now*t.ratio/ratio)) // as much as it worked on, by Little's law
		l.vain = min(l.vain+1, limitVain)
		l.rest = 1 << l.vain
	case wasFull:
		l.next(ratio)
	default: // it is slow by nature
		l.set(t.limit)
		l.usual = max(1, t.ratio)
		l.crowd, l.rest, l.vain = 1, 0, 0
	}
}

// next begins a trial if the cohort gives reason to.
func (l *limit) next(ratio float64) {
	if l.rest > 0 {
		l.rest--
	}
	step := 1.0
	switch {
	case ratio > limitHigh*l.usual && l.cohort.full:
		step = 1 / limitStep
	case l.cohort.full && l.rest == 0:
		step = limitStep
		if l.vain == 0 {
			step = limitRamp
		}
	}
	before := l.now
	if l.set(l.now * step); l.now != before {
		l.trial = trial{under: true, limit: before, ratio: max(ratio, 0.01)}
	}
}

func (l *limit) set(v float64) { l.now = min(l.max, max(l.min, v)) }
