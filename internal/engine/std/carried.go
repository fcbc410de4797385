package std

import (
	"context"
	"io"
	"net"
	"time"

	"github.com/seawall-project/seawall"
)

// carried is a connection as net/http gets it: plain bytes, and no method that tells of TLS.
type carried struct {
	net.Conn // the conn, or TLS above it
	under    *conn
	guard    preface
	barred   bool // guard has said no
	frames   frames
	timed    int // the piece in frames that has a deadline, by its number; 0 when none has
}

type carriedKey struct{}

// withCarried lets handlers find their connection.
func withCarried(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, carriedKey{}, c)
}

// Read implements net.Conn. One goroutine reads at a time.
func (c *carried) Read(p []byte) (int, error) {
	if c.barred {
		return 0, io.EOF
	}
	n, err := c.Conn.Read(p)
	if n == 0 {
		return n, err
	}
	if !c.under.spoke.Load() {
		c.under.spoke.Store(true)
	}
	after, ok := c.guard.pass(p[:n])
	if !ok {
		c.barred = true
		c.under.serving.engine.lost(c.under, seawall.ReasonBadRequest)
		_ = c.under.Close()
		return 0, io.EOF
	}
	if c.guard.http2 {
		c.pace(after)
	}
	return n, err
}

// pace gives every piece of HTTP/2 that does not come at once a time to come: for heads Limits.HeadTime, for bodies StallTime.
// The read deadline is ours in HTTP/2; net/http does not use it there.
func (c *carried) pace(p []byte) {
	limits := c.under.serving.engine.limits
	var deadline time.Time
	switch c.frames.read(p) {
	case noPiece:
		if c.timed == 0 {
			return
		}
		c.timed = 0
	case headPiece:
		if c.timed == c.frames.starts {
			return
		}
		c.timed, deadline = c.frames.starts, time.Now().Add(limits.HeadTime)
	case dataPiece:
		if c.timed == c.frames.starts {
			return
		}
		c.timed, deadline = c.frames.starts, time.Now().Add(limits.StallTime)
	}
	_ = c.under.Conn.SetReadDeadline(deadline) // it fails when the connection is gone
}

func (c *carried) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
