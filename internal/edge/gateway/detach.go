package gateway

import (
	"context"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
)

// detachable reports whether the reader may be answered before the fetch is over: the edge has said that a stored copy will do
// ([edge.Action.Spare]), and nothing of the reader's is needed any more.
func (f *fetch) detachable() bool { return f.act.Spare && f.Body == nil && !f.background }

// race asks the origin while the reader waits for an answer, or for the beginning of a long one, until patience ends. Then, if there is
// room among the renewals, the fetch goes on with nobody to answer: what comes of it is in the cache, or counted against the origin.
func (f *fetch) race(ctx, working context.Context, patience <-chan time.Time) *edge.Failure {
	alone := f.quiet()
	replies := make(chan reply, 1)
	asking, stop := f.withInterim(working)
	go func() { replies <- alone.hold(alone.ask(asking)) }()
	select {
	case got := <-replies:
		stop()
		defer f.end()
		return f.answer(ctx, got)
	case <-patience:
		stop()
	}
	if !f.renewals.detach() {
		defer f.end()
		return f.answer(ctx, <-replies)
	}
	f.ticket.Outlive()
	f.out.Cost = f.Now().Sub(f.asked)
	go func() {
		defer f.renewals.rejoin()
		defer alone.end()
		defer context.AfterFunc(f.renewals.ctx, alone.cancel)()
		_ = alone.answer(working, <-replies) // a failure has been counted, and there is nobody to be told
	}()
	return &edge.Failure{Reason: seawall.ReasonShed, Sent: true}
}

// quiet returns the same fetch without its reader, fit to outlive the exchange.
func (f *fetch) quiet() *fetch {
	alone := *f
	alone.visit = newVisit(f.Gateway, &Exchange{Request: copied(&f.Request), Out: nowhere{}})
	alone.background = true
	return &alone
}
