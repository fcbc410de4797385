package std

import (
	"bufio"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
)

// conn is a connection as accepted, counted until it is closed. TLS, when there is any, runs above it.
type conn struct {
	net.Conn
	serving *serving
	pre     *bufio.Reader // what was read beyond a PROXY header; nil when there is none
	source  net.Addr      // of the client, as far as we know
	hello   edge.Hello
	place   place     // in the engine's crowd
	relayed bool      // comes from a trusted proxy that says in every request whom it is for
	until   time.Time // when it must be ready
	turn    *turn     // in the handshake's computing, nil before and after the handshake
	spoke   atomic.Bool
	evicted atomic.Bool
	closing sync.Once
}

func newConn(s *serving, raw net.Conn, conns int) *conn {
	c := &conn{
		Conn:    raw,
		serving: s,
		hello:   s.hello(conns),
		until:   time.Now().Add(s.engine.limits.HandshakeTime),
	}
	c.setSource(raw.RemoteAddr())
	return c
}

func (c *conn) setSource(addr net.Addr) {
	c.source = addr
	c.hello.Client = seawall.ClientAt(addrOf(addr))
}

// addrOf returns the IP address in addr, the zero Addr when it has none.
func addrOf(addr net.Addr) netip.Addr {
	if tcp, ok := addr.(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr()
	}
	if addr == nil {
		return netip.Addr{}
	}
	ap, _ := netip.ParseAddrPort(addr.String()) // the zero Addr is what we want on error
	return ap.Addr()
}

func (c *conn) Read(p []byte) (int, error) {
	if c.turn == nil {
		return c.read(p)
	}
	if !c.turn.begun && c.turn.hello >= c.serving.engine.limits.HelloBytes {
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
		c.serving.engine.crowd.leave(c)
		c.serving.engine.conns.Add(-1)
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
