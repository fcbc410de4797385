package admit

import (
	"math"
	"slices"
)

// trial is a step of the limit that is being tried.
type trial struct {
	step  step
	limit float64 // before the step
	saw   saw     // what the cohort before the step saw
	back  float64 // of a check: the limit if the origin was not full
	again int     // cohorts that told nothing
}

// step is why the limit was changed.
type step uint8

const (
	none  step = iota
	raise      // there may be room
	lower      // the origin is slow: is it full?
	check      // a raise was in vain: was the origin full before it, too?
)

const (
	trialElastic = 0.5 // share of a change of load that latency must follow for the origin to count as full
	trialTells   = 0.2 // change of load, as a logarithm, from which latency tells anything
	trialAgain   = 3   // cohorts that a trial waits for such a change
)

// try changes the limit to v, to see what the next cohort says. At a bound it does nothing.
func (l *limit) try(why step, v float64, saw saw) {
	before := l.now
	if l.set(v); l.now == before {
		return
	}
	saw.samples = slices.Clone(saw.samples)
	l.trial = trial{step: why, limit: before, saw: saw, back: before}
}

// judge ends a trial by what its cohort saw.
//
// What counts is what was at the origin, not what was allowed: after a raise it takes a while until the origin has the more to work on, and
// under pressure one kind of request alone may not use the whole limit.
func (l *limit) judge(now saw) {
	t := l.trial
	l.trial = trial{}
	changed := math.Log(now.load / t.saw.load)
	if (t.step == raise) != (changed > 0) || math.Abs(changed) < trialTells {
		l.judgeUntold(t, now)
		return
	}
	followed := l.slower(now.samples, t.saw.samples) / changed // 0: latency did not care; 1: it changed in proportion
	switch full := followed > trialElastic; t.step {
	case raise:
		l.judgeRaise(t, now, full)
	case lower:
		l.judgeLower(t, now, full, followed < -trialElastic)
	case check:
		l.judgeCheck(t, now, full, followed < -trialElastic)
	}
}

// judgeUntold goes on with a trial in which the origin has had as much to work on as before.
func (l *limit) judgeUntold(t trial, now saw) {
	switch {
	case t.step == check: // the cohort before the step was taken in a rush; compare with this one
		l.try(check, l.now/limitStep, now)
	case t.again < trialAgain:
		t.again++
		l.trial = t
	case t.step == raise:
		l.next(now) // nobody uses it
	default:
		l.set(t.limit)
	}
}

func (l *limit) judgeRaise(t trial, now saw, full bool) {
	if !full {
		l.vain = 0
		l.next(now) // it has room: stay, and go on from here
		return
	}
	l.vain = min(l.vain+1, limitVain)
	l.rest = 1 << l.vain
	back := max(t.limit, l.now/math.Exp(l.slower(now.samples, t.saw.samples))) // as much as it worked on, by Little's law
	l.now = t.limit
	l.try(check, t.limit/limitStep, t.saw)
	if l.trial.back = back; l.trial.step == none {
		l.set(back)
	}
}

func (l *limit) judgeLower(t trial, now saw, full, absurd bool) {
	switch {
	case full, absurd: // slower although less was asked: something else is going on, and less is safer
		l.next(now)
	default: // it is slow by nature
		l.set(t.limit)
		l.usual = max(1, t.saw.ratio)
		l.crowd, l.rest, l.vain = 1, 0, 0
	}
}

func (l *limit) judgeCheck(t trial, now saw, full, absurd bool) {
	if l.rest > 0 {
		l.rest--
	}
	if full {
		l.try(check, l.now/limitStep, now)
		return
	}
	if l.set(t.back); !absurd {
		l.usual = max(l.usual, t.saw.ratio) // nothing queued
	}
}
