package app

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"testing"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"github.com/seawall-project/seawall/internal/ca"
)

// overQUIC returns a client that speaks HTTP/3 to a UDP port of this machine.
func overQUIC(t *testing.T, port int, authority *ca.CA) *http.Client {
	t.Helper()
	tr := &http3.Transport{
		TLSClientConfig: tlsTrusting(authority),
		Dial: func(ctx context.Context, _ string, config *tls.Config, qc *quic.Config) (*quic.Conn, error) {
			return quic.DialAddr(ctx, fmt.Sprintf("127.0.0.1:%d", port), config, qc)
		},
	}
	t.Cleanup(func() { tr.Close() })
	return &http.Client{Transport: tr}
}

// TestHTTP3 serves HTTP/3 on the port of TLS, tells browsers of it, and takes it away again by a reload.
func TestHTTP3(t *testing.T) {
	authority := newAuthority(t)
	f := newFile(t, `
version: 1
listen: 127.0.0.1:0
http3: %s
admin: off
control: off
access_log: {to: off}
sites:
  - name: www.example.org
    origin: %s
    tls: internal
`, "on", serveOn(t, say("page")))
	cfg, err := f.load()
	if err != nil {
		t.Fatal(err)
	}
	a := start(t, Options{Config: cfg, Load: f.load, Authority: authority})
	const page = "https://www.example.org/"
	port := a.Addrs()[0].(*net.TCPAddr).Port
	told := func() string {
		return get(t, reader(t, "HTTP/2.0", to(a.Addrs()[0]), authority), page).Header.Get("Alt-Svc")
	}
	if got := get(t, overQUIC(t, port, authority), page); got.body != "page" || got.Proto != "HTTP/3.0" {
		t.Errorf("got %q over %s, want the page over HTTP/3.0", got.body, got.Proto)
	}
	if got, want := told(), fmt.Sprintf(`h3=":%d"; ma=86400`, port); got != want {
		t.Errorf("Alt-Svc %q, want %q", got, want)
	}

	f.write(`
version: 1
listen: 127.0.0.1:0
admin: off
control: off
access_log: {to: off}
sites:
  - name: www.example.org
    origin: %s
    tls: internal
`, cfg.Sites[0].Origins[0])
	if _, err := a.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 1000 { // it ends a moment after the reload
		if told() == "" {
			return
		}
	}
	t.Errorf("Alt-Svc %q after the reload, want none", told())
}
