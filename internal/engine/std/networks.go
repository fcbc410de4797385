package std

import (
	"net/netip"
	"sync"
)

// networks counts open connections by the network that they come from. It holds an entry for each network that has one open, so no
// more than Limits.Conns: connections beyond that do not take a place. The zero networks is empty.
type networks struct {
	mu    sync.Mutex // guards what follows, and every place
	conns map[netip.Prefix]int
}

// place is where one connection is counted. The zero place is not taken yet.
type place struct {
	network netip.Prefix // zero while it is counted nowhere
	left    bool         // for good
}

// take counts p in network and returns how many are counted there, p included. It counts nothing and returns 0 when network is the
// zero Prefix, which many may share who have nothing in common, or when p was left before. A place is taken once.
func (n *networks) take(p *place, network netip.Prefix) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	if p.left || !network.IsValid() {
		return 0
	}
	if n.conns == nil {
		n.conns = make(map[netip.Prefix]int)
	}
	p.network = network
	n.conns[network]++
	return n.conns[network]
}

// leave takes p back, if it was taken, and lets it be taken no more. It may be called twice.
func (n *networks) leave(p *place) {
	n.mu.Lock()
	defer n.mu.Unlock()
	p.left = true
	if !p.network.IsValid() {
		return
	}
	n.conns[p.network]--
	if n.conns[p.network] == 0 {
		delete(n.conns, p.network)
	}
	p.network = netip.Prefix{}
}

// len returns how many networks have a connection open.
func (n *networks) len() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.conns)
}
