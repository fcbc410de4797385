package app

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/seawall-project/seawall/internal/ca"
	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/testkit/memnet"
	"github.com/seawall-project/seawall/internal/testkit/pebble"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, pebble.Leaks()...) }

// oneSite is a configuration for www.example.org on any free port, without admin page and control socket.
func oneSite(t *testing.T, origin, tls string) *config.Config {
	t.Helper()
	return parse(t, `
version: 1
listen: 127.0.0.1:0
admin: off
sites:
  - name: www.example.org
    aliases: [example.org]
    origin: %s
    tls: "%s"
`, origin, tls)
}

func parse(t *testing.T, format string, args ...any) *config.Config {
	t.Helper()
	c, err := config.Parse("seawall.yaml", fmt.Appendf(nil, strings.TrimPrefix(format, "\n"), args...))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// build returns an App that is closed when the test ends.
func build(t *testing.T, o Options) *App {
	t.Helper()
	a, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

// running is an App that runs.
type running struct {
	*App
	t    *testing.T
	end  context.CancelFunc
	done chan error
}

// start builds an App and runs it until the test ends, or stop is called.
func start(t *testing.T, o Options) *running {
	t.Helper()
	return startApp(t, build(t, o))
}

// startApp runs a built App until the test ends, or stop is called.
func startApp(t *testing.T, a *App) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	r := &running{a, t, cancel, make(chan error, 1)}
	go func() {
		r.done <- r.Run(ctx)
		close(r.done)
	}()
	t.Cleanup(r.stop)
	return r
}

// stop ends the App and waits for its end, which must be an orderly one. It may be called twice.
func (r *running) stop() {
	r.t.Helper()
	r.end()
	if err := <-r.done; err != nil {
		r.t.Errorf("Run: %v", err)
	}
}

// serveOn serves pages on this machine's loopback until the test ends.
func serveOn(t *testing.T, h http.HandlerFunc) (url string) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func say(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
}

type dialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

// to returns a way to addr, whatever host is asked for.
func to(addr net.Addr) dialFunc {
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, addr.Network(), addr.String())
	}
}

// reader returns a client that speaks proto over dial and trusts authority.
func reader(t *testing.T, proto string, dial dialFunc, authority *ca.CA) *http.Client {
	t.Helper()
	tr := &http.Transport{
		DialContext: dial, DisableCompression: true, Protocols: new(http.Protocols), ExpectContinueTimeout: time.Minute,
	}
	tr.Protocols.SetHTTP1(proto == "HTTP/1.1")
	tr.Protocols.SetHTTP2(proto == "HTTP/2.0")
	if authority != nil {
		tr.TLSClientConfig = tlsTrusting(authority)
	}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// reply is a response with its whole body.
type reply struct {
	*http.Response
	body string
}

func get(t *testing.T, c *http.Client, url string, fields ...string) reply {
	t.Helper()
	return do(t, c, http.MethodGet, url, http.NoBody, fields...)
}

// do asks for url with fields, each "Name: value"; "Host" is the host to ask for in place of the URL's.
func do(t *testing.T, c *http.Client, method, url string, body io.Reader, fields ...string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		if req.Header.Set(name, value); name == "Host" {
			req.Host = value
		}
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	return reply{resp, string(text)}
}

// memory is a Seawall and an origin in a network in memory, for a synctest bubble.
type memory struct {
	*running
	client *http.Client
	origin *http.Server
	dial   dialFunc // as a reader
}

var (
	edgeAddr   = netip.MustParseAddrPort("192.0.2.1:80")
	adminAddr  = netip.MustParseAddrPort("192.0.2.2:9180")
	originAddr = netip.MustParseAddrPort("192.0.2.80:8080")
	readerAddr = netip.MustParseAddr("192.0.2.200")
)

// inMemory runs a Seawall in front of pages. Call it in a bubble.
func inMemory(t *testing.T, pages http.HandlerFunc) *memory {
	t.Helper()
	network := memnet.New()
	ln, err := network.Listen(t.Context(), originAddr)
	if err != nil {
		t.Fatal(err)
	}
	m := &memory{origin: &http.Server{Handler: pages, ReadHeaderTimeout: time.Minute}}
	go func() { _ = m.origin.Serve(ln) }()
	t.Cleanup(func() { _ = m.origin.Close() })
	cfg := parse(t, `
version: 1
listen: %s
admin: %s
sites:
  - name: www.example.org
    origin: http://%s
    tls: "off"
`, edgeAddr, adminAddr, originAddr)
	m.running = start(t, Options{Config: cfg, Listen: listenIn(network), Dial: dialIn(network, edgeAddr.Addr())})
	m.dial = dialIn(network, readerAddr)
	m.client = reader(t, "HTTP/1.1", m.dial, nil)
	return m
}

func listenIn(n *memnet.Network) func(ctx context.Context, network, address string) (net.Listener, error) {
	return func(ctx context.Context, _, address string) (net.Listener, error) {
		return n.Listen(ctx, netip.MustParseAddrPort(address))
	}
}

// dialIn dials in n from an address; names are the edge.
func dialIn(n *memnet.Network, from netip.Addr) dialFunc {
	return func(ctx context.Context, _, address string) (net.Conn, error) {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			to = edgeAddr
		}
		return n.Dial(ctx, from, to)
	}
}
