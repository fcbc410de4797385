package enginetest

import (
	"context"
	"io"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
	"github.com/seawall-project/seawall/internal/edge/gateway"
	"github.com/seawall-project/seawall/internal/engine"
)

func testNetworks(t *testing.T, newEngine Maker) {
	for name, trust := range map[string]engine.Trust{"direct": nil, "behind a proxy": trust} {
		t.Run(name, func(t *testing.T) {
			inMemory(t, func(t *testing.T, n network) { testNetworkCounts(t, newEngine, n, trust) })
		})
	}
	t.Run("beyond the limit", func(t *testing.T) { testNetworksBounded(t, newEngine) })
	t.Run("make way", func(t *testing.T) { testMakeWay(t, newEngine) })
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
		h := &handler{serve: func(ctx context.Context, _ *gateway.Exchange) { <-ctx.Done() }}
		s := newStage(t, newEngine, n, h, Setup{Limits: engine.Limits{Conns: 2}})
		for _, from := range []string{"192.0.2.1", "198.51.100.1", "203.0.113.1"} {
			c := s.dialFrom(netip.MustParseAddr(from), s.plain)
			_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n") // the last is not read
			synctest.Wait()
		}
		var got []int
		for _, hello := range h.greeted() {
			got = append(got, hello.Network)
		}
		if diff := cmp.Diff([]int{1, 1, 0}, got); diff != "" {
			t.Error(diff)
		}
		if got := s.engine.Stats(); got.Networks != 2 || got.Addresses != 2 {
			t.Errorf("%d networks and %d addresses, want 2 of each", got.Networks, got.Addresses)
		}
	})
}

// testMakeWay fills an engine with connections of two networks. Those who come then are let in, and the connection that has been idle
// for longest in the larger network has to go, until none is idle.
func testMakeWay(t *testing.T, newEngine Maker) {
	inMemory(t, func(t *testing.T, n network) {
		h := &handler{serve: func(ctx context.Context, x *gateway.Exchange) {
			if x.Request.Path == "/wait" {
				<-ctx.Done()
			}
			answerText(x, 200, "ok")
		}}
		s := newStage(t, newEngine, n, h, Setup{Limits: engine.Limits{Conns: 4}})
		busy := s.visit("192.0.2.1")
		busy.ask("/wait")
		first := s.visit("192.0.2.2")
		small := s.visit("198.51.100.1")
		second := s.visit("192.0.2.3") // never asks
		first.ask("/")                 // so that it is idle for less than the second
		for i, goes := range []*visitor{second, first, small} {
			from := netip.AddrFrom4([4]byte{203, 0, 113 + byte(i), 1})
			s.visit(from.String()).ask("/wait")
			if !goes.gone() {
				t.Errorf("step %d: the one to go is still there", i+1)
			}
			if got := s.engine.Stats(); got.Conns != 4 || got.Evicted != uint64(i+1) {
				t.Errorf("step %d: %d connections, %d made way, want 4 and %d", i+1, got.Conns, got.Evicted, i+1)
			}
		}
		wantClosed(t, s.dialFrom(netip.MustParseAddr("203.0.113.200"), s.plain))
		if busy.gone() {
			t.Error("a reader was cut off in mid-answer")
		}
		if diff := cmp.Diff([]seawall.Reason{seawall.ReasonConnections}, h.lost()); diff != "" {
			t.Error(diff) // one was turned away; those who made way had been let in and were idle
		}
	})
}

// visitor is a client with one connection.
type visitor struct {
	stage *stage
	conn  net.Conn
	ended atomic.Bool
}

// visit opens a connection from an address that the network has and reads whatever comes.
func (s *stage) visit(from string) *visitor {
	s.t.Helper()
	v := &visitor{stage: s, conn: s.dialFrom(netip.MustParseAddr(from), s.plain)}
	go func() {
		_, _ = io.Copy(io.Discard, v.conn)
		v.ended.Store(true)
	}()
	synctest.Wait()
	return v
}

func (v *visitor) ask(path string) {
	v.stage.t.Helper()
	send(v.stage.t, v.conn, "GET "+path+" HTTP/1.1\r\nHost: example.org\r\n\r\n")
	synctest.Wait()
}

func (v *visitor) gone() bool { return v.ended.Load() }
