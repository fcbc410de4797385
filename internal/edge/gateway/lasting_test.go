package gateway

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"
)

// TestLastingLaws lets networks come and go in any order. There are never more places taken than there are, who makes way had two more
// than who comes at least, and is the network's oldest, and nobody is turned away while somebody has two more.
func TestLastingLaws(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	rnd := rand.New(rand.NewPCG(seed, 1))
	const limit, networks = 20, 8
	l := newLasting(limit)
	held := map[netip.Prefix][]*stay{} // the twin, oldest first
	drop := func(s *stay) {
		for i, x := range held[s.network] {
			if x == s {
				held[s.network] = append(held[s.network][:i:i], held[s.network][i+1:]...)
			}
		}
	}
	for step := range 20_000 {
		network := netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, byte(rnd.IntN(networks)), 0}), 24)
		if mine := held[network]; rnd.IntN(3) == 0 && len(mine) > 0 {
			s := mine[rnd.IntN(len(mine))]
			l.leave(s)
			l.leave(s)
			drop(s)
		} else {
			used, most := 0, 0
			for _, stays := range held {
				used, most = used+len(stays), max(most, len(stays))
			}
			var evicted *stay
			var s *stay
			open := l.open(network)
			for _, stays := range held {
				for _, x := range stays {
					x.end = func() { evicted = x }
				}
			}
			s = l.enter(network, nil)
			if want := used < limit || most >= len(mine)+2; (s != nil) != want || open != want {
				t.Fatalf("seed %d, step %d: %v, %v with %d of %d, the most %d and mine %d", seed, step, s != nil, open, used, limit, most, len(mine))
			}
			if evicted != nil {
				if used < limit || len(held[evicted.network]) != most || held[evicted.network][0] != evicted || !evicted.evicted.Load() {
					t.Fatalf("seed %d, step %d: the wrong one made way", seed, step)
				}
				drop(evicted)
				l.leave(evicted)
			}
			if s != nil {
				held[network] = append(held[network], s)
			}
		}
		used := 0
		for _, stays := range held {
			used += len(stays)
		}
		if l.inUse() != used || used > limit {
			t.Fatalf("seed %d, step %d: %d in use, want %d of %d", seed, step, l.inUse(), used, limit)
		}
	}
	for _, stays := range held {
		for _, s := range stays {
			l.leave(s)
		}
	}
	if l.inUse() != 0 || len(l.held) != 0 {
		t.Errorf("%d left, of %d networks", l.inUse(), len(l.held))
	}
}
