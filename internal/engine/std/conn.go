package std

import (
	"bufio"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// conn is a connection as accepted, counted until it is closed. TLS, when there is any, runs above it.
type conn struct {
	net.Conn
	guest
	serving *serving
	pre     *bufio.Reader // what was read beyond a PROXY header; nil when there is none
	source  net.Addr      // of the client, as far as we know
	until   time.Time     // when it must be ready
	turn    *turn         // in the handshake's computing, nil before and after the handshake
	spoke   atomic.Bool
	closing sync.Once
}

func newConn(s *serving, raw net.Conn) *conn {
	c := &conn{
		Conn:    raw,
		serving: s,
		source:  raw.RemoteAddr(),
		until:   time.Now().Add(s.engine.limits.HandshakeTime),
	}
	c.engine, c.secure = s.engine, s.tls
	c.shut = func() { _ = c.Close() }
	c.setSource(c.source)
	return c
}

func (c *conn) Read(p []byte) (int, error) {
	if c.turn == nil {
		return c.read(p)
	}
	if !c.turn.begun && c.turn.hello >= c.engine.limits.HelloBytes {
		return 0, errHelloTooLarge
	}
	c.turn.yield()
	n, err := c.read(p)
	c.turn.hello += n
	if err == nil {
		err = c.turn.resume()
	}
	return n, err
}

func (c *conn) read(p []byte) (int, error) {
	if c.pre == nil {
		return c.Conn.Read(p)
	}
	n, err := c.pre.Read(p[:min(len(p), c.pre.Buffered())])
	if c.pre.Buffered() == 0 {
		c.pre = nil
	}
	return n, err
}

func (c *conn) RemoteAddr() net.Addr { return c.source }

func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

func (c *conn) Close() error {
	err := net.ErrClosed
	c.closing.Do(func() {
		err = c.Conn.Close()
		c.serving.forget(c)
		c.leave()
	})
	return err
}

// abort closes the connection so that the client sees it broken off, not ended: with a reset where the network can.
func (c *conn) abort() {
	if l, ok := c.Conn.(interface{ SetLinger(sec int) error }); ok {
		_ = l.SetLinger(0) // without it the close below still ends the connection
	}
	_ = c.Close()
}
