// Package origin is the rehearsal's origin: a small newspaper on a content management system with eight workers, as a small site
// has it. A page costs a worker what [work.Kind.Cost] says, spent waiting and not computing, so that the origin falls over under
// expensive requests as a real one does while the machine stays free for what is measured.
//
// In front of the workers stands what a web server does alone: assets, the feed, and a bare 502 when too many wait.
package origin

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	proxyproto "github.com/pires/go-proxyproto"

	"github.com/seawall-project/seawall/internal/drill/paper"
	"github.com/seawall-project/seawall/internal/drill/work"
)

// The defaults of [Options].
const (
	DefaultWorkers = 8
	DefaultQueue   = 128
)

// Limits on one connection, those of a web server as it is installed.
const (
	headTime  = 60 * time.Second
	idleTime  = 75 * time.Second
	headBytes = 32 << 10
	bodyBytes = 64 << 10
)

// Options say what the origin serves and how much of it at once.
type Options struct {
	Paper *paper.Paper // required

	// Match names the work behind targets that the paper does not have, such as those of an attack order: method as sent,
	// target with its query. ok false leaves the request to the paper. noStore says that no cache may keep the answer. It does not block and may
	// be called from many goroutines. Nil matches nothing.
	Match func(method, target string) (kind work.Kind, noStore, ok bool)

	Workers int  // dynamic requests worked on at once; 0 means [DefaultWorkers]
	Queue   int  // dynamic requests that may wait for a worker; 0 means [DefaultQueue]
	Proxied bool // connections may begin with a PROXY protocol header, whose source is believed
}

// Origin serves the newspaper. Its methods may be called from many goroutines at once.
type Origin struct {
	paper   *paper.Paper
	match   func(method, target string) (work.Kind, bool, bool)
	proxied bool
	pool    *pool
	counts  counts
}

// New returns an origin that serves as o says, once [Origin.Serve] is called.
func New(o Options) (*Origin, error) {
	if o.Paper == nil {
		return nil, errors.New("origin without a paper")
	}
	if o.Workers < 0 || o.Queue < 0 {
		return nil, fmt.Errorf("origin with %d workers and a queue of %d", o.Workers, o.Queue)
	}
	if o.Workers == 0 {
		o.Workers = DefaultWorkers
	}
	if o.Queue == 0 {
		o.Queue = DefaultQueue
	}
	if o.Match == nil {
		o.Match = func(string, string) (work.Kind, bool, bool) { return 0, false, false }
	}
	return &Origin{paper: o.Paper, match: o.Match, proxied: o.Proxied, pool: newPool(o.Workers, o.Queue)}, nil
}

// Serve answers connections from ln, which it closes, until ctx ends: HTTP/1.1 when tlsConfig is nil, else HTTP/2 and HTTP/1.1 over TLS.
// When ctx ends, everything under way is cut off; Serve returns when the last goroutine has ended, nil then, else why accepting
// failed. It may be called for several listeners at once; they share the workers.
func (o *Origin) Serve(ctx context.Context, ln net.Listener, tlsConfig *tls.Config) error {
	defer ln.Close()
	if o.proxied {
		ln = &proxyproto.Listener{Listener: ln, ConnPolicy: useHeader, ReadHeaderTimeout: headTime}
	}
	under := &underway{}
	server := &http.Server{
		Handler:           under.handler(&handler{origin: o, stop: ctx.Done()}),
		ConnState:         under.connState,
		ReadTimeout:       headTime,
		WriteTimeout:      headTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    headBytes,
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
		TLSConfig:         tlsConfig.Clone(),
		ReadHeaderTimeout: headTime,
	}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	err := accept(server, ln)
	if !stop() {
		err = nil // accepting ended because ctx did
	}
	server.Close() // again, for a connection accepted while the first Close was at work
	under.wait()
	if err != nil {
		return fmt.Errorf("serve newspaper: %w", err)
	}
	return nil
}

func accept(server *http.Server, ln net.Listener) error {
	if server.TLSConfig == nil {
		return server.Serve(ln)
	}
	return server.ServeTLS(ln, "", "")
}

func useHeader(proxyproto.ConnPolicyOptions) (proxyproto.Policy, error) { return proxyproto.USE, nil }
