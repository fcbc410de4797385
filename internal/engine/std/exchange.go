package std

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"slices"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge/gateway"
	"github.com/seawall-project/seawall/internal/engine"
)

// exchange is the memory for one request and its answer. It is reused.
type exchange struct {
	gateway.Exchange
	limits engine.Limits
	names  []string
	body   *body // nil when there is none; never reused, for whoever sends it on may come late
	out    response
}

func newExchange(l engine.Limits) *exchange {
	x := &exchange{limits: l}
	x.out.stall = newStall(l.StallTime)
	return x
}

// ServeHTTP implements http.Handler.
func (s *serving) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.exchanges.enter() {
		panic(http.ErrAbortHandler)
	}
	defer s.exchanges.leave()
	if !s.engine.makeRoom() {
		s.breakOff(r)
		panic(http.ErrAbortHandler)
	}
	defer s.engine.answering.Add(-1)

	path, query, ok := splitTarget(r.Method, r.RequestURI, r.ProtoMajor)
	if !ok {
		s.engine.breaches.Add(1)
		refuse(w)
		return
	}
	x := s.engine.exchanges.Get().(*exchange)
	x.begin(w, r)
	x.Request = seawall.Request{
		ID:       seawall.RequestID(rand.Uint64()),
		Received: s.engine.now(),
		Client:   x.out.conn.under.hello.Client,
		Proto:    protoOf(r),
		TLS:      s.tls,
		Method:   r.Method,
		Host:     hostOf(r.Host),
		Path:     path,
		Query:    query,
		Fields:   x.Request.Fields,
		BodySize: r.ContentLength,
	}
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

// breakOff tells of an exchange beyond the limit and closes its connection, where that is HTTP/1. In HTTP/2 the panic that follows
// resets the stream; that its code is INTERNAL_ERROR and not REFUSED_STREAM (RFC 9113, section 8.7) is net/http's choice.
func (s *serving) breakOff(r *http.Request) {
	c := r.Context().Value(carriedKey{}).(*carried)
	s.engine.lost(c.under, seawall.ReasonConnections)
	if r.ProtoMajor == 1 {
		_ = c.under.Close() // not c itself: TLS would wait to say goodbye
	}
}

// answer has the handler answer x. A panic aborts the response.
func (s *serving) answer(ctx context.Context, x *exchange) {
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
func (x *exchange) begin(w http.ResponseWriter, r *http.Request) {
	ctl := http.NewResponseController(w)
	conn := r.Context().Value(carriedKey{}).(*carried)
	cut := cutter(conn, ctl, r.ProtoMajor)
	x.Request.Fields = x.fields(r.Header)
	if r.ContentLength != 0 {
		x.body = newBody(r, ctl, cut, x.limits.BodyBytes, x.limits.StallTime)
		x.Body = x.body
	}
	x.out.stall.begin(cut)
	x.out = response{
		w:     w,
		ctl:   ctl,
		conn:  conn,
		stall: x.out.stall,
		body:  x.body,
		head:  r.Method == http.MethodHead,
		proto: protoOf(r),
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
	if x.body != nil && x.Request.Proto < seawall.HTTP2 {
		if !complete {
			limit = longAgo // nobody needs the rest
		}
		_ = x.out.ctl.SetReadDeadline(limit)
	}
	clear(x.Request.Fields)
	clear(x.names)
	x.Exchange = gateway.Exchange{Request: seawall.Request{Fields: x.Request.Fields[:0]}}
	x.names, x.body = x.names[:0], nil
	x.out = response{stall: x.out.stall}
}

// fields returns h as a list in the order of names. The order of arrival is lost in net/http.
func (x *exchange) fields(h http.Header) seawall.Fields {
	x.names = slices.AppendSeq(x.names[:0], maps.Keys(h))
	slices.Sort(x.names)
	fields := x.Request.Fields[:0]
	for _, name := range x.names {
		for _, value := range h[name] {
			fields = append(fields, seawall.Field{Name: name, Value: value})
		}
	}
	return fields
}

// refuse answers a request whose target makes no sense.
func refuse(w http.ResponseWriter) {
	h := w.Header()
	h["Content-Type"] = nil
	h["Connection"] = []string{"close"}
	w.WriteHeader(http.StatusBadRequest)
}
