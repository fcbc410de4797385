package agent

import (
	"sync/atomic"
	"time"

	"github.com/seawall-project/seawall/internal/watch/schedule"
)

// counts are what has happened since the start.
type counts struct {
	probes, skipped, sent, unsendable, unread, lost, failed atomic.Int64
	refused                                                 atomic.Int64 // of the present assignment
}

// Stats are the gauges and counters of an agent.
type Stats struct {
	Schedule schedule.Stats
	Sites    int       // assigned, and asked
	Refused  int64     // assigned, and not asked
	Held     string    // the assignment gone by; "" without one
	Until    time.Time // when it ends
	Waiting  int64     // to be sent
	Dropped  int64     // ever, because too much waited

	Probes, Skipped  int64 // turns; and those that the budget had no room for
	Sent, Unsendable int64
	Unread           int64 // assignments that could not be read or came too late
	Lost             int64 // results that the box did not take
	Failed           int64 // calls of the box that failed
}

// Stats returns the present ones.
func (a *Agent) Stats() Stats {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := Stats{
		Schedule: a.schedule.Stats(), Sites: len(a.sites), Refused: a.counts.refused.Load(), Held: a.held, Until: a.until,
		Probes: a.counts.probes.Load(), Skipped: a.counts.skipped.Load(), Sent: a.counts.sent.Load(), Unsendable: a.counts.unsendable.Load(),
		Unread: a.counts.unread.Load(), Lost: a.counts.lost.Load(), Failed: a.counts.failed.Load(),
	}
	s.Waiting, s.Dropped = a.options.Box.Size()
	return s
}
