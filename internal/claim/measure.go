package claim

import (
	"slices"
	"time"
)

// usualPace is between two rounds when nothing shows another.
const usualPace = time.Minute

// longestPace is between two rounds at most; longer is a gap.
const longestPace = 15 * time.Minute

// paces returns how far apart rounds lie around each: the median of up to six gaps, those aside that are too long to be a pace.
func paces(rounds []Round) []time.Duration {
	const reach = 3
	out := make([]time.Duration, len(rounds))
	for i := range rounds {
		var gaps []time.Duration
		for j := max(0, i-reach); j < min(len(rounds)-1, i+reach); j++ {
			if d := rounds[j+1].From.Sub(rounds[j].From); d > 0 && d <= longestPace {
				gaps = append(gaps, d)
			}
		}
		out[i] = usualPace
		if len(gaps) > 0 {
			slices.Sort(gaps)
			out[i] = gaps[(len(gaps)-1)/2]
		}
	}
	return out
}

// tells reports whether a round says how readers fared.
func (r *Round) tells() bool {
	return r.State == Good || (r.State == Bad || r.State == Guarded || r.State == Abroad) && !r.Quiet
}

// spell is a stretch of rounds that are all so, as far as samples tell.
type spell struct {
	from, to         time.Time // the first and the last of them
	earliest, latest time.Time // the rounds around them that are not so: bounds of the beginning and the end
	seenBefore       bool      // earliest is one
	least            time.Duration
	onEnd            time.Duration // the longest part of least without a gap
}

func (s *spell) most() time.Duration { return s.latest.Sub(s.earliest) }

// spells returns the stretches of rounds that are so. A round that says nothing ends none; but what lies between two rounds further apart than
// twice the pace, or with a dispute between them, counts for the longest that it may have been and not for the least.
func spells(rounds []Round, pace []time.Duration, is func(*Round) bool) []spell {
	var out []spell
	var open *spell
	var part, last, other time.Time
	broken := false
	end := func() {
		d := last.Sub(part)
		open.least += d
		open.onEnd = max(open.onEnd, d)
		open.to = last
	}
	for i := range rounds {
		r := &rounds[i]
		switch {
		case r.tells() && is(r) && open == nil:
			out = append(out, spell{from: r.At, earliest: r.At, seenBefore: !other.IsZero()})
			open = &out[len(out)-1]
			if open.seenBefore {
				open.earliest = other
			}
			part, last, broken = r.At, r.At, false
		case r.tells() && is(r):
			if broken || r.At.Sub(last) > 2*pace[i] {
				end()
				part = r.At
			}
			last, broken = r.At, false
		case r.tells():
			if open != nil {
				end()
				open.latest, open = r.At, nil
			}
			other = r.At
		case r.State == Argued:
			broken = true
		}
	}
	if open != nil {
		end()
		open.latest = last.Add(pace[len(rounds)-1])
	}
	return out
}

// between returns the rounds that begin in s, with one on either side.
func between(rounds []Round, s Span) []Round {
	i, _ := slices.BinarySearchFunc(rounds, s.From, func(r Round, t time.Time) int { return r.From.Compare(t) })
	j, _ := slices.BinarySearchFunc(rounds, s.To, func(r Round, t time.Time) int {
		if r.From.After(t) {
			return 1
		}
		return -1
	})
	return rounds[max(0, i-1):min(len(rounds), j+1)]
}

// seen is what was seen of a site in some windows.
type seen struct {
	window, told time.Duration // in all, and with a round that tells
	rounds       int           // that tell
	bad          []spell       // that began in them
	before       bool          // a bad spell from before reaches into them
	slow         [2]time.Duration
	guarded      int // rounds
	abroad       int
	argued       int
	homeless     int // rounds without a vote from home
	networks     int // the median of how many voted
}

func (s *seen) coverage() float64 {
	if s.window <= 0 {
		return 0
	}
	return min(1, float64(s.told)/float64(s.window))
}

func isBad(r *Round) bool     { return r.State == Bad }
func isSlow(r *Round) bool    { return r.Slow }
func isGuarded(r *Round) bool { return r.State == Guarded || r.State == Abroad }

// look measures what was seen in windows. Time after until has not passed; a zero until is never.
func look(rounds []Round, windows []Span, until time.Time) seen {
	var s seen
	pace := paces(rounds)
	for _, w := range windows {
		if !until.IsZero() && w.To.After(until) {
			w.To = until
		}
		if w.To.After(w.From) {
			s.window += w.To.Sub(w.From)
			s.cover(rounds, pace, w)
		}
	}
	for _, x := range spells(rounds, pace, isBad) {
		switch {
		case inAny(windows, x.from):
			s.bad = append(s.bad, x)
		case slices.ContainsFunc(windows, Span{x.from, x.to}.meets):
			s.before = true
		}
	}
	for _, x := range spells(bridged(rounds), pace, isSlow) {
		for _, w := range windows {
			s.slow[0] += overlap(x.from, x.to, w)
			s.slow[1] += overlap(x.earliest, x.latest, w)
		}
	}
	return s
}

// bridged returns rounds in which one that is not slow between two that are is taken as slow: a site is slow over minutes, not in one answer.
func bridged(rounds []Round) []Round {
	out := slices.Clone(rounds)
	for i := 1; i+1 < len(rounds); i++ {
		out[i].Slow = rounds[i].Slow || rounds[i].State == Good && rounds[i-1].Slow && rounds[i+1].Slow
	}
	return out
}

// cover adds the rounds in a window: each tells of the time until the next, or of one pace when that is late.
func (s *seen) cover(rounds []Round, pace []time.Duration, w Span) {
	var networks []int
	for i := range rounds {
		r := &rounds[i]
		d := pace[i]
		if i+1 < len(rounds) {
			if gap := rounds[i+1].From.Sub(r.From); 2*gap <= 3*d {
				d = gap
			}
		}
		if r.tells() {
			s.told += overlap(r.From, r.From.Add(d), w)
		}
		if !w.holds(r.From) {
			continue
		}
		if r.State == Argued {
			s.argued++
		}
		if !r.tells() {
			continue
		}
		s.rounds++
		networks = append(networks, int(r.Networks))
		if !r.Home {
			s.homeless++
		}
		switch r.State {
		case Guarded:
			s.guarded++
		case Abroad:
			s.abroad++
		}
	}
	if len(networks) > 0 {
		slices.Sort(networks)
		s.networks = max(s.networks, networks[len(networks)/2])
	}
}

func overlap(from, to time.Time, w Span) time.Duration {
	if from.Before(w.From) {
		from = w.From
	}
	if to.After(w.To) {
		to = w.To
	}
	return max(0, to.Sub(from))
}

// length is how long a site was bad, at one end of what sampling leaves open.
type length struct{ all, onEnd time.Duration }

// lengths returns the least and the most.
func (s *seen) lengths() (least, most length) {
	for i := range s.bad {
		x := &s.bad[i]
		least.all += x.least
		least.onEnd = max(least.onEnd, x.onEnd)
		most.all += x.most()
		most.onEnd = max(most.onEnd, x.most())
	}
	return least, most
}
