package gateway

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
)

// TestPipeLaws takes and gives at random: never more than there are, nor than a quarter of a site's places, nor than half of what others
// leave; and in the end nothing is remembered.
func TestPipeLaws(t *testing.T) {
	type holder struct {
		site    string
		network netip.Prefix
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	p := newPipes(8)
	var held []holder
	most := 0
	for range 20_000 {
		if n := len(held); n > 0 && rnd.IntN(2) == 0 {
			i := rnd.IntN(n)
			p.give(held[i].site, held[i].network)
			held[i] = held[n-1]
			held = held[:n-1]
			continue
		}
		h := holder{fmt.Sprint("site ", rnd.IntN(3)), netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(rnd.IntN(4))}), 32)}
		places := rnd.IntN(32)
		mine, others := 0, 0
		for _, o := range held {
			switch {
			case o == h:
				mine++
			case o.site == h.site:
				others++
			}
		}
		room := max(1, places/4) - others
		want := len(held) < 8 && room > 0 && mine+1 <= (room+1)/2
		if got := p.take(h.site, h.network, places); got != want {
			t.Fatalf("%d places, %d mine, %d others', %d in all: got %v", places, mine, others, len(held), got)
		} else if got {
			held = append(held, h)
		}
		most = max(most, len(held))
		if p.inUse() != len(held) {
			t.Fatalf("%d in use, want %d", p.inUse(), len(held))
		}
	}
	for _, h := range held {
		p.give(h.site, h.network)
	}
	if most != 8 || p.inUse() != 0 || len(p.by) != 0 {
		t.Errorf("at most %d, %d in use, %d sites remembered", most, p.inUse(), len(p.by))
	}
}
