package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seawall-project/seawall/internal/ca"
)

// pageBytes is the size of a site's page.
const pageBytes = 50_000

// serveFakes is all sites at once: one listener on every address of loopback, which tells them apart by the name that clients ask for. It says
// its port and where the authority's certificate is. After a line on its standard input every site hangs; at its end it says how often one of them was
// asked within a minute, and ends.
func serveFakes(ctx context.Context, o options, out io.Writer) error {
	authority, err := ca.New(time.Now())
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "seawall-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	roots, err := writeRoots(authority, folder)
	if err != nil {
		return err
	}
	certs := make(map[string]*tls.Certificate, o.sites+sentinels)
	for i := range o.sites + sentinels {
		c, err := authority.Issue(time.Now(), name(i))
		if err != nil {
			return err
		}
		certs[name(i)] = &c
	}
	all, err := (&net.ListenConfig{}).Listen(ctx, "tcp4", "0.0.0.0:0") // loopback has no other way to be all of it
	if err != nil {
		return err
	}
	ln := loopbackOnly{all}
	page := []byte("<!doctype html><title>An example</title>" + strings.Repeat("<p>Nothing is new today.</p>\n", pageBytes/29))
	ctx, cancel := context.WithCancel(ctx)
	sites := newSites(o)
	server := &http.Server{
		ReadHeaderTimeout: time.Minute, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug),
		TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
			if c := certs[h.ServerName]; c != nil {
				return c, nil
			}
			return certs[name(0)], nil
		}},
		BaseContext: func(net.Listener) context.Context { return ctx },
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if sites.asked(r) {
				<-r.Context().Done()
				return
			}
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = io.Copy(w, bytes.NewReader(page))
		}),
	}
	var ended sync.WaitGroup
	ended.Go(func() {
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			sites.allHang.Store(true)
		}
		cancel()
		_ = server.Close()
	})
	fmt.Fprintf(out, "%d %s\n", ln.Addr().(*net.TCPAddr).Port, roots)
	_ = server.ServeTLS(ln, "", "")
	cancel()
	fmt.Fprintf(out, "at most %d requests to one site within %v\n", sites.most, period)
	return nil
}

// loopbackOnly closes connections that came by another way.
type loopbackOnly struct{ net.Listener }

// Accept implements [net.Listener].
func (l loopbackOnly) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil || c.LocalAddr().(*net.TCPAddr).IP.IsLoopback() {
			return c, err
		}
		_ = c.Close()
	}
}

// period is the time in which requests to a site are counted.
const period = 60 * time.Second

// sites are what is known of them all.
type sites struct {
	o       options
	allHang atomic.Bool
	mu      sync.Mutex    // guards what follows
	times   [][]time.Time // of the requests to each site within the last minute
	most    int           // such requests to one site
}

func newSites(o options) *sites { return &sites{o: o, times: make([][]time.Time, o.sites)} }

// asked counts a request, and reports whether the site hangs. Which one it is says the address to which the client came. Sentinels never hang, and
// are not counted.
func (s *sites) asked(r *http.Request) (hang bool) {
	local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok {
		return false
	}
	ip := local.IP.To4()
	i := int(ip[1]-20)*62_500 + int(ip[2])*250 + int(ip[3]) - 1
	if i >= s.o.sites {
		return false
	}
	s.count(i, time.Now())
	return s.allHang.Load() || hangs(i, s.o.hang)
}

func (s *sites) count(i int, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.times[i] = append(slices.DeleteFunc(s.times[i], func(t time.Time) bool { return now.Sub(t) >= period }), now)
	s.most = max(s.most, len(s.times[i]))
}

func writeRoots(authority *ca.CA, folder string) (string, error) {
	path := folder + "/ca.pem"
	return path, os.WriteFile(path, authority.PEM(), 0o600)
}
