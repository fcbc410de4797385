package coordinator

import (
	"maps"
	"time"
)

// Why says why a message was dropped. The list is closed.
type Why string

// The reasons.
const (
	Unreadable     Why = "unreadable"      // no envelope, or none of its subject, or beyond a limit
	StrangeVantage Why = "strange_vantage" // of a vantage that is not on the list
	StrangeSite    Why = "strange_site"    // of a site that is not watched
)

type counts struct {
	results, healths, late, told, untold int64
	dropped                              map[Why]int64
}

func (c *counts) drop(why Why) {
	if c.dropped == nil {
		c.dropped = make(map[Why]int64)
	}
	c.dropped[why]++
}

// Stats are the gauges and counters of a coordinator.
type Stats struct {
	Results, Healths int64 // received, and passed on
	Late             int64 // of these, too old to be votes
	Dropped          map[Why]int64
	Told, Untold     int64 // assignments sent, and not
	Vantages         map[string]VantageStats
}

// VantageStats are those of one vantage.
type VantageStats struct {
	Sites    int       // that it is to ask
	UpToDate bool      // it goes by the newest assignment
	Heard    time.Time // when anything last came from it; zero: never
	Waiting  int64     // at the vantage, to be sent
	Dropped  int64     // there, because too much waited
}

// Stats returns the present ones.
func (c *Coordinator) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := Stats{
		Results: c.counts.results, Healths: c.counts.healths, Late: c.counts.late, Dropped: maps.Clone(c.counts.dropped),
		Told: c.counts.told, Untold: c.counts.untold, Vantages: make(map[string]VantageStats, len(c.vantages)),
	}
	for name, p := range c.vantages {
		v := VantageStats{UpToDate: p.id != "" && p.held == p.id, Heard: p.heard, Waiting: p.waiting, Dropped: p.dropped}
		for _, x := range p.told {
			v.Sites += len(x.sites)
		}
		s.Vantages[name] = v
	}
	return s
}
