package memnet

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// conn is one end of a connection. Besides net.Conn it has the CloseWrite and SetLinger of *net.TCPConn.
type conn struct {
	local, remote netip.AddrPort
	in, out       *stream // what the peer sends, what is sent to it
	abrupt        atomic.Bool
	closing       sync.Once
}

// newPair returns the end that dialled and the end that is to be accepted.
func newPair(source, dest netip.AddrPort) (near, far *conn) {
	there, back := newStream(), newStream()
	near = &conn{local: source, remote: dest, in: back, out: there}
	far = &conn{local: dest, remote: source, in: there, out: back}
	return near, far
}

// Read waits for bytes; io.EOF once the peer has closed and all it sent is read.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.in.read(p)
	return n, c.wrap("read", err)
}

// Write waits until all of p is on its way. Two writers never mix their bytes.
func (c *conn) Write(p []byte) (int, error) {
	n, err := c.out.write(p)
	return n, c.wrap("write", err)
}

// Close ends both directions. The peer still reads what was sent, unless SetLinger(0) was called: then its next call fails with
// syscall.ECONNRESET. Closing twice is an error, as in package net.
func (c *conn) Close() error {
	err := c.wrap("close", net.ErrClosed)
	c.closing.Do(func() {
		if c.abrupt.Load() {
			c.reset()
		}
		c.in.closeReader()
		c.out.closeWriter()
		err = nil
	})
	return err
}

// CloseWrite ends the outgoing direction alone: the peer reads io.EOF.
func (c *conn) CloseWrite() error {
	c.out.shut()
	return nil
}

// SetLinger with 0 makes Close throw away what the peer has not read yet and tell it so; other values change nothing.
func (c *conn) SetLinger(sec int) error {
	c.abrupt.Store(sec == 0)
	return nil
}

func (c *conn) LocalAddr() net.Addr  { return net.TCPAddrFromAddrPort(c.local) }
func (c *conn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.remote) }

func (c *conn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

func (c *conn) SetReadDeadline(t time.Time) error {
	return c.wrap("set", c.in.setReadDeadline(t))
}

func (c *conn) SetWriteDeadline(t time.Time) error {
	return c.wrap("set", c.out.setWriteDeadline(t))
}

// reset makes both ends fail at once.
func (c *conn) reset() {
	c.in.reset()
	c.out.reset()
}

func (c *conn) wrap(op string, err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return opError(op, c.local, c.remote, err)
}
