package agent

import (
	"slices"
	"time"

	"github.com/seawall-project/seawall/internal/watch/message"
)

// Of an exchange of times.
const (
	maxAsked   = 8                // health reports whose answer may still come
	maxDelay   = 10 * time.Second // on the way there and back; a longer one says too little
	offsetHold = 10 * time.Minute // how long an offset is believed
)

// clock is what is known of this place's clock.
type clock struct {
	lead time.Duration // over the lookout's
	at   time.Time     // when that was found; zero: never
}

// offset returns the lead in milliseconds; nil when it is not known, or not any more.
func (c clock) offset(now time.Time) *float64 {
	if c.at.IsZero() || now.Sub(c.at).Abs() > offsetHold {
		return nil
	}
	return message.Milliseconds(c.lead)
}

// ask notes that a health report is being sent.
func (a *Agent) ask(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, now)
	a.asked = slices.Clone(a.asked[max(0, len(a.asked)-maxAsked):])
}

// tell takes up an exchange of times that arrived now (RFC 5905, section 8). Those that were not asked for are left. A lead that the delay alone can
// make is none: queues that are emptied once a second delay one way and not the other. The caller holds mu.
func (a *Agent) tell(c *message.Clock, arrived time.Time) {
	if c == nil {
		return
	}
	i := slices.IndexFunc(a.asked, func(t time.Time) bool { return t.Equal(c.Asked) })
	if i < 0 {
		return
	}
	asked := a.asked[i]
	a.asked = slices.Delete(a.asked, i, i+1)
	delay := arrived.Sub(asked) - c.Sent.Sub(c.Received)
	if delay < 0 || delay > maxDelay {
		return
	}
	lead := (asked.Sub(c.Received) + arrived.Sub(c.Sent)) / 2
	if lead.Abs() <= delay/2 {
		lead = 0
	}
	a.clock = clock{lead: lead, at: arrived}
}
