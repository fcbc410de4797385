package watch

import (
	"slices"
	"time"
)

// Interval is when something happened as far as discrete samples tell: after Earliest, and not after Latest. A zero Earliest means that
// nothing is known from before; a zero Latest that it is not over.
type Interval struct {
	Earliest time.Time `json:"earliest"`
	Latest   time.Time `json:"latest"`
}

// IsZero reports whether nothing is known.
func (i Interval) IsZero() bool { return i.Earliest.IsZero() && i.Latest.IsZero() }

// holds reports whether t lies in i.
func (i Interval) holds(t time.Time) bool {
	return !t.Before(i.Earliest) && t.Before(i.Latest)
}

// run follows one condition of a site (failing, slow …) at one vantage: when it was last off and first on, last on and first off again.
type run struct {
	On       bool      `json:"on"`
	LastOff  time.Time `json:"last_off"`
	FirstOn  time.Time `json:"first_on"`
	LastOn   time.Time `json:"last_on"`
	FirstOff time.Time `json:"first_off"`
}

// note takes up one sample.
func (r *run) note(at time.Time, on bool) {
	switch {
	case on && !r.On:
		r.On, r.FirstOn = true, at
	case !on && r.On:
		r.On, r.FirstOff = false, at
	}
	if on {
		r.LastOn = at
	} else {
		r.LastOff = at
	}
}

// began returns when the condition began, seen from here, if it holds.
func (r *run) began() (Interval, bool) { return Interval{r.LastOff, r.FirstOn}, r.On }

// ended returns when the condition ended, seen from here, if it held after since and does no longer.
func (r *run) ended(since time.Time) (Interval, bool) {
	return Interval{r.LastOn, r.FirstOff}, !r.On && !r.LastOn.IsZero() && !r.LastOn.Before(since)
}

// agree joins what several vantages say of one moment: the time on which most of them agree, so that a clock that is off or a line that
// broke apart from the others does not move it (Marzullo's algorithm, RFC 5905, section 11.2.1). When several times have as many behind
// them it returns all that lies between; or the last, when they are so far apart that it is not clocks that differ: a quorum there came to be
// with the last of it. It returns false when nobody says anything.
func agree(all []Interval) (Interval, bool) {
	var best Interval
	most := 0
	sorted := slices.SortedFunc(slices.Values(all), func(a, b Interval) int { return a.Earliest.Compare(b.Earliest) })
	for _, from := range sorted {
		count, latest := 0, from.Latest
		for _, i := range all {
			if !i.holds(from.Earliest) {
				continue
			}
			count++
			if i.Latest.Before(latest) {
				latest = i.Latest
			}
		}
		switch {
		case count < most:
		case count > most, from.Earliest.Sub(best.Latest) > together:
			most, best = count, Interval{from.Earliest, latest}
		case latest.After(best.Latest):
			best.Latest = latest
		}
	}
	return best, most > 0
}

// after returns an end that does not lie before the start that it belongs to.
func (i Interval) after(start Interval) Interval {
	if i.Latest.Before(start.Latest) {
		i.Latest = start.Latest
	}
	if i.Earliest.Before(start.Earliest) {
		i.Earliest = start.Earliest
	}
	return i
}

// Span is a length of time as far as samples tell.
type Span struct {
	Least time.Duration `json:"least"`
	Most  time.Duration `json:"most"` // zero with a Least above it means that nothing bounds it
}

// middle is what thresholds are held against.
func (s Span) middle() time.Duration {
	if s.Most < s.Least {
		return s.Least
	}
	return s.Least + (s.Most-s.Least)/2
}

func (s Span) plus(o Span) Span { return Span{s.Least + o.Least, s.Most + o.Most} }

// between returns how long it is from start to end. An unknown beginning is taken as the first sight, which makes Most a lower bound too.
func between(start, end Interval) Span {
	if start.Earliest.IsZero() {
		start.Earliest = start.Latest
	}
	return Span{max(0, end.Earliest.Sub(start.Latest)), max(0, end.Latest.Sub(start.Earliest))}
}
