package app

import (
	"context"
	"crypto/tls"
	"sync/atomic"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
	"github.com/seawall-project/seawall/internal/edge/gateway"
)

// front is what the engine talks to. It hands each exchange to the graph that is current when the exchange begins.
type front struct {
	current atomic.Pointer[graph] // nil before New has built the first
	open    atomic.Int64          // graphs that are not closed: the current one, and those whose last exchange is not over
}

// swap makes next the current graph and lets go of the one before, if there is one.
func (f *front) swap(next *graph) {
	f.open.Add(1)
	next.closed = func() { f.open.Add(-1) }
	if before := f.current.Swap(next); before != nil {
		before.leave()
	}
}

// close lets go of the current graph for good. Nothing is served afterwards, but what asks for a gauge finds one.
func (f *front) close() {
	if last := f.current.Load(); last != nil {
		last.leave()
	}
}

// certificate implements [tls.Config.GetCertificate] with the certificates in force. A handshake that began before a reload may end with
// either's.
func (f *front) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if set := f.current.Load().certs; set != nil {
		return set.Certificate(hello)
	}
	return nil, nil
}

// configFor implements [tls.Config.GetConfigForClient].
func (f *front) configFor(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	if set := f.current.Load().certs; set != nil {
		return set.ConfigFor(hello)
	}
	return nil, nil
}

// Greet and Lost need no graph to stay open: they decide and report, and hold on to nothing.
func (f *front) Greet(now time.Time, h *edge.Hello) edge.Action {
	return f.current.Load().gateway.Greet(now, h)
}

// Lost implements [engine.Handler].
func (f *front) Lost(now time.Time, h *edge.Hello, why seawall.Reason) {
	f.current.Load().gateway.Lost(now, h, why)
}

// Serve implements [engine.Handler].
func (f *front) Serve(ctx context.Context, x *gateway.Exchange) {
	g := f.enter()
	defer g.leave()
	if g.validate(x) {
		return
	}
	g.gateway.Serve(ctx, x)
}

// enter returns the current graph, which stays open until it is left.
func (f *front) enter() *graph {
	for {
		if g := f.current.Load(); g.enter() {
			return g
		}
	}
}
