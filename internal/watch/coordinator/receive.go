package coordinator

import (
	"context"
	"log/slog"
	"net/netip"
	"time"

	"github.com/seawall-project/seawall/internal/bus"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/message"
)

// Report is one thing that a vantage said. One of Result and Health is not nil.
type Report struct {
	Vantage  string // with Run and Sequence, its key for all time
	Run      string
	Sequence int64
	At       time.Time // by the vantage's clock
	Received time.Time // by this machine's
	// Late says that it is history and no vote: it is too old, or a result from before this process began, which came while nobody judged; if both
	// clocks are right.
	Late   bool
	Result *message.Result
	Health *watch.HealthReport
	// Addresses are the vantage's own, with Health, as far as it knows them.
	Addresses []netip.Addr
}

// Of receiving.
const (
	batch     = 1024
	gather    = 500 * time.Millisecond
	lateAfter = 2 * time.Minute // as long as the state machine takes a vote for fresh in peace
)

// receive takes in what arrives, until ctx ends.
func (c *Coordinator) receive(ctx context.Context, q bus.Queue) {
	for {
		got, err := q.Next(ctx, batch)
		if err != nil {
			return // ctx, or a bus that was closed
		}
		now := c.options.Now()
		reports := make([]Report, 0, len(got))
		for _, d := range got {
			if r, ok := c.read(d.Message, now); ok {
				reports = append(reports, r)
			}
		}
		if !c.take(ctx, reports) {
			return // what was not taken comes again
		}
		for _, d := range got {
			d.Done()
		}
		if len(got) < batch && !sleep(ctx, gather) {
			return
		}
	}
}

// take hands reports on until they are taken. It returns false when ctx ends first.
func (c *Coordinator) take(ctx context.Context, reports []Report) bool {
	if len(reports) == 0 {
		return true
	}
	for {
		err := c.options.Take(ctx, reports)
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		c.options.Logger.Error("what vantages found was not taken, and is offered again", slog.Int("reports", len(reports)), slog.Any("error", err))
		if !sleep(ctx, retry) {
			return false
		}
	}
}

// read opens a message, and returns false for what no vantage that is known may say.
func (c *Coordinator) read(m bus.Message, now time.Time) (Report, bool) {
	r, why := c.open(m, now)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case why != "":
	case c.vantages[r.Vantage] == nil:
		why = StrangeVantage
	case r.Result != nil && !c.known[r.Result.Site]:
		why = StrangeSite
	}
	if why != "" {
		c.counts.drop(why)
		return r, false
	}
	p := c.vantages[r.Vantage]
	p.heard = now
	if r.Late {
		c.counts.late++
	}
	if r.Result != nil {
		c.counts.results++
	} else {
		c.counts.healths++
	}
	return r, true
}

// open reads what a message says, and why that is nothing.
func (c *Coordinator) open(m bus.Message, now time.Time) (Report, Why) {
	e, err := bus.Open(m)
	if err != nil {
		return Report{}, Unreadable
	}
	r := Report{Vantage: e.Vantage, Run: e.Run, Sequence: e.Sequence, Received: now}
	switch e.Kind {
	case bus.Result:
		result, err := message.ReadResult(e.Vantage, e.Payload)
		if err != nil {
			return r, Unreadable
		}
		r.Result, r.At = &result, result.Probe.At
	case bus.Health:
		h, err := message.ReadHealth(e.Payload)
		if err != nil {
			return r, Unreadable
		}
		r.Health, r.At, r.Addresses = h.Report(e.Vantage), h.At, h.Addresses
		c.answer(e, h, now)
	default:
		return r, Unreadable
	}
	r.Late = now.Sub(r.At) > lateAfter || r.Result != nil && r.At.Before(c.begun)
	return r, ""
}

// answer notes what a health report says about the bus, and that it is to be answered. Reports that come late, behind a newer one, are not.
func (c *Coordinator) answer(e bus.Envelope, h message.Health, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.vantages[e.Vantage]
	if p == nil || p.health.newer(e, h.At, now) {
		return
	}
	p.health = order{e.Run, e.Sequence, h.At, now}
	p.held, p.waiting, p.dropped = h.Held, h.Waiting, h.Dropped
	p.clock = &message.Clock{Asked: e.Sent, Received: now.UTC(), Sent: now.UTC()}
	switch {
	case h.Held != p.id:
		p.full = true
	case !p.full:
		c.dealer.confirm(e.Vantage, p.told, now)
	}
}

// newer reports whether the report noted is newer than another one. Reports of one run are in order of their numbers; of two runs, in that of the
// vantage's clock, unless nothing has come for so long that the clock may have been set.
func (o *order) newer(e bus.Envelope, at, now time.Time) bool {
	if e.Run == o.run {
		return e.Sequence <= o.sequence
	}
	return at.Before(o.at) && now.Sub(o.heard) < hold
}
