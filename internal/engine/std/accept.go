package std

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
)

// Pauses after an accept that failed but may succeed again, such as for want of file descriptors.
const (
	minAcceptPause = 5 * time.Millisecond
	maxAcceptPause = time.Second
)

// accept takes connections until ctx ends (nil) or the listener is broken.
func (s *serving) accept(ctx context.Context) error {
	var pause time.Duration
	for {
		raw, err := s.ln.Accept()
		switch {
		case err == nil:
			pause = 0
			s.welcome(raw)
			continue
		case ctx.Err() != nil:
			return nil //nolint:nilerr // the end of ctx closed the listener
		case !transient(err):
			return fmt.Errorf("accept on %s: %w", s.ln.Addr(), err)
		}
		pause = min(max(2*pause, minAcceptPause), maxAcceptPause)
		if !sleep(ctx, pause) {
			return nil
		}
	}
}

// transient reports whether accepting may succeed again after err.
func transient(err error) bool {
	if t, ok := errors.AsType[interface {
		error
		Temporary() bool
	}](err); ok && t.Temporary() {
		return true
	}
	return errors.Is(err, syscall.ENOBUFS) || errors.Is(err, syscall.ENOMEM)
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// welcome begins with a new connection. It does not block.
func (s *serving) welcome(raw net.Conn) {
	n := int(s.engine.conns.Add(1))
	full := n > s.engine.limits.Conns
	if full && s.engine.evict() {
		n, full = s.engine.limits.Conns, false
	}
	c := newConn(s, raw, n)
	if !s.register(c) {
		_ = c.Close()
		return
	}
	if full {
		s.turnAway(c)
		return
	}
	s.greeting.Go(func() { s.bringUp(c) })
}

// evict has an idle connection make way; false when none is idle.
func (e *Engine) evict() bool {
	for {
		c := e.crowd.longest()
		if c == nil {
			return false
		}
		c.evicted.Store(true)
		if c.Close() == nil { // else it was on its way out, and is out now
			e.evicted.Add(1)
			return true
		}
	}
}

// turnAway closes a connection beyond the limit, at once and whatever Greet says. There is no time to read a PROXY header.
func (s *serving) turnAway(c *conn) {
	if s.greet(c) {
		s.engine.lost(c, seawall.ReasonConnections)
	}
	_ = c.Close()
}

// bringUp takes a connection from accept to net/http.
func (s *serving) bringUp(c *conn) {
	if !s.introduce(c) {
		_ = c.Close()
		return
	}
	if !c.relayed {
		c.hello.Address, c.hello.Network = s.engine.crowd.take(c, c.hello.Client)
	}
	if !s.greet(c) {
		_ = c.Close()
		return
	}
	ready, why := s.secure(c)
	if why != seawall.ReasonNone {
		if c.evicted.Load() {
			why = seawall.ReasonConnections
		}
		s.engine.lost(c, why)
		_ = c.Close()
		return
	}
	s.hand(ready)
}

// greet asks whether c may come in.
func (s *serving) greet(c *conn) bool {
	return s.engine.handler.Greet(s.engine.now(), &c.hello).Kind == seawall.ActionForward
}

func (e *Engine) lost(c *conn, why seawall.Reason) { e.handler.Lost(e.now(), &c.hello, why) }

// hello returns what is known about a connection before its source is.
func (s *serving) hello(conns int) edge.Hello {
	h := edge.Hello{
		TLS:       s.tls,
		Conns:     conns,
		ConnLimit: s.engine.limits.Conns,
		HandLimit: s.engine.handshakesLimit(),
	}
	h.Handshakes = int(s.engine.handshakes.Load())
	if s.tls {
		h.Handshakes++
	}
	return h
}
