package claim

import (
	"slices"
	"time"
)

// How far windows reach.
const (
	beforeList  = 60 * time.Minute // an order may be out before a list is seen
	afterList   = 30 * time.Minute
	beforePost  = 3 * time.Hour // posts come during an attack or after it
	afterPost   = 6 * time.Hour
	aroundCheck = 15 * time.Minute
	sharp       = time.Hour // a time known no worse needs no wider window
)

// Window returns when something would have had to begin for it to be what the source speaks of.
func (s Source) Window() Span {
	var w Span
	switch {
	case s.Day:
		return Span{s.First, s.Last}
	case s.Kind == List:
		w = Span{s.First.Add(-beforeList), s.Last.Add(afterList)}
		if s.Previous.After(w.From) && s.Previous.Before(s.First) {
			w.From = s.Previous
		}
	case s.Kind == CheckHost:
		w = Span{s.First.Add(-aroundCheck), s.Last.Add(aroundCheck)}
	default:
		w = Span{s.First.Add(-beforePost), s.Last.Add(afterPost)}
	}
	if s.Blur > sharp {
		w.From, w.To = w.From.Add(-s.Blur), w.To.Add(s.Blur)
	}
	return w
}

// Day returns the day of a date where the readers live, its last instant included. A nil zone is UTC.
func Day(year int, month time.Month, day int, zone *time.Location) (first, last time.Time) {
	if zone == nil {
		zone = time.UTC
	}
	return time.Date(year, month, day, 0, 0, 0, 0, zone).UTC(), time.Date(year, month, day+1, 0, 0, 0, -1, zone).UTC()
}

// near is how far apart two times may be that speak of one attack.
const near = 12 * time.Hour

// anchor is when a source says that it was, without the reach of its window.
func (s Source) anchor() Span { return Span{s.First, s.Last} }

// joins reports whether two sources speak of one attack: a day and what lies in it, the same day, or times at most twelve hours apart.
func (s Source) joins(o Source) bool {
	a, b := s.anchor(), o.anchor()
	if s.Day && o.Day {
		return a.From.Equal(b.From)
	}
	if !s.Day && !o.Day {
		a.To = a.To.Add(near)
		b.To = b.To.Add(near)
	}
	return a.meets(b)
}

// Group puts sources together that speak of one attack, each group and the groups in order of time.
func Group(sources []Source) [][]Source {
	all := slices.Clone(sources)
	slices.SortStableFunc(all, func(a, b Source) int { return a.First.Compare(b.First) })
	var groups [][]Source
	for _, s := range all {
		var into []Source
		var rest [][]Source
		for _, g := range groups {
			if slices.ContainsFunc(g, s.joins) {
				into = append(into, g...)
			} else {
				rest = append(rest, g)
			}
		}
		rest = append(rest, append(into, s))
		groups = rest
	}
	slices.SortStableFunc(groups, func(a, b []Source) int { return first(a).Compare(first(b)) })
	return groups
}

func first(group []Source) time.Time {
	least := group[0].First
	for _, s := range group {
		if s.First.Before(least) {
			least = s.First
		}
	}
	return least
}

// union returns spans without overlaps, in order.
func union(spans []Span) []Span {
	sorted := slices.SortedFunc(slices.Values(spans), func(a, b Span) int { return a.From.Compare(b.From) })
	var out []Span
	for _, s := range sorted {
		if n := len(out); n > 0 && !s.From.After(out[n-1].To) {
			if s.To.After(out[n-1].To) {
				out[n-1].To = s.To
			}
			continue
		}
		out = append(out, s)
	}
	return out
}

// windows returns the two views of a question: what is known to the hour or better, and the days. Either may be empty.
func (q *Question) windows() (sharp, days []Span) {
	for _, s := range q.Sources {
		if s.Day {
			days = append(days, s.Window())
		} else {
			sharp = append(sharp, s.Window())
		}
	}
	return union(sharp), union(days)
}

func inAny(spans []Span, t time.Time) bool {
	return slices.ContainsFunc(spans, func(s Span) bool { return s.holds(t) })
}

// hull is the least span around all.
func hull(spans []Span) Span {
	if len(spans) == 0 {
		return Span{}
	}
	return Span{spans[0].From, spans[len(spans)-1].To}
}
