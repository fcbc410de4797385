package lookout

import (
	"sync/atomic"
	"time"

	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
	"github.com/seawall-project/seawall/internal/watch/schedule"
)

// counts are what has happened since the start.
type counts struct {
	lost   atomic.Int64 // writes that the store did not take
	untold atomic.Int64 // messages that were not taken
	clock  atomic.Int64 // by how much this machine's clock was ahead last, in nanoseconds
	found  [64]atomic.Int64
}

func (c *counts) note(class probe.Class) {
	if int(class) < len(c.found) {
		c.found[class].Add(1)
	}
}

// Stats are the gauges and counters of a lookout.
type Stats struct {
	Schedule          schedule.Stats
	Sites             int
	Waiting           int // results that wait to be judged
	WaitingLimit      int
	Lost, Untold      int64
	Found             map[probe.Class]int64
	Machine           watch.Counts
	Health            map[string]watch.Health // by vantage
	Affected, InDoubt int
	Clock             time.Duration // by how much this machine's is ahead of the sentinels'; zero when that is not known
}

// Stats returns the present gauges.
func (l *Lookout) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := Stats{
		Schedule: l.schedule.Stats(), Sites: len(l.sites), Waiting: len(l.results), WaitingLimit: cap(l.results),
		Lost: l.counts.lost.Load(), Untold: l.counts.untold.Load(), Found: make(map[probe.Class]int64),
		Machine: l.machine.Counts(), Health: l.machine.Vantages(), InDoubt: len(l.paces), Clock: time.Duration(l.counts.clock.Load()),
	}
	for _, c := range probe.Classes() {
		if n := l.counts.found[c].Load(); n > 0 {
			s.Found[c] = n
		}
	}
	for host := range l.sites {
		if st, ok := l.machine.Status(host); ok && st.State > watch.Suspect && st.State < watch.Closed {
			s.Affected++
		}
	}
	return s
}
