package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/seawall-project/seawall/internal/ca"
)

// pageBytes is the size of a site's page.
const pageBytes = 50_000

// serveFakes is all sites at once: one listener on every address of loopback, which tells them apart by the name that clients ask for. It says
// its port and where the authority's certificate is, and ends with its standard input.
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
			if hanging(r, o) {
				<-r.Context().Done()
				return
			}
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = io.Copy(w, bytes.NewReader(page))
		}),
	}
	var ended sync.WaitGroup
	ended.Go(func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
		_ = server.Close()
	})
	fmt.Fprintf(out, "%d %s\n", ln.Addr().(*net.TCPAddr).Port, roots)
	_ = server.ServeTLS(ln, "", "")
	cancel()
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

// hanging reports whether the site that was asked hangs, by the address to which the client came. Sentinels never do.
func hanging(r *http.Request, o options) bool {
	local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok {
		return false
	}
	ip := local.IP.To4()
	i := int(ip[1]-20)*62_500 + int(ip[2])*250 + int(ip[3]) - 1
	return i < o.sites && hangs(i, o.hang)
}

func writeRoots(authority *ca.CA, folder string) (string, error) {
	path := folder + "/ca.pem"
	return path, os.WriteFile(path, authority.PEM(), 0o600)
}
