package egress

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

// listen returns the address of a listener on loopback that lets connections lie.
func listen(t *testing.T) netip.AddrPort {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	return netip.MustParseAddrPort(ln.Addr().String())
}

func mustNew(t *testing.T, o Options) *Dialer {
	t.Helper()
	d, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDialRefuses(t *testing.T) {
	at := listen(t)
	for _, tt := range []struct {
		name    string
		options Options
		host    string
		addr    netip.AddrPort
		why     string // "" when it is let through
	}{
		{"loopback", Options{}, "www.example.org", at, "loopback address"},
		{"loopback, by its address", Options{}, "127.0.0.1", at, "loopback address"},
		{"another name is allowed", Options{AllowHosts: []string{"example.org"}}, "www.example.org", at, "loopback address"},
		{"allowed by name", Options{AllowHosts: []string{"www.example.org"}, Ports: []uint16{443}}, "www.example.org", at, ""},
		{"allowed by name, written otherwise", Options{AllowHosts: []string{"Blåbær.example.org."}}, "xn--blbr-roah.example.org", at, ""},
		{"allowed as an address", Options{AllowHosts: []string{"127.0.0.1"}}, "127.0.0.1", at, ""},
		{"a named socket", Options{AllowSockets: []netip.AddrPort{at}, Ports: []uint16{53}}, "resolver", at, ""},
		{"another port", Options{Ports: []uint16{80, 443}}, "www.example.org", netip.MustParseAddrPort("9.9.9.9:22"), "port 22"},
		{
			"an allowed name at a public address",
			Options{AllowHosts: []string{"www.example.org"}, Ports: []uint16{80, 443}},
			"www.example.org", netip.MustParseAddrPort("9.9.9.9:22"), "port 22",
		},
		{"IPv4-mapped", Options{}, "www.example.org", netip.MustParseAddrPort("[::ffff:127.0.0.1]:443"), "loopback address"},
		{"NAT64", Options{}, "www.example.org", netip.MustParseAddrPort("[64:ff9b::7f00:1]:443"), "NAT64 of loopback address"},
		{"metadata", Options{}, "www.example.org", netip.MustParseAddrPort("169.254.169.254:80"), "metadata address"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := mustNew(t, tt.options)
			conn, err := d.DialAddr(t.Context(), "tcp", tt.host, tt.addr)
			if tt.why == "" {
				if err != nil {
					t.Fatal(err)
				}
				_ = conn.Close()
				if got := d.Counts(); got != (Counts{Tried: 1, Opened: 1}) {
					t.Errorf("got counts %+v", got)
				}
				return
			}
			refused, ok := errors.AsType[*Refused](err)
			if !ok {
				t.Fatalf("got %v, want a refusal", err)
			}
			if refused.Why != tt.why {
				t.Errorf("got reason %q, want %q", refused.Why, tt.why)
			}
			if got := d.Counts(); got != (Counts{Refused: 1}) {
				t.Errorf("got counts %+v", got)
			}
		})
	}
}

func TestNamesAreJudgedAfterDNS(t *testing.T) {
	d := mustNew(t, Options{})
	_, err := d.DialContext(t.Context(), "tcp", "localhost:80")
	if _, ok := errors.AsType[*Refused](err); !ok {
		t.Errorf("got %v, want a refusal", err)
	}
	if _, err := d.DialContext(t.Context(), "tcp", "no port"); err == nil {
		t.Error("an address without a port is no error")
	}
}

func TestGate(t *testing.T) {
	at := listen(t)
	shut := errors.New("shut")
	type key struct{}
	d := mustNew(t, Options{AllowHosts: []string{"www.example.org"}, Gate: func(ctx context.Context, host string, addr netip.AddrPort) error {
		if host != "www.example.org" || addr != at {
			t.Errorf("got %s at %s", host, addr)
		}
		if ctx.Value(key{}) != "open" {
			return shut
		}
		return nil
	}})
	if _, err := d.DialAddr(t.Context(), "tcp", "www.example.org", at); !errors.Is(err, shut) {
		t.Errorf("got %v, want %v", err, shut)
	}
	conn, err := d.DialAddr(context.WithValue(t.Context(), key{}, "open"), "tcp", "www.example.org", at)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
}

// TestRedirectsPass holds that a client which follows redirects reaches nothing by them that it would not reach at once.
func TestRedirectsPass(t *testing.T) {
	inner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the inner server is asked") }))
	defer inner.Close()
	outer := httptest.NewServer(http.RedirectHandler(inner.URL, http.StatusFound))
	defer outer.Close()

	outerAt := netip.MustParseAddrPort(outer.Listener.Addr().String())
	d := mustNew(t, Options{AllowSockets: []netip.AddrPort{outerAt}})
	transport := &http.Transport{DialContext: d.DialContext}
	defer transport.CloseIdleConnections()
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, outer.URL, nil)
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err == nil {
		_ = resp.Body.Close()
	}
	if _, ok := errors.AsType[*Refused](err); !ok {
		t.Errorf("got %v, want a refusal", err)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, host := range []string{"", "*", "*.example.org", "two words", ".example.org", "a..b", "\xbd", "0.."} {
		if _, err := New(Options{AllowHosts: []string{host}}); err == nil {
			t.Errorf("%q: no error", host)
		}
	}
}

// TestConnect: a network that is not the system's is behind the same rules.
func TestConnect(t *testing.T) {
	var reached []netip.AddrPort
	d, err := New(Options{Ports: []uint16{443}, AllowHosts: []string{"www.example.org"}, Connect: func(_ context.Context, _ string, addr netip.AddrPort) (net.Conn, error) {
		reached = append(reached, addr)
		near, far := net.Pipe()
		_ = far.Close()
		return near, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		host, addr string
		want       bool
	}{
		{"www.example.org", "127.0.0.1:8443", true},
		{"other.example", "127.0.0.1:443", false},
		{"other.example", "8.8.8.8:443", true},
		{"other.example", "8.8.8.8:25", false},
	} {
		conn, err := d.DialAddr(t.Context(), "tcp", tt.host, netip.MustParseAddrPort(tt.addr))
		if got := err == nil; got != tt.want {
			t.Errorf("%s at %s: connected %t, want %t (%v)", tt.host, tt.addr, got, tt.want, err)
		}
		if conn != nil {
			_ = conn.Close()
		}
	}
	if _, err := d.DialContext(t.Context(), "tcp", "www.example.org:443"); err == nil {
		t.Error("a name was looked up")
	}
	if c := d.Counts(); len(reached) != 2 || c.Opened != 2 || c.Refused != 2 {
		t.Errorf("reached %v, counted %+v", reached, c)
	}
}
