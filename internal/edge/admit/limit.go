package admit

import (
	"time"
)

// limit finds how many requests the origin can work on at once, by asking the origin.
//
// Latency alone does not tell an origin that is slow by nature from one that is overloaded. What tells them apart is what happens to
// latency when more is asked at once: an origin with room answers as before, a full one takes longer in proportion. So the limit looks
// at one cohort of 16 to 128 requests after another, and takes the median of how long they took over what they were expected to cost.
// When the limit is used up and that ratio is low, the limit is raised for one cohort; when it is high, it is lowered. Either step stays
// only if the next cohort says that the origin was not full before, or was (trial.go).
//
// A cohort is made of the requests admitted next and waits for nearly all of them, so that quick answers do not speak for slow ones. An
// answer that says the origin has too much to do counts by itself: a quarter of a cohort shrinks the limit.
type limit struct {
	now, min, max float64

	crowd float64 // the last cohort's ratio over what is usual, at least 1
	usual float64 // the ratio that counts as nothing queueing

	cost    func(templateKey) time.Duration // what a request is expected to cost
	cohort  cohort
	trial   trial
	rest    int       // cohorts to go until the limit may be raised again
	vain    int       // raises in a row that came to nothing
	scratch []float64 // for medians
}

const (
	limitStep    = 1.5  // growth and shrinking of one trial
	limitRamp    = 2.0  // growth of one trial while no raise has been in vain, as in TCP's slow start
	limitHigh    = 1.5  // ratio over what is usual from which the origin may be overloaded
	limitVain    = 4    // doublings of the rest, from 1 cohort, after raises that came to nothing
	limitRefused = 0.25 // share of a cohort from which refusals shrink the limit
	limitBackOff = 0.85 // what is left of the limit then
	usualAlpha   = 0.3  // weight of a cohort that was quicker than usual
)

func newLimit(start, low, high int, cost func(templateKey) time.Duration) limit {
	l := limit{now: float64(start), min: float64(low), max: float64(high), crowd: 1, usual: 1, cost: cost}
	l.watch()
	return l
}

func (l *limit) value() int { return int(l.now) }

// slowness is how many times longer than expected requests take just now.
func (l *limit) slowness() float64 { return l.usual * l.crowd }

// watch begins a new cohort: a small one while the limit grows unhindered, a larger one when there is doubt.
func (l *limit) watch() {
	size := cohortMin
	if l.vain > 0 || l.trial.step == lower || l.trial.step == check {
		size = min(cohortMax, max(cohortDoubt, int(l.now)))
	}
	l.cohort = cohort{id: l.cohort.id + 1, size: size, samples: l.cohort.samples[:0]}
}

// admit takes a request into the cohort, if it is not complete yet, and returns the cohort's number for [limit.end]. busy is how many are
// at the origin now, with this one; full says that no more requests could be admitted beside it.
func (l *limit) admit(now time.Time, busy int, full bool) uint32 {
	c := &l.cohort
	if c.admitted == c.size {
		l.overdue(now)
		return 0
	}
	c.admit(now, busy, full)
	return c.id
}

// overdue ends a cohort whose last requests hang: they count as very slow. So a few requests that never end cannot keep a step untried.
func (l *limit) overdue(now time.Time) {
	if now.Sub(l.cohort.begun) < cohortTime {
		return
	}
	l.cohort.giveUp()
	l.conclude()
	l.watch()
}

// end takes what came of a request of the cohort called id: for an answer, what it cost.
func (l *limit) end(id uint32, how ending, key templateKey, took time.Duration) {
	c := &l.cohort
	if id != c.id {
		return
	}
	c.end(how, key, took)
	if c.complete() {
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
	if len(c.samples) == 0 {
		return
	}
	saw := l.sawOf(c)
	l.crowd = max(1, saw.ratio/l.usual)
	if saw.ratio < l.usual {
		l.usual = max(1, l.usual+usualAlpha*(saw.ratio-l.usual))
	}
	if l.trial.step == none {
		l.next(saw)
		return
	}
	l.judge(saw)
}

// next begins a trial if what a cohort saw gives reason to.
func (l *limit) next(saw saw) {
	if l.rest > 0 {
		l.rest--
	}
	switch {
	case saw.ratio > limitHigh*l.usual && l.cohort.full:
		l.try(lower, l.now/limitStep, saw)
	case l.cohort.full && l.rest == 0 && l.vain == 0:
		l.try(raise, l.now*limitRamp, saw)
	case l.cohort.full && l.rest == 0:
		l.try(raise, l.now*limitStep, saw)
	}
}

func (l *limit) set(v float64) { l.now = min(l.max, max(l.min, v)) }
