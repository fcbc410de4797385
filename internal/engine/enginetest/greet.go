package enginetest

import (
	"context"
	"net"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
	"github.com/seawall-project/seawall/internal/edge/gateway"
	"github.com/seawall-project/seawall/internal/engine"
)

func testGreet(t *testing.T, newEngine Maker) {
	for name, tls := range map[string]bool{"plain": false, "tls": true} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, n network) { testRefused(t, newEngine, n, tls) })
		})
	}
	t.Run("facts", func(t *testing.T) { testHello(t, newEngine) })
	t.Run("limit", func(t *testing.T) { testConnLimit(t, newEngine) })
}

func testRefused(t *testing.T, newEngine Maker, n network, tls bool) {
	h := &handler{serve: text("ok"), refuse: func(*edge.Hello) bool { return true }}
	s := newStage(t, newEngine, n, h, Setup{})
	addr := s.addr(proto{tls: tls})
	wantClosed(t, s.dial(addr))
	s.stop()
	if got := len(h.lost()); got != 0 {
		t.Errorf("%d losses of connections that were never let in", got)
	}
	if hellos := h.greeted(); len(hellos) != 1 || hellos[0].TLS != tls {
		t.Errorf("greeted %+v, want one with TLS %v", hellos, tls)
	}
}

func testHello(t *testing.T, newEngine Maker) {
	inMemory(t, func(t *testing.T, n network) {
		h := &handler{serve: text("ok")}
		s := newStage(t, newEngine, n, h, Setup{Limits: engine.Limits{Conns: 9, Handshakes: 2, HandshakesQueue: 3}})
		s.dial(s.plain)
		synctest.Wait()
		s.dial(s.secure)
		synctest.Wait()
		want := []edge.Hello{
			{Client: seawall.ClientAt(home), Conns: 1, ConnLimit: 9, Address: 1, Network: 1, HandLimit: 5},
			{Client: seawall.ClientAt(home), Conns: 2, ConnLimit: 9, Address: 2, Network: 2, HandLimit: 5, Handshakes: 1, TLS: true},
		}
		if diff := cmp.Diff(want, h.greeted(), cmp.Comparer(sameClient)); diff != "" {
			t.Error(diff)
		}
		if got := s.engine.Stats(); got.Conns != 2 || got.ConnsLimit != 9 || got.HandshakesLimit != 5 {
			t.Errorf("stats %+v", got)
		}
	})
}

// testConnLimit expects the limit to hold even when the handler lets everybody in and everybody is busy, and room to be given back.
func testConnLimit(t *testing.T, newEngine Maker) {
	inMemory(t, func(t *testing.T, n network) {
		h := &handler{serve: func(ctx context.Context, x *gateway.Exchange) {
			if x.Request.Path == "/wait" {
				<-ctx.Done()
			}
			answerText(x, 200, "ok")
		}}
		s := newStage(t, newEngine, n, h, Setup{Limits: engine.Limits{Conns: 2}})
		first := s.dial(s.plain)
		for _, c := range []net.Conn{first, s.dialTLS("http/1.1")} {
			send(t, c, "GET /wait HTTP/1.1\r\nHost: example.org\r\n\r\n")
		}
		synctest.Wait()
		wantClosed(t, s.dial(s.plain))
		if diff := cmp.Diff([]seawall.Reason{seawall.ReasonConnections}, h.lost()); diff != "" {
			t.Error(diff)
		}
		if got := h.greeted()[2].Conns; got != 3 {
			t.Errorf("greeted as connection %d, want 3", got)
		}
		first.Close()
		synctest.Wait()
		if got := s.get(s.client(protos[0]), protos[0]).body; got != "ok" {
			t.Errorf("got %q after there was room again", got)
		}
	})
}
