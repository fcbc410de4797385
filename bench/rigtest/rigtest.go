// Package rigtest sets up a Seawall, in this process and on loopback, for suites of others to be run against.
package rigtest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/seawall-project/seawall/internal/app"
	"github.com/seawall-project/seawall/internal/config"
)

// Site is the name of the site that a rig serves, which every machine takes for itself.
const Site = "localhost"

// Start serves origin as [Site], with a certificate of the internal authority ("internal") or in plain text ("off"), until the test is
// over, and returns where.
func Start(t testing.TB, origin http.Handler, tls string) *net.TCPAddr {
	t.Helper()
	back := httptest.NewServer(origin)
	t.Cleanup(back.Close)
	return StartAt(t, back.URL, tls)
}

// Port returns an address's port as a URL has it.
func Port(a *net.TCPAddr) string { return strconv.Itoa(a.Port) }

// StartAt is [Start] for an origin that runs already, at a base URL on loopback.
func StartAt(t testing.TB, origin, tls string) *net.TCPAddr {
	t.Helper()
	cfg, err := config.Parse("rig.yaml", fmt.Appendf(nil, `
version: 1
listen: [127.0.0.1:0]
admin: "off"
control: "off"
sites:
  - name: %s
    origin: %s
    tls: %s
`, Site, origin, tls))
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), app.Options{Config: cfg})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	return a.Addrs()[0].(*net.TCPAddr)
}
