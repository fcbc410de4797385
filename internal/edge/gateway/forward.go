package gateway

import (
	"context"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
	"github.com/seawall-project/seawall/internal/edge/admit"
	"github.com/seawall-project/seawall/internal/edge/cache"
)

// forward gets an answer from the origin to the reader. It returns nil when the reader has been answered (or cut off in mid-answer),
// else why not; then not a byte has been sent.
func (v *visit) forward(ctx context.Context, act edge.Action) *edge.Failure {
	patience := time.NewTimer(act.Wait)
	defer patience.Stop()
	if act.Key != (cache.Key{}) {
		member := v.flights.Join(act.Key)
		if member == nil {
			return &edge.Failure{Reason: seawall.ReasonCrowded}
		}
		defer member.Leave()
		if alone, failure := v.together(ctx, act, member, patience.C); !alone {
			return failure
		}
	}
	ticket := v.enter(act)
	if failure := v.queue(ctx, ticket, patience.C, nil); failure != nil {
		return failure
	}
	return v.fetch(ctx, act, ticket, nil)
}

// together takes part in a flight until it is over, as its leader or as one of those who wait. alone means that the answer cannot
// be shared after all, so the request has to go by itself.
func (v *visit) together(ctx context.Context, act edge.Action, m *cache.Member, patience <-chan time.Time) (alone bool, _ *edge.Failure) {
	var ticket *admit.Ticket
	leave := func() {
		if ticket != nil {
			ticket.Leave(v.Now())
			ticket = nil
		}
	}
	defer leave()
	for {
		state, changed := m.Watch()
		switch state {
		case cache.FlightOpen:
			if ticket == nil {
				ticket = v.enter(act)
			}
			failure := v.queue(ctx, ticket, patience, changed)
			if failure != nil {
				return false, failure
			}
			if !ticket.Granted() || !m.Lead() {
				continue
			}
			granted := ticket
			ticket = nil // fetch ends it
			return false, v.fetch(context.WithoutCancel(ctx), act, granted, m)
		case cache.FlightLed:
			leave()
			if failure := v.watch(ctx, act, patience, changed); failure != nil {
				return false, failure
			}
		case cache.FlightStored:
			return !v.serveCollapsed(), nil
		case cache.FlightPrivate:
			return true, nil
		default:
			return false, &edge.Failure{Reason: seawall.ReasonOriginError}
		}
	}
}

// enter asks for a place at the origin; nil when the queue is full.
func (v *visit) enter(act edge.Action) *admit.Ticket {
	return v.Admit[act.Site.Index].Enter(v.Now(), &v.Request, act.Class)
}

// queue waits until the ticket is granted (nil), changed is closed (nil, and the ticket is still waiting), or waiting is over.
func (v *visit) queue(ctx context.Context, t *admit.Ticket, patience <-chan time.Time, changed <-chan struct{}) *edge.Failure {
	if t == nil {
		return &edge.Failure{Reason: seawall.ReasonQueueFull}
	}
	var why seawall.Reason
	select {
	case <-t.Settled():
		if t.Granted() {
			v.out.Wait += t.Waited(v.Now())
			return nil
		}
		why = seawall.ReasonQueueFull
	default:
		select {
		case <-t.Settled():
			return v.queue(ctx, t, patience, changed)
		case <-changed:
			return nil
		case <-patience:
			why = seawall.ReasonShed
		case <-ctx.Done():
			why = seawall.ReasonClientGone
		}
	}
	v.out.Wait += t.Waited(v.Now())
	t.Leave(v.Now())
	return &edge.Failure{Reason: why}
}

// watch waits while another request is at the origin: until something changes, the reader leaves, or, when there is a stale copy to
// fall back on, patience ends. The leader's own timeouts bound the wait.
func (v *visit) watch(ctx context.Context, act edge.Action, patience <-chan time.Time, changed <-chan struct{}) *edge.Failure {
	if !act.Spare {
		patience = nil
	}
	select {
	case <-changed:
		return nil
	case <-patience:
		return &edge.Failure{Reason: seawall.ReasonShed}
	case <-ctx.Done():
		return &edge.Failure{Reason: seawall.ReasonClientGone}
	}
}

// serveCollapsed answers from what another request has just stored. It returns false when that does not fit this request, such as
// another variant.
func (v *visit) serveCollapsed() bool {
	now := v.Now()
	act := v.Edge.Decide(now, &v.Request)
	if act.Entry == nil {
		return false
	}
	v.take(act)
	v.out.Cache = seawall.CacheCollapsed
	v.serveEntry(act.Entry, now, collapsedStatus())
	return true
}
