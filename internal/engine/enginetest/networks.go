package enginetest

import (
	"net"
	"net/netip"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
	"github.com/seawall-project/seawall/internal/engine"
)

func testNetworks(t *testing.T, newEngine Maker) {
	for name, trust := range map[string]engine.Trust{"direct": nil, "behind a proxy": trust} {
		t.Run(name, func(t *testing.T) {
			inMemory(t, func(t *testing.T, n network) { testNetworkCounts(t, newEngine, n, trust) })
		})
	}
	t.Run("beyond the limit", func(t *testing.T) { testNetworksBounded(t, newEngine) })
}

// testNetworkCounts has connections come and go, directly or, when it is trusted, by a proxy at home.
func testNetworkCounts(t *testing.T, newEngine Maker, n network, trust engine.Trust) {
	h := &handler{serve: text("ok"), refuse: func(h *edge.Hello) bool { return h.Network > 2 }}
	s := newStage(t, newEngine, n, h, Setup{Trust: trust})
	conns := make(map[string]net.Conn)
	arrive := func(from string, wantNetwork, wantNetworks int) {
		t.Helper()
		source := netip.MustParseAddr(from)
		if trust == nil {
			conns[from] = s.dialFrom(source, s.plain)
		} else {
			conns[from] = s.dial(s.plain)
			send(t, conns[from], proxyHeader(t, 2, source))
		}
		synctest.Wait()
		hellos := h.greeted()
		if got := hellos[len(hellos)-1]; got.Client != seawall.ClientAt(source) || got.Network != wantNetwork {
			t.Errorf("%v greeted as %d of its network, want %s as %d", got.Client, got.Network, from, wantNetwork)
		}
		if got := s.engine.Stats().Networks; got != wantNetworks {
			t.Errorf("%d networks after %s, want %d", got, from, wantNetworks)
		}
	}
	leave := func(from string) {
		conns[from].Close()
		synctest.Wait()
	}

	arrive("192.0.2.1", 1, 1)
	arrive("192.0.2.200", 2, 1)
	arrive("192.0.2.201", 3, 1) // turned away, so that it takes nobody's place
	wantClosed(t, conns["192.0.2.201"])
	arrive("198.51.100.7", 1, 2)
	arrive("2001:db8:1::1", 1, 3)
	arrive("2001:db8:1:ffff::1", 2, 3)
	arrive("2001:db8:2::1", 1, 4)
	leave("192.0.2.200")
	arrive("192.0.2.202", 2, 4)
	leave("192.0.2.202")
	leave("192.0.2.1")
	leave("198.51.100.7")
	arrive("192.0.2.1", 1, 3)
}

// testNetworksBounded expects connections without a place to be counted nowhere.
func testNetworksBounded(t *testing.T, newEngine Maker) {
	inMemory(t, func(t *testing.T, n network) {
		h := &handler{serve: text("ok")}
		s := newStage(t, newEngine, n, h, Setup{Limits: engine.Limits{Conns: 2}})
		for _, from := range []string{"192.0.2.1", "198.51.100.1", "203.0.113.1"} {
			s.dialFrom(netip.MustParseAddr(from), s.plain)
			synctest.Wait()
		}
		var got []int
		for _, hello := range h.greeted() {
			got = append(got, hello.Network)
		}
		if diff := cmp.Diff([]int{1, 1, 0}, got); diff != "" {
			t.Error(diff)
		}
		if got := s.engine.Stats().Networks; got != 2 {
			t.Errorf("%d networks, want 2", got)
		}
	})
}
