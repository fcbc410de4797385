package std

import (
	"context"
	"crypto/tls"
	"errors"
	"time"

	"github.com/seawall-project/seawall"
)

var (
	errHandshakesFull = errors.New("all room for handshakes is taken")
	errHandshakeLate  = errors.New("no turn for the handshake in time")
	errHelloTooLarge  = errors.New("no end of the ClientHello within the limit")
)

// secureConfig returns a copy of base in which every ClientHello waits for its turn.
func (e *Engine) secureConfig(base *tls.Config) *tls.Config {
	config := base.Clone()
	config.NextProtos = []string{"h2", "http/1.1"}
	config.MinVersion = max(config.MinVersion, tls.VersionTLS12)
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if err := hello.Conn.(*conn).turn.take(); err != nil {
			return nil, err
		}
		if base.GetConfigForClient == nil {
			return nil, nil
		}
		return base.GetConfigForClient(hello)
	}
	if base.GetCertificate != nil {
		config.GetCertificate = func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			cert, err := base.GetCertificate(hello)
			hello.Conn.(*conn).turn.nameless = cert == nil && err == nil && len(base.Certificates) == 0
			return cert, err
		}
	}
	return config
}

// secure makes c ready for net/http, by a TLS handshake where the listener wants one.
func (s *serving) secure(c *conn) (*carried, seawall.Reason) {
	if !s.tls {
		if err := c.SetDeadline(time.Time{}); err != nil {
			return nil, seawall.ReasonHandshake
		}
		return &carried{Conn: c, under: c}, seawall.ReasonNone
	}
	if err := c.SetDeadline(c.until); err != nil {
		return nil, seawall.ReasonHandshake
	}
	turn := &turn{engine: s.engine, until: c.until, drain: s.drain}
	c.turn = turn
	secured := tls.Server(c, s.engine.tls)
	err := secured.HandshakeContext(context.Background()) // the deadline ends it, and so does closing c
	turn.yield()
	c.turn = nil
	switch {
	case errors.Is(err, errHandshakesFull):
		return nil, seawall.ReasonHandshakes
	case turn.nameless:
		return nil, seawall.ReasonUnknownHost // crypto/tls has told the client so (RFC 6066, section 3)
	case err != nil:
		return nil, seawall.ReasonHandshake
	}
	if err := c.SetDeadline(time.Time{}); err != nil {
		return nil, seawall.ReasonHandshake
	}
	ready := &carried{Conn: secured, under: c, guard: preface{expect: http1Only}}
	if secured.ConnectionState().NegotiatedProtocol == "h2" {
		ready.guard.expect = http2Only
	}
	return ready, seawall.ReasonNone
}

// turn is one handshake's share of the slots. It holds a slot while it computes and never while it waits for the client, so that
// clients who dawdle keep nobody out. Used by the handshaking goroutine alone.
type turn struct {
	engine *Engine
	until  time.Time
	drain  <-chan struct{}
	begun  bool // the ClientHello is here
	held   bool
	hello  int // bytes read before that

	nameless bool // there is no certificate for whom the client wants
}

// take waits for the first slot, unless too many wait already.
func (t *turn) take() error {
	n := t.engine.handshakes.Add(1)
	if int(n) > t.engine.handshakesLimit() {
		t.engine.handshakes.Add(-1)
		return errHandshakesFull
	}
	t.begun = true
	return t.wait()
}

// yield gives the slot back, if there is one.
func (t *turn) yield() {
	if t.held {
		t.held = false
		<-t.engine.slots
		t.engine.handshakes.Add(-1)
	}
}

// resume waits for a slot again; whoever was let in once is not turned away half-way.
func (t *turn) resume() error {
	if !t.begun {
		return nil
	}
	t.engine.handshakes.Add(1)
	return t.wait()
}

// wait waits for a slot. The handshake is counted already.
func (t *turn) wait() error {
	select {
	case t.engine.slots <- struct{}{}:
		t.held = true
		return nil
	default:
	}
	late := time.NewTimer(time.Until(t.until))
	defer late.Stop()
	select {
	case t.engine.slots <- struct{}{}:
		t.held = true
		return nil
	case <-late.C:
	case <-t.drain:
	}
	t.engine.handshakes.Add(-1)
	return errHandshakeLate
}
