package egress

import (
	"net/netip"
	"slices"
	"testing"
)

func TestPublic(t *testing.T) {
	var all []netip.Addr
	for _, text := range []string{"192.0.2.7", "10.1.2.3", "127.0.0.1", "::ffff:192.0.2.8", "fd00::1", "fe80::1", "2001:db8::7", "224.0.0.1"} {
		all = append(all, netip.MustParseAddr(text))
	}
	want := []netip.Addr{netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("192.0.2.8"), netip.MustParseAddr("2001:db8::7")}
	if got := Public(append(all, netip.Addr{})); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if own := Own(); len(own) > MaxOwn || slices.ContainsFunc(own, netip.Addr.IsLoopback) {
		t.Errorf("this machine's own are %v", own)
	}
}
