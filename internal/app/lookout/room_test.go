package lookout

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/seawall-project/seawall/internal/watch/probe"
)

// TestAddressesAreLent: rooms get the addresses at which a host was found as others write them, in a slice of their own.
func TestAddressesAreLent(t *testing.T) {
	l := &Lookout{learned: make(map[string]learned)}
	for _, a := range []string{"192.0.2.1", "::ffff:192.0.2.2", "2001:db8::1"} {
		l.learn("party.example", &probe.Result{Address: netip.MustParseAddr(a)})
	}
	want := []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("2001:db8::1")}
	got := l.Addresses("party.example")
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	got[0] = netip.Addr{}
	if again := l.Addresses("party.example"); !slices.Equal(again, want) {
		t.Errorf("what was lent was written through: %v", again)
	}
	if none := l.Addresses("nobody.example"); len(none) != 0 {
		t.Errorf("of a host that is not watched: %v", none)
	}
}
