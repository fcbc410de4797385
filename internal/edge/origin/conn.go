package origin

import (
	"crypto/tls"
	"net"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
)

// countedConn counts bytes before they are written, so that a count which stands still proves that nothing was; and bytes after they
// were read.
type countedConn struct {
	net.Conn
	written atomic.Int64
	arrived atomic.Int64
	open    *atomic.Int64 // the dialer's count of connections
	asking  atomic.Pointer[trail]
	once    sync.Once
}

// Close also counts the connection out.
func (c *countedConn) Close() error {
	c.once.Do(func() { c.open.Add(-1) })
	return c.Conn.Close()
}

func (c *countedConn) Write(p []byte) (int, error) {
	c.written.Add(int64(len(p)))
	return c.Conn.Write(p)
}

func (c *countedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.arrived.Add(int64(n))
	if t := c.asking.Load(); err != nil && t != nil {
		t.broke()
	}
	return n, err
}

// trail follows one request over the connections it is given. It errs towards "may have been sent": always on HTTP/2, where others
// write to the same connection, and on TLS once the connection was closed, since that writes an alert.
type trail struct {
	mu     sync.Mutex // guards what follows
	conn   *countedConn
	before int64 // conn's count of bytes written when the request got it
	quiet  int64 // and of bytes read
	reach  bool  // a connection was got
	kept   bool  // the last one had served others before
	wrote  bool  // something may have been written to an earlier connection, or nobody can tell
	whole  bool  // all of the request was written
	heard  bool  // a byte of an answer came
	stray  bool  // and it had come before the request was there

	hungUp func() // told when the connection breaks before a byte of an answer came; nil tells nobody
}

func (t *trail) gotConn(info httptrace.GotConnInfo) {
	conn, alone := unwrap(info.Conn)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wrote = t.wrote || t.touched() || !alone
	t.reach, t.kept = true, info.Reused
	if t.conn = conn; conn != nil {
		t.before, t.quiet = conn.written.Load(), conn.arrived.Load()
		if t.hungUp != nil {
			conn.asking.Store(t)
		}
	}
}

// broke notes that nothing more can be read from the connection.
func (t *trail) broke() {
	t.mu.Lock()
	waits := !t.heard
	t.mu.Unlock()
	if waits {
		t.hungUp()
	}
}

// leave lets go of the connection.
func (t *trail) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.conn != nil {
		t.conn.asking.CompareAndSwap(t, nil)
	}
}

func (t *trail) wroteRequest(info httptrace.WroteRequestInfo) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.whole = info.Err == nil
}

func (t *trail) firstByte() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.heard = true
	t.stray = t.conn != nil && t.conn.arrived.Load() == t.quiet
}

// strayed reports whether the answer is none to this request, but what the origin sent beyond its answer to the one before: more than the
// length that it announced, or a body where there can be none. It closes the connection, which net/http would go on using.
func (t *trail) strayed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stray {
		_ = t.conn.Close()
	}
	return t.stray
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

// stale reports whether the last connection was a kept one that has brought nothing.
func (t *trail) stale() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.kept && !t.heard
}

// waitsFor says what the request waits for when its time is up before a head came.
func (t *trail) waitsFor(full bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case !t.reach && full:
		return errConns
	case !t.reach:
		return errDial
	case !t.whole:
		return errWrite
	}
	return errHead
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
