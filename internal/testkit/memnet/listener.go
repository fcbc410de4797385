package memnet

import (
	"context"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
)

// listener implements net.Listener.
type listener struct {
	network *Network
	addr    netip.AddrPort
	backlog chan *conn
	closed  chan struct{}
	closing sync.Once
}

func newListener(n *Network, addr netip.AddrPort) *listener {
	return &listener{network: n, addr: addr, backlog: make(chan *conn, Backlog), closed: make(chan struct{})}
}

// Accept waits for the next connection.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case <-l.closed:
		return nil, opError("accept", netip.AddrPort{}, l.addr, net.ErrClosed)
	default:
	}
	select {
	case c := <-l.backlog:
		return c, nil
	case <-l.closed:
		return nil, opError("accept", netip.AddrPort{}, l.addr, net.ErrClosed)
	}
}

// Close stops listening and resets the connections that nobody accepted. Closing twice is an error, as in package net.
func (l *listener) Close() error {
	err := opError("close", netip.AddrPort{}, l.addr, net.ErrClosed)
	l.closing.Do(func() {
		l.network.forget(l)
		close(l.closed)
		l.resetBacklog()
		err = nil
	})
	return err
}

func (l *listener) Addr() net.Addr { return net.TCPAddrFromAddrPort(l.addr) }

// offer puts c into the backlog.
func (l *listener) offer(ctx context.Context, c *conn) error {
	select {
	case l.backlog <- c:
	case <-l.closed:
		return os.NewSyscallError("connect", syscall.ECONNREFUSED)
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-l.closed:
		l.resetBacklog() // c may have come after Close had looked
	default:
	}
	return nil
}

func (l *listener) resetBacklog() {
	for {
		select {
		case c := <-l.backlog:
			c.reset()
		default:
			return
		}
	}
}
