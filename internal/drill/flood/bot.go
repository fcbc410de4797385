package flood

import (
	"context"
	"iter"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seawall-project/seawall/internal/drill/loopback"
	"github.com/seawall-project/seawall/internal/drill/orders"
)

// bot is one attacking client. All but its sends happens in the goroutine of run.
type bot struct {
	o      *Options
	times  iter.Seq[time.Duration] // of its sends, see [arrivals]
	draws  *rand.Rand              // for its orders
	from   netip.Addr
	dialer *loopback.Dialer // the whole flood's
	sent   *atomic.Int64

	requests, slow slots
	clients        clients
	sends          sync.WaitGroup
}

// newBot returns the ith of the flood's bots.
func newBot(o *Options, i int, rateHz float64, d *loopback.Dialer, sent *atomic.Int64) *bot {
	from := source(i)
	return &bot{
		o:        o,
		times:    arrivals(stream(o.Seed, timesStream(i)), rateHz, begin(i, o.Bots), o.Length),
		draws:    stream(o.Seed, ordersStream(i)),
		from:     from,
		dialer:   d,
		sent:     sent,
		requests: slots{limit: maxRequests},
		slow:     slots{limit: maxSlow},
		clients:  clients{o: o, from: from, dialer: d},
	}
}

// run sends until sending ends, and returns when every send has ended. Requests live until answering ends, slow heads until sending
// does.
func (b *bot) run(sending, answering context.Context, start time.Time) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for at := range b.times {
		due := start.Add(at)
		timer.Reset(time.Until(due))
		select {
		case <-timer.C:
		case <-sending.Done():
		}
		if sending.Err() != nil {
			break
		}
		b.send(sending, answering, due, pick(b.draws, b.o.Plan))
	}
	b.sends.Wait()
	b.clients.close()
}

// order is what one send asks for.
type order struct {
	template            *orders.Template
	target, body, agent string
}

func pick(rng *rand.Rand, plan *orders.Plan) order {
	t := &plan.Templates[rng.IntN(len(plan.Templates))]
	target, body := t.Fill(rng)
	return order{template: t, target: target, body: body, agent: agents[rng.IntN(len(agents))]}
}

// send begins one send and does not wait for it.
func (b *bot) send(sending, answering context.Context, due time.Time, one order) {
	b.sent.Add(1)
	if one.template.Proto == orders.Loris {
		ctx, s := b.slow.take(sending)
		b.begun(due, s, func() { b.stall(ctx, one) })
		return
	}
	client := b.clients.get(one.template.Proto)
	ctx, s := b.requests.take(answering)
	b.begun(due, s, func() { b.ask(ctx, client, one) })
}

func (b *bot) begun(due time.Time, s *slot, do func()) {
	b.sends.Go(func() {
		defer s.end()
		if b.o.Late != nil {
			b.o.Late(max(0, time.Since(due)))
		}
		do()
	})
}

// slots bound how much a bot has under way. They belong to one goroutine; only [slot.end] may be called from another.
type slots struct {
	limit int
	taken []*slot // oldest first
}

type slot struct {
	cancel context.CancelFunc
	over   atomic.Bool
}

// take returns a context for something new, and gives up the oldest when there are as many as the limit.
func (s *slots) take(parent context.Context) (context.Context, *slot) {
	s.taken = slices.DeleteFunc(s.taken, func(one *slot) bool { return one.over.Load() })
	if len(s.taken) == s.limit {
		s.taken[0].cancel()
		s.taken = slices.Delete(s.taken, 0, 1)
	}
	ctx, cancel := context.WithCancel(parent)
	one := &slot{cancel: cancel}
	s.taken = append(s.taken, one)
	return ctx, one
}

// end gives the slot back.
func (s *slot) end() {
	s.over.Store(true)
	s.cancel()
}
