package std

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/quic-go/quic-go/http3"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/ca"
	"github.com/seawall-project/seawall/internal/edge"
	"github.com/seawall-project/seawall/internal/edge/gateway"
)

func TestUDP(t *testing.T) {
	now := time.Unix(1000, 0)
	for _, tt := range []struct {
		name                      string
		attempts, refused, failed int
		wantWeak                  bool
	}{
		{"quiet", 0, 0, 0, false},
		{"few", udpAttempts - 1, udpAttempts - 1, 0, false},
		{"busy", 10 * udpAttempts, 0, 5 * udpAttempts, false},
		{"refused", udpAttempts, udpAttempts/2 + 1, 0, true},
		{"failed", 4 * udpAttempts, 0, 2*udpAttempts + 1, true},
	} {
		var u udp
		for i := range tt.attempts {
			u.attempt(now, i < tt.refused)
		}
		for range tt.failed {
			u.failure(now)
		}
		if u.weak(now) {
			t.Errorf("%s: off before the span is over", tt.name)
		}
		after := now.Add(udpSpan)
		if got := u.weak(after); got != tt.wantWeak {
			t.Errorf("%s: off %v, want %v", tt.name, got, tt.wantWeak)
		}
		if u.weak(after.Add(udpRest)) {
			t.Errorf("%s: still off after the rest", tt.name)
		}
	}
}

// TestQUICUnderLoad looks at what a client meets when there are many handshakes, and when UDP is the weak side.
func TestQUICUnderLoad(t *testing.T) {
	h := &seen{}
	e, url, client := serveQUIC(t, h)
	get := func() error {
		c := client()
		defer c.CloseIdleConnections()
		resp, err := c.Get(url)
		if err == nil {
			resp.Body.Close()
		}
		return err
	}
	many := int64(e.handshakesLimit()/4 + 1)

	if err := get(); err != nil || h.last().Address != 0 {
		t.Errorf("in peace: %v, counted as %d from its address, want to be let in as nobody", err, h.last().Address)
	}
	e.quicHandshakes.Add(many)
	if err := get(); err != nil || h.last().Address == 0 {
		t.Errorf("with many handshakes: %v, counted as %d, want an address that was verified", err, h.last().Address)
	}
	e.quicHandshakes.Add(int64(e.handshakesLimit()))
	if err := get(); err == nil {
		t.Error("let in although there is no room for handshakes")
	}
	if got := h.lost(); !slices.Contains(got, seawall.ReasonHandshakes) {
		t.Errorf("told of %v, want %v among them", got, seawall.ReasonHandshakes)
	}
	e.quicHandshakes.Add(-many - int64(e.handshakesLimit()))

	for range udpAttempts {
		e.udp.attempt(e.now(), true)
	}
	e.udp.mu.Lock()
	e.udp.since = e.now().Add(-udpSpan)
	e.udp.mu.Unlock()
	if got := e.altSvc(); got != "clear" || e.Stats().HTTP3 {
		t.Errorf("Alt-Svc says %q while UDP is weak, want clear", got)
	}
	if err := get(); err == nil {
		t.Error("let in although HTTP/3 is off")
	}
	e.udp.mu.Lock()
	e.udp.until = e.now()
	e.udp.mu.Unlock()
	if err := get(); err != nil || !e.Stats().HTTP3 {
		t.Errorf("after the rest: %v", err)
	}
}

// seen lets everybody in and remembers the last hello.
type seen struct {
	mu     sync.Mutex // guards what follows
	hello  edge.Hello
	losses []seawall.Reason
}

func (s *seen) lost() []seawall.Reason {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.losses)
}

func (s *seen) Greet(_ time.Time, h *edge.Hello) edge.Action {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hello = *h
	return edge.Action{Kind: seawall.ActionForward}
}

func (s *seen) last() edge.Hello {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hello
}

// Lost implements engine.Handler.
func (s *seen) Lost(_ time.Time, _ *edge.Hello, why seawall.Reason) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.losses = append(s.losses, why)
}

func (*seen) Serve(_ context.Context, x *gateway.Exchange) { _ = x.Out.Head(204, nil, 0) }

// serveQUIC serves on loopback until the test is over, and returns where, and what makes clients.
func serveQUIC(t *testing.T, h *seen) (*Engine, string, func() *http.Client) {
	t.Helper()
	authority, err := ca.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	get, err := authority.GetCertificate(time.Now(), "localhost")
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(Options{Handler: h, TLS: &tls.Config{GetCertificate: get}})
	if err != nil {
		t.Fatal(err)
	}
	pc, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- e.ServeQUIC(ctx, pc) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	client := func() *http.Client {
		tr := &http3.Transport{TLSClientConfig: &tls.Config{RootCAs: authority.Pool(), ServerName: "localhost"}}
		t.Cleanup(func() { tr.Close() })
		return &http.Client{Transport: tr}
	}
	return e, "https://" + pc.LocalAddr().String() + "/", client
}
