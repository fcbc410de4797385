package std

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge/gateway"
	"github.com/seawall-project/seawall/internal/engine"
	"github.com/seawall-project/seawall/internal/engine/wire"
)

// exchange is the memory for one request and its answer. It is reused.
type exchange struct {
	gateway.Exchange
	limits engine.Limits
	body   *body // nil when there is none; never reused, for whoever sends it on may come late
	out    response
}

func newExchange(l engine.Limits) *exchange {
	x := &exchange{limits: l}
	x.out.stall = newStall(l.StallTime, l.MinRate)
	return x
}

// answering is what answers exchanges, for all that came by one listener.
type answering struct {
	engine    *Engine
	ended     context.Context // ends when exchanges are cut off
	exchanges tally
}

// ServeHTTP implements http.Handler.
func (s *answering) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.exchanges.enter() {
		panic(http.ErrAbortHandler)
	}
	defer s.exchanges.leave()
	l := linkOf(r)
	if !s.engine.makeRoom() {
		// That the code of a reset stream is INTERNAL_ERROR and not REFUSED_STREAM (RFC 9113, section 8.7) is the library's choice.
		l.host().lost(seawall.ReasonConnections)
		l.breakOff()
		panic(http.ErrAbortHandler)
	}
	defer s.engine.answering.Add(-1)
	s.engine.crowd.begin(l.host())
	defer s.engine.crowd.end(l.host())

	head := l.head(w, r)
	if head == nil || head.Reset {
		abandon(r.Context(), head)
	}
	x := s.engine.exchanges.Get().(*exchange)
	x.begin(w, r, l, head)
	x.Request = s.request(head, l.host())
	s.answer(r.Context(), x)
	if s.ended.Err() != nil && x.out.size < 0 {
		x.out.Abort() // cut off at the end of the drain: nobody can tell that it is whole
	}
	complete := x.out.complete()
	x.end(complete)
	s.engine.exchanges.Put(x)
	if !complete {
		panic(http.ErrAbortHandler)
	}
}

// abandon ends an exchange that cannot be answered. Where wire has the stream reset, net/http is given time to do it, so that the
// client is told PROTOCOL_ERROR and not what net/http says of handlers that give up.
func abandon(ctx context.Context, head *wire.Head) {
	if head != nil {
		<-ctx.Done()
	}
	panic(http.ErrAbortHandler)
}

// request fills in what is known of a request.
func (s *answering) request(head *wire.Head, g *guest) seawall.Request {
	client, secure := g.origin(head.Fields)
	return seawall.Request{
		ID:       seawall.RequestID(rand.Uint64()),
		Received: s.engine.now(),
		Client:   client,
		Proto:    head.Proto,
		TLS:      secure,
		Flaw:     head.Flaw,
		Method:   head.Method,
		Host:     head.Host,
		Path:     head.Path,
		Query:    head.Query,
		Fields:   head.Fields,
		BodySize: head.Size,
	}
}

// makeRoom counts one more exchange; false when there is no room for it.
func (e *Engine) makeRoom() bool {
	for {
		n := e.answering.Load()
		if n >= int64(e.limits.Exchanges) {
			return false
		}
		if e.answering.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// answer has the handler answer x. A panic aborts the response.
func (s *answering) answer(ctx context.Context, x *exchange) {
	defer func() {
		if v := recover(); v != nil {
			x.out.Abort()
			if err, ok := v.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
				s.engine.panicked(v, debug.Stack())
			}
		}
	}()
	s.engine.handler.Serve(ctx, &x.Exchange)
}

// begin makes x ready for r.
func (x *exchange) begin(w http.ResponseWriter, r *http.Request, l link, head *wire.Head) {
	ctl := http.NewResponseController(w)
	cut := l.cutter(ctl)
	if head.Size != 0 && head.Flaw == seawall.ReasonNone {
		x.body = newBody(r, head, ctl, cut, x.limits)
		x.Body = x.body
	}
	x.out.stall.begin(cut)
	x.out = response{
		w:     w,
		ctl:   ctl,
		link:  l,
		stall: x.out.stall,
		body:  x.body,
		head:  head,
		proto: head.Proto,
	}
	x.Out = &x.out
}

// end bounds what net/http still does for the response and the unread rest of the body, and lets go of both.
func (x *exchange) end(complete bool) {
	x.out.stall.end()
	if x.body != nil {
		x.body.end()
	}
	limit := time.Now().Add(x.limits.StallTime)
	_ = x.out.ctl.SetWriteDeadline(limit) // a deadline that cannot be set belongs to a connection that is gone
	if x.body != nil && x.out.proto < seawall.HTTP2 {
		if complete {
			x.body.calm(x.out.ctl.Flush)
		} else {
			limit = longAgo // nobody needs the rest
		}
		_ = x.out.ctl.SetReadDeadline(limit)
	}
	x.Exchange, x.body = gateway.Exchange{}, nil
	x.out = response{stall: x.out.stall}
}
