package flood

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/ca"
	"github.com/seawall-project/seawall/internal/drill/loopback"
	"github.com/seawall-project/seawall/internal/drill/orders"
	"github.com/seawall-project/seawall/internal/intel/ddosia"
)

const siteName = "courier.example.org"

// plan returns a plan of orders of one type: a search, a form and a page.
func plan(t testing.TB, kinds ...ddosia.Type) *orders.Plan {
	t.Helper()
	list := &ddosia.List{}
	for _, k := range kinds {
		for _, e := range []ddosia.Entry{
			{Method: "GET", Path: "/search?q=$_1"},
			{Method: "POST", Path: "/login?", Body: ddosia.Body{Value: "user=$_1"}},
			{Method: "GET", Path: "/a%2Fb/å"},
		} {
			e.Hosts, e.Type = []string{siteName}, k
			list.Entries = append(list.Entries, e)
		}
	}
	p, err := orders.New(list, "")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// seen is one request as a site saw it.
type seen struct {
	At                                 time.Duration
	From                               netip.Addr
	Method, Target, Body, Agent, Proto string
}

// site is a web server that notes what it is asked. Its methods are for one test at a time.
type site struct {
	network loopback.Network
	addr    netip.AddrPort
	roots   *x509.CertPool
	server  *http.Server
	start   time.Time

	mu    sync.Mutex // guards the fields below
	seen  []seen
	conns int
}

// newSite serves handle, nil for a page with a cookie and a redirect, until the test ends the site with close.
func newSite(t *testing.T, network loopback.Network, secure bool, handle http.HandlerFunc) *site {
	t.Helper()
	ln, err := network.Listen(t.Context(), netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	s := &site{network: network, addr: netip.MustParseAddrPort(ln.Addr().String()), start: time.Now()}
	if handle == nil {
		handle = func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Set-Cookie", "a=b")
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(http.StatusFound)
		}
	}
	s.server = &http.Server{Handler: s.noting(t, handle), ConnState: s.count, Protocols: new(http.Protocols)}
	s.server.Protocols.SetHTTP1(true)
	s.server.Protocols.SetHTTP2(secure)
	serve := func() error { return s.server.Serve(ln) }
	if secure {
		var cert tls.Certificate
		cert, s.roots = certificate(t)
		s.server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}}
		serve = func() error { return s.server.ServeTLS(ln, "", "") }
	}
	var serving sync.WaitGroup
	serving.Go(func() { _ = serve() })
	t.Cleanup(func() {
		_ = s.server.Close()
		serving.Wait()
	})
	return s
}

func (s *site) noting(t *testing.T, handle http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, name := range []string{"Cookie", "Referer"} {
			if r.Header.Get(name) != "" {
				t.Errorf("got %s %q, want none", name, r.Header.Get(name))
			}
		}
		if r.Host != siteName {
			t.Errorf("got host %q, want %q", r.Host, siteName)
		}
		body, _ := io.ReadAll(r.Body)
		one := seen{time.Since(s.start), netip.MustParseAddrPort(r.RemoteAddr).Addr(), r.Method, r.RequestURI, string(body), r.UserAgent(), r.Proto}
		s.mu.Lock()
		s.seen = append(s.seen, one)
		s.mu.Unlock()
		handle(w, r)
	}
}

func (s *site) count(_ net.Conn, state http.ConnState) {
	if state == http.StateNew {
		s.mu.Lock()
		s.conns++
		s.mu.Unlock()
	}
}

// requests returns what was asked, in an order that depends on nothing but what was asked.
func (s *site) requests() []seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.SortedFunc(slices.Values(s.seen), func(a, b seen) int {
		return cmp.Or(cmp.Compare(a.At, b.At), a.From.Compare(b.From), cmp.Compare(a.Target, b.Target))
	})
}

func (s *site) options(p *orders.Plan) Options {
	return Options{
		Seed: 1, Bots: 20, Intensity: 4, Length: 10 * time.Second,
		Plan: p, Network: s.network, Target: s.addr, ServerName: siteName, Roots: s.roots,
	}
}

func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	authority, err := ca.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := authority.Issue(time.Now(), siteName)
	if err != nil {
		t.Fatal(err)
	}
	return cert, authority.Pool()
}
