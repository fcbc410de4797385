package enginetest

import (
	"bufio"
	"context"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"

	"github.com/pires/go-proxyproto"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge/gateway"
	"github.com/seawall-project/seawall/internal/engine"
)

var (
	trust  = engine.Trust{netip.MustParsePrefix("127.0.0.0/8")}
	reader = netip.MustParseAddr("198.51.100.7")
)

func testSource(t *testing.T, newEngine Maker) {
	for _, tt := range []struct {
		name  string
		lead  string
		trust engine.Trust
		want  netip.Addr // zero: not served
		quiet bool       // not even greeted
	}{
		{"taken as it comes", "", nil, home, false},
		{"version 1", proxyHeader(t, 1, reader), trust, reader, false},
		{"version 2", proxyHeader(t, 2, reader), trust, reader, false},
		{"unknown source", "PROXY UNKNOWN\r\n", trust, home, false},
		{"header from a stranger", proxyHeader(t, 1, reader), nil, netip.Addr{}, false},
		{"no header from a proxy", "", trust, home, false},
		{"broken header from a proxy", "PROXY TCP4 192.0.2.300 192.0.2.1 1 2\r\n", trust, netip.Addr{}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, n network) {
				seen := make(chan seawall.Client, 1)
				h := &handler{serve: func(_ context.Context, x *gateway.Exchange) {
					seen <- x.Request.Client
					answerText(x, 200, "ok")
				}}
				s := newStage(t, newEngine, n, h, Setup{Trust: tt.trust})
				c := s.dial(s.plain)
				send(t, c, tt.lead+"GET / HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n")
				got, err := receive(c)
				if served := err == nil && got.status == 200; served != tt.want.IsValid() {
					t.Fatalf("served %v, want %v", served, tt.want.IsValid())
				}
				if tt.want.IsValid() {
					if got := <-seen; got.Addr != tt.want {
						t.Errorf("client %v, want %v", got.Addr, tt.want)
					}
				}
				s.stop()
				checkGreeted(t, s, h, tt.want, tt.quiet)
			})
		})
	}
	t.Run("before TLS", func(t *testing.T) { testSourceTLS(t, newEngine) })
	t.Run("header never comes", func(t *testing.T) { testSilentProxy(t, newEngine) })
	t.Run("in every request", func(t *testing.T) { testForwarded(t, newEngine) })
}

func checkGreeted(t *testing.T, s *stage, h *handler, want netip.Addr, quiet bool) {
	t.Helper()
	hellos := h.greeted()
	if got, want := len(hellos) == 0, quiet; got != want {
		t.Fatalf("greeted %d connections, want none: %v", len(hellos), want)
	}
	if got, want := s.engine.Stats().Unproxied > 0, quiet; got != want {
		t.Errorf("counted as unproxied %v, want %v", got, want)
	}
	if want.IsValid() && hellos[0].Client.Addr != want {
		t.Errorf("greeted %v, want %v", hellos[0].Client.Addr, want)
	}
}

func testSourceTLS(t *testing.T, newEngine Maker) {
	forEachProto(t, func(t *testing.T, p proto) {
		onBoth(t, func(t *testing.T, n network) {
			k := newKeeper()
			s := newStage(t, newEngine, proxied{n, proxyHeader(t, 2, reader)}, &k.handler, Setup{Trust: trust})
			s.get(s.client(p), p)
			if got := (<-k.requests).Client.Addr; got != reader {
				t.Errorf("client %v, want %v", got, reader)
			}
			s.network = n
		})
	})
}

// testForwarded has one connection carry requests of several clients. Only a trusted proxy that sent no PROXY header is believed.
func testForwarded(t *testing.T, newEngine Maker) {
	const forwarded = "X-Forwarded-For: 203.0.113.9, 198.51.100.7\r\nX-Forwarded-Proto: https\r\n"
	other := netip.MustParseAddr("192.0.2.77")
	for _, tt := range []struct {
		name   string
		trust  engine.Trust
		lead   string
		fields string
		want   netip.Addr
		tls    bool
	}{
		{"by a proxy", trust, "", forwarded, reader, true},
		{"by a proxy, as standardised", trust, "", "Forwarded: for=198.51.100.7;proto=https\r\n", reader, true},
		{"not told", trust, "", "", home, false},
		{"by a stranger", nil, "", forwarded, home, false},
		{"by a client behind PROXY", trust, proxyHeader(t, 2, other), forwarded, other, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, n network) {
				k := newKeeper()
				s := newStage(t, newEngine, n, &k.handler, Setup{Trust: tt.trust})
				c := s.dial(s.plain)
				send(t, c, tt.lead)
				r := bufio.NewReader(c)
				for range 2 {
					send(t, c, "GET / HTTP/1.1\r\nHost: example.org\r\n"+tt.fields+"\r\n")
					if got := status(t, r); got != 200 {
						t.Fatalf("status %d, want 200", got)
					}
					if got := <-k.requests; got.Client.Addr != tt.want || got.TLS != tt.tls {
						t.Errorf("client %v, TLS %v, want %v, %v", got.Client.Addr, got.TLS, tt.want, tt.tls)
					}
				}
				relayed := tt.trust != nil && tt.lead == ""
				if got := s.engine.Stats().Addresses; (got == 0) != relayed {
					t.Errorf("%d addresses counted; relayed: %v", got, relayed)
				}
			})
		})
	}
}

// testSilentProxy expects that a proxy, too, has to speak in time.
func testSilentProxy(t *testing.T, newEngine Maker) {
	inMemory(t, func(t *testing.T, n network) {
		s := newStage(t, newEngine, n, &handler{serve: text("ok")}, Setup{Trust: trust})
		wantClosed(t, s.dial(s.plain))
		synctest.Wait()
		if got := s.engine.Stats(); got.Conns != 0 || got.Unproxied != 1 {
			t.Errorf("%+v, want no connection and one unproxied", got)
		}
	})
}

// proxied is a network behind a proxy, which says lead first on every connection.
type proxied struct {
	network
	lead string
}

func (p proxied) Dial(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error) {
	c, err := p.network.Dial(ctx, from, to)
	if err != nil {
		return nil, err
	}
	if _, err := c.Write([]byte(p.lead)); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func proxyHeader(t *testing.T, version byte, source netip.Addr) string {
	t.Helper()
	h := proxyproto.HeaderProxyFromAddrs(version,
		net.TCPAddrFromAddrPort(netip.AddrPortFrom(source, 40000)),
		net.TCPAddrFromAddrPort(netip.MustParseAddrPort("192.0.2.1:80")))
	b, err := h.Format()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
