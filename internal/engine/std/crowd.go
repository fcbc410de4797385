package std

import (
	"container/heap"
	"net/netip"
	"sync"
)

// crowd knows who has connections open, by address and by network, and which of them are idle: with no exchange under way, be it before
// the first, between two, or for want of a head. It holds no more entries than there are connections within Limits.Conns. The zero
// crowd is empty.
type crowd struct {
	mu      sync.Mutex // guards what follows, and every place
	addrs   map[netip.Addr]int
	holders map[netip.Prefix]*holder
	idle    idleHolders
}

// holder is a network that has a connection open.
type holder struct {
	network     netip.Prefix
	conns       int
	first, last *place // idle ones, by how long they are
	index       int    // in idleHolders
}

// place is one connection's part of a crowd. The zero place is not taken yet.
type place struct {
	guest      *guest
	addr       netip.Addr
	holder     *holder // nil while it is counted nowhere
	busy       int     // exchanges under way
	left       bool    // for good
	prev, next *place
}

// take counts g, and returns how many are counted from its address and from its network, g included. Nothing is counted, and 0 returned,
// for the zero client, which many may be who have nothing in common, or when g has left before. A place is taken once.
func (w *crowd) take(g *guest) (address, network int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, client := &g.place, g.hello.Client
	prefix := client.Prefix()
	if p.left || !prefix.IsValid() {
		return 0, 0
	}
	if w.holders == nil {
		w.holders, w.addrs = make(map[netip.Prefix]*holder), make(map[netip.Addr]int)
	}
	h := w.holders[prefix]
	if h == nil {
		h = &holder{network: prefix}
		w.holders[prefix] = h
	}
	h.conns++
	w.addrs[client.Addr]++
	p.guest, p.addr, p.holder = g, client.Addr, h
	switch {
	case p.busy == 0:
		w.rest(p)
	case h.first != nil:
		heap.Fix(&w.idle, h.index)
	}
	return w.addrs[p.addr], h.conns
}

// leave counts g no more, if it was counted, and lets it be taken no more. It may be called twice.
func (w *crowd) leave(g *guest) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.remove(&g.place)
}

// evict returns who has been idle for longest among those of the network that has most, of those that have any idle, and counts it no
// more; nil when there is none.
func (w *crowd) evict() *guest {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.idle) == 0 {
		return nil
	}
	p := w.idle[0].first
	w.remove(p)
	return p.guest
}

// remove ends p's part. The caller holds the mutex, here and below.
func (w *crowd) remove(p *place) {
	p.left = true
	h := p.holder
	if h == nil {
		return
	}
	if p.busy == 0 {
		w.rouse(p)
	}
	p.holder = nil
	if w.addrs[p.addr]--; w.addrs[p.addr] == 0 {
		delete(w.addrs, p.addr)
	}
	if h.conns--; h.conns == 0 {
		delete(w.holders, h.network)
	} else if h.first != nil {
		heap.Fix(&w.idle, h.index)
	}
}

// begin notes an exchange of g's.
func (w *crowd) begin(g *guest) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := &g.place
	if p.holder != nil && p.busy == 0 {
		w.rouse(p)
	}
	p.busy++
}

// end notes the end of an exchange of g's.
func (w *crowd) end(g *guest) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := &g.place
	if p.busy--; p.holder != nil && p.busy == 0 {
		w.rest(p)
	}
}

// counts returns how many addresses and networks have a connection open.
func (w *crowd) counts() (addresses, networks int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.addrs), len(w.holders)
}

// rest puts p at the end of its holder's idle ones.
func (w *crowd) rest(p *place) {
	h := p.holder
	if p.prev = h.last; p.prev == nil {
		h.first = p
	} else {
		p.prev.next = p
	}
	h.last = p
	if h.first == p {
		heap.Push(&w.idle, h)
	} else {
		heap.Fix(&w.idle, h.index)
	}
}

// rouse takes p out of its holder's idle ones.
func (w *crowd) rouse(p *place) {
	h := p.holder
	if p.prev == nil {
		h.first = p.next
	} else {
		p.prev.next = p.next
	}
	if p.next == nil {
		h.last = p.prev
	} else {
		p.next.prev = p.prev
	}
	p.prev, p.next = nil, nil
	if h.first == nil {
		heap.Remove(&w.idle, h.index)
	}
}

// idleHolders is a heap of the holders with an idle connection, the largest first.
type idleHolders []*holder

func (s idleHolders) Len() int           { return len(s) }
func (s idleHolders) Less(i, j int) bool { return s[i].conns > s[j].conns }

func (s idleHolders) Swap(i, j int) {
	s[i], s[j] = s[j], s[i]
	s[i].index, s[j].index = i, j
}

// Push implements heap.Interface.
func (s *idleHolders) Push(x any) {
	h := x.(*holder)
	h.index = len(*s)
	*s = append(*s, h)
}

// Pop implements heap.Interface.
func (s *idleHolders) Pop() any {
	n := len(*s) - 1
	h := (*s)[n]
	(*s)[n] = nil
	*s = (*s)[:n]
	return h
}
