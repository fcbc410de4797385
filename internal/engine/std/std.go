// Package std is the reference engine: HTTP/1.1 and HTTP/2 by package net/http, behind an accept loop and a TLS handshake of our own, and
// HTTP/3 by quic-go.
//
// Connections are accepted, greeted and secured here, where the limits and the handshake slots live; then they are handed to one
// http.Server per listener as if they were plain text, with HTTP/2 recognised by its preface. Two things follow from that. The
// connection that net/http sees must not expose its TLS state, or HTTP/2 is off there. And the preface has to agree with what ALPN
// promised, so a guard reads along and ends the connection where it does not.
//
// What net/http reads was read by package wire before, strictly, and written again in a canonical form that says no more than how a
// message is framed. The head itself goes to the Handler as wire read it, fields in their order. So net/http has nothing left to refuse
// by itself. What a stranger does wrong is counted and never logged.
package std

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seawall-project/seawall/internal/engine"
	"github.com/seawall-project/seawall/internal/engine/wire"
)

// Options configure an [Engine].
type Options struct {
	Handler engine.Handler // required
	// TLS is needed for Serve with tls. It is copied; NextProtos is set to h2 and http/1.1, and MinVersion to at least TLS
	// 1.2. A config that its GetConfigForClient returns is used as it is. When its GetCertificate returns neither a certificate nor
	// an error, and there are no Certificates, the client is told that its name is not recognised (RFC 6066, section 3).
	TLS    *tls.Config
	Limits engine.Limits
	Trust  engine.Trust
	Now    func() time.Time // for the times handed to Handler; nil means time.Now
	Logger *slog.Logger     // gets the Handler's panics, at most one a second; nil discards them
}

// Engine implements [engine.Engine]. It is safe for concurrent use.
type Engine struct {
	handler   engine.Handler
	limits    engine.Limits
	wire      wire.Limits
	trust     engine.Trust
	tls       *tls.Config // for TCP; nil when there is none
	baseTLS   *tls.Config // as it was given
	now       func() time.Time
	log       *slog.Logger
	slots     chan struct{} // holds one value for each handshake that computes
	exchanges sync.Pool     // of *exchange

	crowd                        crowd
	conns, handshakes, answering atomic.Int64
	unproxied, breaches, panics  atomic.Uint64
	evicted                      atomic.Uint64
	udp                          udp
	http3                        atomic.Pointer[string] // what Alt-Svc says while it is served
	quicConns, quicHandshakes    atomic.Int64
	frames                       [len(wire.FrameNames)]atomic.Uint64
	panicLogged                  atomic.Int64 // unix nanoseconds
}

var _ engine.QUICServer = (*Engine)(nil)

// New returns an engine that serves nothing yet.
func New(o Options) (*Engine, error) {
	if o.Handler == nil {
		return nil, errors.New("engine without a handler")
	}
	limits, err := o.Limits.Resolve()
	if err := errors.Join(err, o.Trust.Check()); err != nil {
		return nil, err
	}
	e := &Engine{
		handler: o.Handler,
		limits:  limits,
		wire:    wire.Limits{HeadBytes: limits.HeadBytes, Fields: limits.Fields, Streams: limits.Streams},
		trust:   slices.Clone(o.Trust),
		now:     o.Now,
		log:     o.Logger,
		slots:   make(chan struct{}, limits.Handshakes),
	}
	if e.now == nil {
		e.now = time.Now
	}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	if o.TLS != nil {
		e.baseTLS = o.TLS.Clone()
		e.tls = e.secureConfig(o.TLS)
	}
	e.exchanges.New = func() any { return newExchange(limits) }
	return e, nil
}

// Stats returns the present gauges and totals.
func (e *Engine) Stats() engine.Stats {
	s := engine.Stats{
		Conns:           int(e.conns.Load()),
		ConnsLimit:      e.limits.Conns,
		Handshakes:      int(e.handshakes.Load()),
		HandshakesLimit: e.handshakesLimit(),
		Exchanges:       int(e.answering.Load()),
		ExchangesLimit:  e.limits.Exchanges,
		Unproxied:       e.unproxied.Load(),
		Evicted:         e.evicted.Load(),
		Breaches:        e.breaches.Load(),
		Panics:          e.panics.Load(),
		Frames:          make([]uint64, len(wire.FrameNames)),
	}
	s.Addresses, s.Networks = e.crowd.counts()
	s.QUICConns, s.QUICHandshakes = int(e.quicConns.Load()), int(e.quicHandshakes.Load())
	s.HTTP3 = e.http3.Load() != nil && !e.udp.weak(e.now())
	for i := range e.frames {
		s.Frames[i] = e.frames[i].Load()
	}
	return s
}

// count adds frames that came on one connection.
func (e *Engine) count(c *wire.FrameCounts) {
	for i, n := range c {
		if n > 0 {
			e.frames[i].Add(n)
		}
	}
}

func (e *Engine) handshakesLimit() int { return e.limits.Handshakes + e.limits.HandshakesQueue }

// breaches is the slog.Handler behind http.Server.ErrorLog: it counts what net/http wants to log.
type breaches struct{ count *atomic.Uint64 }

func (breaches) Enabled(context.Context, slog.Level) bool { return true }

func (b breaches) Handle(context.Context, slog.Record) error {
	b.count.Add(1)
	return nil
}

func (b breaches) WithAttrs([]slog.Attr) slog.Handler { return b }
func (b breaches) WithGroup(string) slog.Handler      { return b }

// panicked records that the handler panicked with v.
func (e *Engine) panicked(v any, stack []byte) {
	e.panics.Add(1)
	now := e.now().UnixNano()
	last := e.panicLogged.Load()
	if now-last < int64(time.Second) || !e.panicLogged.CompareAndSwap(last, now) {
		return
	}
	e.log.Error("handler panicked", slog.Any("panic", v), slog.String("stack", string(stack)))
}
