package std

import (
	"net"
	"net/netip"
	"sync/atomic"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
	"github.com/seawall-project/seawall/internal/engine/wire"
)

// guest is a client's connection of either kind, TCP or QUIC, for as long as it is open.
type guest struct {
	engine  *Engine
	secure  bool   // whether it is encrypted
	shut    func() // closes it at once; it may be called more than once
	hello   edge.Hello
	relayed bool  // comes from a trusted proxy that says in every request whom it is for
	place   place // in the engine's crowd
	evicted atomic.Bool
}

// setSource says where the connection comes from, as far as we know.
func (g *guest) setSource(addr net.Addr) { g.hello.Client = seawall.ClientAt(addrOf(addr)) }

// addrOf returns the IP address in addr, the zero Addr when it has none.
func addrOf(addr net.Addr) netip.Addr {
	switch a := addr.(type) {
	case nil:
		return netip.Addr{}
	case *net.TCPAddr:
		return a.AddrPort().Addr()
	case *net.UDPAddr:
		return a.AddrPort().Addr()
	}
	ap, _ := netip.ParseAddrPort(addr.String()) // the zero Addr is what we want on error
	return ap.Addr()
}

// arrive counts the guest among all connections, of which another makes way where there is no room, and notes how many there are; false
// when there is no room all the same.
func (g *guest) arrive() bool {
	e := g.engine
	n, limit := int(e.conns.Add(1)), e.limits.Conns
	room := n <= limit
	if !room && e.evict() {
		n, room = limit, true
	}
	g.hello.TLS, g.hello.Conns, g.hello.ConnLimit, g.hello.HandLimit = g.secure, n, limit, e.handshakesLimit()
	return room
}

// settle counts the guest among those of its address and its network.
func (g *guest) settle() {
	if !g.relayed {
		g.hello.Address, g.hello.Network = g.engine.crowd.take(g)
	}
}

// greet asks whether the guest may come in.
func (g *guest) greet() bool {
	return g.engine.handler.Greet(g.engine.now(), &g.hello).Kind == seawall.ActionForward
}

// lost tells the handler why the guest could not be answered.
func (g *guest) lost(why seawall.Reason) {
	if g.evicted.Load() {
		why = seawall.ReasonConnections
	}
	g.engine.handler.Lost(g.engine.now(), &g.hello, why)
}

// leave is called once, when the connection is closed.
func (g *guest) leave() {
	g.engine.crowd.leave(g)
	g.engine.conns.Add(-1)
}

// evict has an idle guest make way; false when none is idle.
func (e *Engine) evict() bool {
	g := e.crowd.evict()
	if g == nil {
		return false
	}
	g.evicted.Store(true)
	e.evicted.Add(1)
	g.shut()
	return true
}

// origin returns who a request is from and whether it came to us, or to a proxy of ours, by TLS. What a request says of that counts
// only where a trusted proxy passed it on.
func (g *guest) origin(f seawall.Fields) (client seawall.Client, secure bool) {
	client, secure = g.hello.Client, g.secure
	if !g.relayed {
		return client, secure
	}
	o := wire.ForwardedOrigin(f, func(a netip.Addr) bool { return g.engine.trust.Contains(a) })
	if o.Client.IsValid() {
		client = seawall.ClientAt(o.Client)
	}
	if o.Proto != "" {
		secure = o.Proto == "https"
	}
	return client, secure
}
