package std

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"

	"github.com/seawall-project/seawall"
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
	c := newConn(s, raw)
	room := c.arrive()
	c.hello.Handshakes = int(s.engine.handshakes.Load())
	if s.tls {
		c.hello.Handshakes++
	}
	if !s.register(c) {
		_ = c.Close()
		return
	}
	if !room {
		s.turnAway(c)
		return
	}
	s.greeting.Go(func() { s.bringUp(c) })
}

// turnAway closes a connection beyond the limit, at once and whatever Greet says. There is no time to read a PROXY header.
func (s *serving) turnAway(c *conn) {
	if c.greet() {
		c.lost(seawall.ReasonConnections)
	}
	_ = c.Close()
}

// bringUp takes a connection from accept to net/http.
func (s *serving) bringUp(c *conn) {
	if !s.introduce(c) {
		_ = c.Close()
		return
	}
	c.settle()
	if !c.greet() {
		_ = c.Close()
		return
	}
	ready, why := s.secure(c)
	if why != seawall.ReasonNone {
		c.lost(why)
		_ = c.Close()
		return
	}
	s.hand(ready)
}
