package gateway

import (
	"context"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
	"github.com/seawall-project/seawall/internal/edge/admit"
	"github.com/seawall-project/seawall/internal/edge/cache"
)

// flightsMax is how many flights a request takes part in, one after another, when they take too long or their answer does not fit.
const flightsMax = 2

// shared gets an answer together with others who ask for the same thing. alone means that the answer cannot be shared after all, so
// the request has to go by itself.
func (v *visit) shared(ctx context.Context, act edge.Action) (alone bool, failure *edge.Failure) {
	for n := 1; ; n++ {
		f := v.join(act)
		if f == nil {
			return false, &edge.Failure{Reason: seawall.ReasonCrowded}
		}
		next, failure := f.travel(ctx)
		f.leave()
		switch {
		case next == stepLand:
			return false, failure
		case next == stepAlone:
			return true, nil
		case n == flightsMax && failure != nil:
			return false, failure
		case n == flightsMax:
			return true, nil
		}
	}
}

// passage is a visit's part in one flight.
type passage struct {
	*visit
	*cache.Member
	act      edge.Action
	joined   time.Time
	patience *time.Timer
	ticket   *admit.Ticket // held while contending for the lead
}

// step is what to do after a flight.
type step uint8

const (
	stepLand  step = iota // nothing: the reader has been answered, or gets the fallback
	stepAlone             // ask the origin alone
	stepNext              // join the next flight
)

func (v *visit) join(act edge.Action) *passage {
	m := v.flights.Join(act.Key)
	if m == nil {
		return nil
	}
	return &passage{visit: v, Member: m, act: act, joined: v.Now(), patience: time.NewTimer(act.Wait)}
}

func (p *passage) leave() {
	p.giveUpTicket()
	p.patience.Stop()
	p.Leave()
}

func (p *passage) giveUpTicket() {
	if p.ticket != nil {
		p.ticket.Leave(p.Now())
		p.ticket = nil
	}
}

// travel takes part until the flight is over for this reader.
func (p *passage) travel(ctx context.Context) (step, *edge.Failure) {
	for {
		state, changed := p.Watch()
		switch state {
		case cache.FlightOpen:
			if failure := p.contend(ctx, changed); failure != nil {
				return stepLand, failure
			}
			if p.ticket == nil || !p.ticket.Granted() || !p.Lead() {
				continue
			}
			granted := p.ticket
			p.ticket = nil // fetch ends it
			return stepLand, p.fetch(ctx, p.act, granted, p.Member)
		case cache.FlightLed:
			p.giveUpTicket()
			if next, failure := p.watch(ctx, changed); failure != nil {
				return next, failure
			}
		case cache.FlightStored:
			return p.share(), nil
		case cache.FlightPrivate:
			return stepAlone, nil
		default:
			return stepLand, &edge.Failure{Reason: seawall.ReasonOriginError}
		}
	}
}

// contend queues for the origin until admitted or until another leads. Members beyond the contenders only wait.
func (p *passage) contend(ctx context.Context, changed <-chan struct{}) *edge.Failure {
	if !p.Contends() {
		return p.await(ctx, p.patience.C, changed)
	}
	if p.ticket == nil {
		p.ticket = p.enter(p.act)
	}
	return p.queue(ctx, p.ticket, p.patience.C, changed)
}

// watch waits for the leader until something changes. When patience ends first, the reader gets the stale copy if there is one; else the
// flight is left to those who stay, and the next one may be faster.
func (p *passage) watch(ctx context.Context, changed <-chan struct{}) (step, *edge.Failure) {
	failure := p.await(ctx, p.patience.C, changed)
	if failure != nil && failure.Reason == seawall.ReasonShed && !p.act.Spare {
		p.Desert()
		return stepNext, failure
	}
	return stepLand, failure
}

// await waits until changed is closed (nil) or waiting is over.
func (v *visit) await(ctx context.Context, patience <-chan time.Time, changed <-chan struct{}) *edge.Failure {
	select {
	case <-changed:
		return nil
	case <-patience:
		return &edge.Failure{Reason: seawall.ReasonShed}
	case <-ctx.Done():
		return &edge.Failure{Reason: seawall.ReasonClientGone}
	}
}

// share answers with what the leader got: if it is fresh, as from the cache; else only if it was asked for after this reader asked, and
// neither of them sent a cookie. An answer that says nothing of its freshness may be the leader's own page.
func (p *passage) share() step {
	now, entry := p.Now(), p.Entry()
	fresh := p.Edge.Fresh(now, &p.Request) == entry
	switch {
	case !entry.Fits(&p.Request):
		return stepAlone
	case fresh && (p.act.Reason != seawall.ReasonWantsNewer || !entry.Asked.Before(p.joined)):
	case fresh:
		return stepNext
	case p.Request.Fields.Has("Cookie"):
		return stepAlone
	case entry.Asked.Before(p.joined):
		return stepNext
	}
	p.out.Cache = seawall.CacheCollapsed
	p.serveEntry(entry, now, collapsedStatus())
	p.Cache.Prepare(entry, &p.Request)
	return stepLand
}
