package gateway

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
	"github.com/seawall-project/seawall/internal/edge/admit"
	"github.com/seawall-project/seawall/internal/edge/cache"
	"github.com/seawall-project/seawall/internal/edge/origin"
)

// fetch is one question to the origin.
type fetch struct {
	*visit
	act    edge.Action
	ticket *admit.Ticket
	leader *cache.Member // nil when the request goes alone
	asked  time.Time
	cancel context.CancelFunc
}

// fetch asks the origin with a granted ticket, which it ends together with the lead, and answers the reader. It goes on when the reader
// leaves: the origin is at work either way, and whoever asks and leaves must not get more of it than whoever waits. When patience ends
// before the origin has answered, a reader for whom there is a stale copy gets that (ReasonShed), and the fetch goes on without.
func (v *visit) fetch(ctx context.Context, act edge.Action, ticket *admit.Ticket, leader *cache.Member, patience <-chan time.Time) *edge.Failure {
	base := context.WithoutCancel(ctx)
	if v.background {
		base = ctx // nobody asked for it, so it ends with the gateway
	}
	working, cancel := context.WithCancel(base)
	f := &fetch{visit: v, act: act, ticket: ticket, leader: leader, asked: v.Now(), cancel: cancel}
	if f.detachable() {
		return f.race(ctx, working, patience)
	}
	defer f.end()
	return f.answer(ctx, f.hold(f.ask(working)))
}

// end gives back what the fetch holds. What is done already stays so.
func (f *fetch) end() {
	f.ticket.Leave(f.Now())
	if f.leader != nil {
		f.leader.Leave()
	}
	f.cancel()
}

// reply is what the origin answered.
type reply struct {
	*origin.Response
	entry *cache.Entry // the copy at hand, renewed, when that is what the origin confirmed
	err   error        // then there is nothing else

	// What hold adds.
	rec   *cache.Recording // nil when the answer may not be stored
	buf   *bytes.Buffer    // the beginning of the body
	whole bool             // which is all of it
}

// refuses reports whether an answer is none to pass on: the origin cannot, and there is something better.
func (f *fetch) refuses(resp *origin.Response) bool {
	return overloaded(resp.Status) && (f.act.Spare || !cache.Lasting(responseOf(resp)))
}

// answer takes in what the origin answered, and answers the reader. ctx is the reader's.
func (f *fetch) answer(ctx context.Context, got reply) *edge.Failure {
	if got.err != nil {
		return f.failed(got.err)
	}
	resp := got.Response
	defer resp.Body.Close()
	switch {
	case f.refuses(resp):
		return f.refused(resp)
	case got.entry != nil:
		f.done(admit.Result{Known: true})
		f.share(got.entry)
		f.out.Cache = seawall.CacheRevalidated
		f.serveEntry(got.entry, f.Now(), forwardStatus(f.act, resp.Status, true))
		f.Cache.Prepare(got.entry, &f.Request)
		return nil
	default:
		return f.deliver(ctx, got)
	}
}

// refused ends with an origin that answered that it cannot.
func (f *fetch) refused(resp *origin.Response) *edge.Failure {
	f.done(admit.Result{Overloaded: true})
	f.received = resp.Status
	_, _ = io.CopyN(io.Discard, resp.Body, drainBytes) // so that the connection can be used again
	return &edge.Failure{Reason: seawall.ReasonOriginError, Sent: true}
}

// drainBytes is how much of an answer nobody wants is read for the sake of its connection.
const drainBytes = 16 << 10

// overloaded reports whether an answer means that the origin could not answer.
func overloaded(status int) bool { return status == 502 || status == 503 || status == 504 }

// ask asks the origin. When it confirms the stale copy, the renewed entry is returned with the answer (RFC 9111, section 4.3.4); when
// it confirms something that is not the copy at hand, it is asked once more, for the whole.
func (f *fetch) ask(ctx context.Context) reply {
	ctx, stop := f.withInterim(ctx)
	defer stop()
	way, req := f.Origins[f.act.Site.Index], f.question()
	resp, err := way.Fetch(ctx, &req, conditions(f.act), f.Body)
	if err == nil && resp.Status >= 300 && f.piped != nil {
		f.piped.rest() // whatever is still to come would not change the answer
	}
	if err != nil || resp.Status != 304 || f.act.Stale == nil {
		return reply{Response: resp, err: err}
	}
	if entry := f.Cache.Refresh(f.act.Site.Site, &f.Request, f.act.Stale, responseOf(resp)); entry != nil {
		return reply{Response: resp, entry: entry}
	}
	_ = resp.Body.Close()
	resp, err = way.Fetch(ctx, &req, seawall.Fields{}, f.Body)
	return reply{Response: resp, err: err}
}

// question is the request as the origin gets it. Of a request whose answer may be stored, what the cache leaves out of its key or makes
// equal is left out or made equal here too: it must not choose what is stored for others.
func (f *fetch) question() seawall.Request {
	req := f.Request
	if f.act.Cache == seawall.CacheBypass {
		return req
	}
	req.Query = f.Cache.Query(req.Query)
	const name = "Accept-Encoding"
	if want := f.Cache.AcceptEncoding(&f.Request); want != req.Fields.Get(name) {
		req.Fields = req.Fields.With(name, want)
	}
	return req
}

// whole is the request as far as its answer is stored: an answer that may be shared is never to a Range, see [conditions].
func (f *fetch) whole() *seawall.Request {
	if f.act.Key.IsZero() || !f.Request.Fields.Has("Range") {
		return &f.Request
	}
	req := f.Request
	req.Fields = req.Fields.With("Range", "")
	return &req
}

// conditions are the conditional fields to ask the origin with. A request that goes alone keeps its own (nil); one whose answer may be
// shared asks for the whole, or whether the copy at hand still holds.
func conditions(act edge.Action) seawall.Fields {
	switch {
	case act.Stale != nil:
		return act.Stale.Conditional(seawall.Fields{})
	case !act.Key.IsZero():
		return seawall.Fields{}
	default:
		return nil
	}
}

// took is how long the origin has been at work until now, without what it waited for the client.
func (f *fetch) took(now time.Time) time.Duration {
	return max(0, now.Sub(f.asked)-f.piped.awaited())
}

// done ends the ticket with the time the origin took. Result.Cost is filled in unless the origin did not really answer.
func (f *fetch) done(res admit.Result) {
	now := f.Now()
	f.out.Cost = f.took(now)
	if !res.Overloaded {
		res.Cost = max(f.out.Cost, 1)
	}
	f.ticket.Done(now, res)
}

// failed turns an error of the origin into a failure. Of an error nobody knows, it must be feared that the request was carried out.
func (f *fetch) failed(err error) *edge.Failure {
	failure := &edge.Failure{Reason: seawall.ReasonOriginReset, Sent: true}
	if oe, ok := errors.AsType[*origin.Error](err); ok {
		failure.Reason, failure.Sent, f.failure = oe.Reason, oe.Sent, oe
		if oe.Reason == seawall.ReasonClientGone && f.piped != nil {
			failure.Reason = bodyFailure(oe.Err)
		}
	}
	f.out.Cost = f.took(f.Now())
	switch {
	case late(failure.Reason):
		f.ticket.Done(f.Now(), admit.Result{Overloaded: true})
	case failure.Sent:
		f.ticket.Done(f.Now(), admit.Result{}) // it counts as used, and teaches nothing
	}
	return failure
}

// late reports whether an origin that failed so has more to do than it can, as far as one can tell.
func late(why seawall.Reason) bool {
	switch why {
	case seawall.ReasonOriginTimeout, seawall.ReasonOriginConnect, seawall.ReasonOriginHandshake, seawall.ReasonOriginStalled:
		return true
	default:
		return false
	}
}

// share hands the answer to those who wait, if it may be theirs: see [passage.share].
func (f *fetch) share(e *cache.Entry) {
	switch {
	case f.leader == nil:
	case f.Edge.Fresh(f.Now(), &f.Request) == e || !f.Request.Fields.Has("Cookie"):
		f.leader.Share(e)
	default:
		f.leader.Keep(cache.Certain)
	}
}

func responseOf(r *origin.Response) cache.Response {
	return cache.Response{Status: r.Status, Fields: r.Fields, RequestTime: r.RequestTime, ResponseTime: r.ResponseTime}
}
