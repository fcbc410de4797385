package forecast

import (
	"fmt"
	"slices"
	"time"
)

// Outcome is what became of a forecast.
type Outcome string

// The outcomes.
const (
	Came         Outcome = "came"
	DidNotCome   Outcome = "did_not_come"
	Unresolvable Outcome = "unresolvable"
)

// Resolution is what became of a forecast, by the rule, and why.
type Resolution struct {
	Outcome Outcome
	Why     string
}

// Rules of resolving.
const (
	// Dark is how long feeds may have no list in a window; longer, and what was not listed may have been.
	Dark = 26 * time.Hour
	// MinCoverage is the least share of a window that has to have been measured.
	MinCoverage = 0.60
	// Grace is how long after a window it is resolved at the earliest: lists and measurements come late.
	Grace = Dark
	// Term is how long after its window a forecast has to be resolved.
	Term = 14 * oneDay
)

// Seen is what a window's source of truth says. For [Listed] Lists and Sightings count, for the others Coverage and Outages.
type Seen struct {
	Lists     []time.Time // of lists of the feeds, in order; those around the window too
	Sightings []time.Time // of hosts of the population in them
	Coverage  float64     // share of the window that was measured, 0 to 1
	Outages   []Outage    // of sites of the population, each a confirmed one
}

// Outage is one of a site, as a quorum saw it.
type Outage struct {
	Began       time.Time
	Over        bool
	Least, Most time.Duration // in all; Most below Least is not known
}

// Resolve settles a forecast by what was seen and reports whether it could. It cannot be settled before [Grace] after its window, nor while an outage
// lasts on which it depends; after the deadline it is unresolvable then.
//
// A window that was not seen well enough is unresolvable whatever was seen of it: were only what happened counted there, and not what did not, the
// count would lean.
func (f *Forecast) Resolve(now time.Time, s Seen) (Resolution, bool) {
	if now.Before(f.Until.Add(Grace)) {
		return Resolution{}, false
	}
	if f.Event == Listed {
		return f.resolveListed(&s), true
	}
	if s.Coverage < MinCoverage {
		return Resolution{Unresolvable, fmt.Sprintf("%.0f %% of the window were measured, less than %.0f %%", 100*s.Coverage, 100*MinCoverage)}, true
	}
	return f.resolveOutage(now, &s)
}

func (f *Forecast) resolveListed(s *Seen) Resolution {
	if from, until := longestGap(s.Lists, f.From, f.Until); until.Sub(from) > Dark {
		return Resolution{Unresolvable, fmt.Sprintf("there is no list between %s and %s, and windows with more than %v without one are not resolved", stamp(from), stamp(until), Dark)}
	}
	n := 0
	for _, at := range s.Sightings {
		if f.holds(at) {
			n++
		}
	}
	if n > 0 {
		return Resolution{Came, fmt.Sprintf("lists of the window name hosts of it %d times", n)}
	}
	return Resolution{DidNotCome, "no list of the window names a host of it"}
}

func (f *Forecast) resolveOutage(now time.Time, s *Seen) (Resolution, bool) {
	n, waits := 0, false
	for _, o := range s.Outages {
		switch {
		case !f.holds(o.Began):
		case f.Event == Affected || o.Least > Long:
			n++
		default:
			waits = waits || !o.Over
		}
	}
	switch {
	case n > 0:
		return Resolution{Came, fmt.Sprintf("%d outages began in the window", n)}, true
	case waits && now.Before(f.Deadline):
		return Resolution{}, false
	case waits:
		return Resolution{Unresolvable, "an outage that began in the window was not over by the deadline"}, true
	}
	return Resolution{DidNotCome, "no such outage began in the window"}, true
}

// holds reports whether a time lies in the window.
func (f *Forecast) holds(t time.Time) bool { return !t.Before(f.From) && t.Before(f.Until) }

// longestGap returns the longest part of a window without a list, its borders included.
func longestGap(lists []time.Time, from, until time.Time) (a, b time.Time) {
	last := from
	for _, at := range append(slices.Clone(lists), until) {
		if at.Before(from) {
			continue
		}
		at = earlier(at, until)
		if at.Sub(last) > b.Sub(a) {
			a, b = last, at
		}
		last = at
	}
	return a, b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
