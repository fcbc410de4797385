package origin

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
)

type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// counted returns dial, nil for the system's, with a time limit and with connections that count what is written to them.
func counted(dial dialFunc) dialFunc {
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		ctx, cancel := context.WithTimeoutCause(ctx, dialTimeout, errDial)
		defer cancel()
		conn, err := dial(ctx, network, addr)
		if err == nil {
			return &countedConn{Conn: conn}, nil
		}
		if cause := context.Cause(ctx); cause != nil {
			return nil, fmt.Errorf("dial origin %s: %w: %w", addr, cause, err)
		}
		return nil, fmt.Errorf("dial origin %s: %w", addr, err)
	}
}

// countedConn counts bytes before they are written, so that a count which stands still proves that nothing was.
type countedConn struct {
	net.Conn
	written atomic.Int64
}

func (c *countedConn) Write(p []byte) (int, error) {
	c.written.Add(int64(len(p)))
	return c.Conn.Write(p)
}

// trail follows one request over the connections it is given. It errs towards "may have been sent": always on HTTP/2, where others
// write to the same connection, and on TLS once the connection was closed, since that writes an alert.
type trail struct {
	mu     sync.Mutex // guards what follows
	conn   *countedConn
	before int64 // conn's count when the request got it
	reach  bool  // a connection was got
	wrote  bool  // something may have been written to an earlier connection, or nobody can tell
}

func (t *trail) gotConn(info httptrace.GotConnInfo) {
	conn, alone := unwrap(info.Conn)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wrote = t.wrote || t.touched() || !alone
	t.reach = true
	if t.conn = conn; conn != nil {
		t.before = conn.written.Load()
	}
}

// reached reports whether the request ever had a connection.
func (t *trail) reached() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.reach
}

// sent reports whether any byte of the request may have been written.
func (t *trail) sent() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.wrote || t.touched()
}

func (t *trail) touched() bool { return t.conn != nil && t.conn.written.Load() > t.before }

// unwrap finds the counter beneath c; alone is false when its count says nothing about a single request.
func unwrap(c net.Conn) (conn *countedConn, alone bool) {
	if t, ok := c.(*tls.Conn); ok {
		if t.ConnectionState().NegotiatedProtocol == "h2" {
			return nil, false
		}
		c = t.NetConn()
	}
	conn, alone = c.(*countedConn)
	return conn, alone
}
