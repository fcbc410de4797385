package claim

import "time"

// How a site fares in peace at the hours in question.
const (
	baselineDays = 14
	flakyShare   = 0.01 // from which share of rounds on an effect says less
	veryFlaky    = 0.05 // and from which on it says little
	leastRounds  = 10
)

// baseline is the share of rounds of the last 14 days, at the same hours, that were as the verdict says.
type baseline struct {
	known bool
	share float64
}

// baseline leaves out what lies in windows of other listings and claims, and whatever began in them and lasted longer.
func (q *Question) baseline(v view) baseline {
	h := hull(v.windows)
	is := kindOf(v.low)
	past := between(q.Rounds, Span{h.From.AddDate(0, 0, -baselineDays), h.From})
	struck := make([]Span, 0, len(q.Others))
	struck = append(struck, q.Others...)
	for _, x := range spells(past, paces(past), isBad) {
		if inAny(q.Others, x.from) {
			struck = append(struck, Span{x.from, x.to})
		}
	}
	all, so := 0, 0
	for i := range past {
		r := &past[i]
		if !r.tells() || !r.From.Before(h.From) || inAny(struck, r.At) || !q.sameHours(v.windows, r.From) {
			continue
		}
		all++
		if is(r) {
			so++
		}
	}
	if all < leastRounds {
		return baseline{}
	}
	return baseline{true, float64(so) / float64(all)}
}

// kindOf returns which rounds are as a verdict says.
func kindOf(w Word) func(*Round) bool {
	switch w {
	case Protected:
		return isGuarded
	case Degraded:
		return func(r *Round) bool { return isBad(r) || isSlow(r) }
	}
	return isBad
}

// sameHours reports whether t lies in windows when these are moved back by whole days of the readers' clocks.
func (q *Question) sameHours(windows []Span, t time.Time) bool {
	zone := q.Zone
	if zone == nil {
		zone = time.UTC
	}
	for _, w := range windows {
		from := w.From.In(zone)
		back := int(w.From.Sub(t)/(24*time.Hour)) + 1
		for n := max(1, back-1); n <= min(baselineDays, back+1); n++ {
			start := from.AddDate(0, 0, -n)
			if !t.Before(start) && t.Before(start.Add(w.To.Sub(w.From))) {
				return true
			}
		}
	}
	return false
}
