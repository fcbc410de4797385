// Package memnet is a network in memory for tests: listeners, dialling and connections that behave as TCP on one machine does, with
// whatever addresses a test wants.
//
//	network := memnet.New()
//	ln, err := network.Listen(ctx, netip.MustParseAddrPort("192.0.2.1:80"))
//	c, err := network.Dial(ctx, netip.MustParseAddr("198.51.100.7"), netip.MustParseAddrPort("192.0.2.1:80"))
//
// Every wait in it is durably blocking in the sense of testing/synctest, so a whole server with its clients fits in one bubble and a
// minute's timeout takes no time. Connections hold at most [BufferBytes] in each direction, like socket buffers, so writers feel a
// slow reader. Bytes are never lost, delayed or reordered, and nothing here is fast: it is a twin for tests, not a transport.
package memnet

import (
	"context"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
)

// Backlog is how many connections wait for Accept on one listener. When it is full, dialling waits, as it does in TCP.
const Backlog = 128

// The range that ports are picked from, for port 0 and for dialling.
const (
	firstPort = 32768
	lastPort  = 60999
)

// Network is a network of its own: nobody outside it is reached from it. It is safe for concurrent use. Made by [New].
type Network struct {
	mu        sync.Mutex // guards what follows
	listeners map[netip.AddrPort]*listener
	lastPort  uint16
}

// New returns a network with nobody on it.
func New() *Network {
	return &Network{listeners: make(map[netip.AddrPort]*listener), lastPort: lastPort}
}

// Proxied reports false: sources are seen as they are.
func (n *Network) Proxied() bool { return false }

// Listen opens a listener on addr; port 0 picks a free one. An unspecified address takes connections to any address of its family
// that nobody else listens on. An address in use is syscall.EADDRINUSE in a *net.OpError.
func (n *Network) Listen(ctx context.Context, addr netip.AddrPort) (net.Listener, error) {
	if err := ctx.Err(); err != nil {
		return nil, opError("listen", netip.AddrPort{}, addr, err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if addr.Port() == 0 {
		addr = netip.AddrPortFrom(addr.Addr(), n.freePort(addr.Addr()))
	}
	if !addr.IsValid() || addr.Port() == 0 {
		return nil, opError("listen", netip.AddrPort{}, addr, syscall.EADDRNOTAVAIL)
	}
	if n.listeners[addr] != nil {
		return nil, opError("listen", netip.AddrPort{}, addr, os.NewSyscallError("bind", syscall.EADDRINUSE))
	}
	ln := newListener(n, addr)
	n.listeners[addr] = ln
	return ln, nil
}

// Dial connects from the source address from, so that the other side sees it as its peer, to the address to. The zero from is the
// address to itself, as on a loopback. Where nobody listens the error is syscall.ECONNREFUSED in a *net.OpError; where the backlog
// is full Dial waits until ctx ends.
func (n *Network) Dial(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error) {
	if !from.IsValid() {
		from = to.Addr()
	}
	ln, source := n.route(from, to)
	if ln == nil {
		return nil, opError("dial", source, to, os.NewSyscallError("connect", syscall.ECONNREFUSED))
	}
	near, far := newPair(source, to)
	if err := ln.offer(ctx, far); err != nil {
		return nil, opError("dial", source, to, err)
	}
	return near, nil
}

// route finds who listens at to and picks a source port.
func (n *Network) route(from netip.Addr, to netip.AddrPort) (*listener, netip.AddrPort) {
	n.mu.Lock()
	defer n.mu.Unlock()
	source := netip.AddrPortFrom(from, n.nextPort())
	if ln := n.listeners[to]; ln != nil {
		return ln, source
	}
	everywhere := netip.IPv6Unspecified()
	if to.Addr().Is4() {
		everywhere = netip.IPv4Unspecified()
	}
	return n.listeners[netip.AddrPortFrom(everywhere, to.Port())], source
}

// freePort returns a port that nobody listens on at addr, 0 when all are taken.
func (n *Network) freePort(addr netip.Addr) uint16 {
	for range lastPort - firstPort + 1 {
		port := n.nextPort()
		if n.listeners[netip.AddrPortFrom(addr, port)] == nil {
			return port
		}
	}
	return 0
}

// nextPort walks through the range and begins again at its end, as a busy client's ports do.
func (n *Network) nextPort() uint16 {
	n.lastPort++
	if n.lastPort > lastPort {
		n.lastPort = firstPort
	}
	return n.lastPort
}

// forget takes ln off the network.
func (n *Network) forget(ln *listener) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.listeners, ln.addr)
}

func opError(op string, source, addr netip.AddrPort, err error) error {
	e := &net.OpError{Op: op, Net: "tcp", Err: err}
	if source.IsValid() {
		e.Source = net.TCPAddrFromAddrPort(source)
	}
	if addr.IsValid() {
		e.Addr = net.TCPAddrFromAddrPort(addr)
	}
	return e
}
