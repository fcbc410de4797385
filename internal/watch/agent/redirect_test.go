package agent

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/watch/message"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// pipes is a site that is reached without sockets, so that a bubble's time passes.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	mu    sync.Mutex
	asked []time.Time
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) connect(ctx context.Context, _ string, _ netip.AddrPort) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.conns <- there:
		return here, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked = append(p.asked, time.Now())
	p.mu.Unlock()
	if r.URL.Path == "/" {
		http.Redirect(w, r, "/da/", http.StatusMovedPermanently)
		return
	}
	_, _ = w.Write([]byte("<title>Velkommen</title>"))
}

// TestRedirectingSite: a site whose home page redirects is measured by a place with a third of its budget, one GET a minute: every minute but the
// first, and one in an hour, in which the redirect is looked at. The probes are real.
func TestRedirectingSite(t *testing.T) {
	site, served := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}, make(chan error, 1)
	play(t, func(o *Options) {
		site.conns, site.done = make(chan net.Conn), make(chan struct{}) // of the bubble
		server := &http.Server{Handler: site, ReadHeaderTimeout: time.Second}
		go func() { served <- server.Serve(site) }()
		budget, err := probe.NewBudget(3)
		check(t, err)
		o.Prober, err = probe.New(probe.Options{
			Contact: "it@example.org", Vantage: "cph-1", Sites: []string{"own.example"}, AllowHosts: []string{"own.example"}, Connect: site.connect,
			Addresses: map[string][]netip.Addr{"own.example": {netip.MustParseAddr("192.0.2.10")}}, Budget: budget, Remember: true,
			Resolvers: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:9")},
		})
		check(t, err)
	}, func(s *stage) {
		for range 20 {
			s.assign(message.Assignment{ID: "a", HoldSeconds: 600, Sites: []message.Site{{Name: "own", URL: "http://own.example/", EverySeconds: 60}}})
			time.Sleep(6 * time.Minute)
			s.collect()
		}
		all := s.results()
		if len(all) < 115 || len(all) > 119 {
			t.Errorf("%d results in two hours", len(all))
		}
		for _, r := range all {
			if r.Probe.Class != probe.OK || r.Probe.FinalURL != "http://own.example/da/" || len(r.Probe.Evidence.Redirects) != 1 {
				t.Fatalf("%v at %s after %q: %s", r.Probe.Class, r.Probe.FinalURL, r.Probe.Evidence.Redirects, r.Probe.Evidence.Error)
			}
		}
		site.mu.Lock()
		defer site.mu.Unlock()
		if most := inAnyMinute(site.asked); most > 1 {
			t.Errorf("%d requests in a minute", most)
		}
		close(site.done)
		if err := <-served; !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
}
