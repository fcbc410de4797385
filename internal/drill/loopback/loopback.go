// Package loopback is the only door through which a rehearsal reaches a network.
package loopback

import (
	"context"
	"net"
	"net/netip"
)

// Network is where a rehearsal takes place: the machine's own loopback ([Net]) or, in tests, memory (testkit/memnet).
type Network interface {
	// Listen opens a listener on addr; port 0 picks a free one.
	Listen(ctx context.Context, addr netip.AddrPort) (net.Listener, error)
	// Dial connects from the source address from, so that the other side sees it as its peer (or, where Proxied, reads it
	// in a PROXY protocol header that Dial sends first), to the address to.
	Dial(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error)
	// Proxied reports whether sources travel in PROXY protocol headers because the system cannot bind them.
	Proxied() bool
}
