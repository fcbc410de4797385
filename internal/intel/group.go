package intel

import (
	"slices"
	"time"

	"github.com/seawall-project/seawall"
)

// Span is one listing without what it aims at: a host's sightings in one feed, no two in a row more than [seawall.ListingGap] apart.
type Span struct {
	First, Last time.Time
	Sightings   int
}

// Group returns the spans of one host in one feed. times are those of the lists that name it, in any order; it sorts them.
func Group(times []time.Time) []Span {
	slices.SortFunc(times, time.Time.Compare)
	var all []Span
	for _, at := range times {
		if n := len(all); n > 0 && at.Sub(all[n-1].Last) <= seawall.ListingGap {
			all[n-1].Last = at
			all[n-1].Sightings++
			continue
		}
		all = append(all, Span{First: at, Last: at, Sightings: 1})
	}
	return all
}

// Overlaps reports whether the spans have a time in common.
func (s Span) Overlaps(o Span) bool { return !s.First.After(o.Last) && !o.First.After(s.Last) }

// Previous returns the last of a feed's lists before at; zero when there is none. lists are in order.
func Previous(lists []time.Time, at time.Time) time.Time {
	i, _ := slices.BinarySearchFunc(lists, at, time.Time.Compare)
	if i == 0 {
		return time.Time{}
	}
	return lists[i-1]
}
