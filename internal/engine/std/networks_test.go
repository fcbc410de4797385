package std

import (
	"net/netip"
	"testing"
)

func TestNetworks(t *testing.T) {
	var (
		n                           networks
		one, two, late, nobody, far place
		near                        = netip.MustParsePrefix("192.0.2.0/24")
	)
	n.leave(&late) // closed before its source was known
	for _, tt := range []struct {
		name      string
		p         *place
		network   netip.Prefix
		want, len int
	}{
		{"first", &one, near, 1, 1},
		{"second", &two, near, 2, 1},
		{"left before", &late, near, 0, 1},
		{"no address", &nobody, netip.Prefix{}, 0, 1},
		{"another network", &far, netip.MustParsePrefix("2001:db8::/48"), 1, 2},
	} {
		if got := n.take(tt.p, tt.network); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
		if got := n.len(); got != tt.len {
			t.Errorf("%s: got %d networks, want %d", tt.name, got, tt.len)
		}
	}
	for range 2 {
		for _, p := range []*place{&one, &late, &nobody, &far} {
			n.leave(p)
		}
	}
	if got, want := n.conns[near], 1; got != want || n.len() != 1 {
		t.Errorf("got %d connections in %d networks, want %d in one", got, n.len(), want)
	}
	if n.leave(&two); n.len() != 0 {
		t.Errorf("got %d networks, want none", n.len())
	}
}
