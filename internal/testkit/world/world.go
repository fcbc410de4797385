// Package world is a small internet in memory for tests: names in a DNS, hosts that speak HTTPS, vantages that reach them, and what goes wrong between
// them, minute by minute. With testing/synctest, an hour of it takes no time.
//
//	w := world.New(t)
//	w.Host("www.example.org", "192.0.2.10")
//	w.Fault = func(at time.Duration, from, host string) world.What { … }
//	probe.Options{Resolvers: w.Resolvers(), Roots: w.Roots(), AllowHosts: w.Names(), Connect: w.From("198.51.100.1")}
//
// Nothing in it reaches anybody outside. Faults of the line are made where a connection is opened, faults of the program where a request is
// answered. An answer of DNS, a connection and an answer of a host each take 20 to 80 ms.
package world

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/testkit/memnet"
)

// What is what somebody meets at a host.
type What int

// What there is to meet. The zero value is the host's own page.
const (
	Page       What = iota
	Refused         // the connection is refused
	Lost            // nothing answers: the line, or a filter on the way
	NoName          // the name is not resolved: the resolver says that its servers fail
	BadGateway      // 502
	Overload        // 503 with Retry-After
	Challenge       // a protection product wants a proof
	Blocked         // a protection product refuses whoever asks
	Slow            // the page comes after eight seconds
	Defaced         // 200, with another page
	Expired         // the certificate is out of its time
	Cut             // the page breaks off halfway
)

// World is a network of its own. Use it in one bubble.
type World struct {
	// Fault says what somebody at an address meets at a host, so long after the beginning. Nil, or before Open: the page.
	Fault func(at time.Duration, from, host string) What

	t     testing.TB
	net   *memnet.Network
	begun time.Time
	ca    *authority

	mu      sync.Mutex // guards what follows
	names   map[string][]netip.Addr
	servers []*http.Server
	serving sync.WaitGroup
}

// resolver is where DNS is, in every world.
var resolver = netip.MustParseAddrPort("192.0.2.53:53")

// New returns a world with a DNS that knows no name. It ends with t.
func New(t testing.TB) *World {
	t.Helper()
	w := &World{t: t, net: memnet.New(), begun: time.Now(), ca: newAuthority(t), names: make(map[string][]netip.Addr)}
	ln, err := w.net.Listen(t.Context(), resolver)
	if err != nil {
		t.Fatal(err)
	}
	w.serving.Go(func() { w.serveDNS(ln) })
	t.Cleanup(func() {
		err := ln.Close()
		for _, s := range w.servers {
			err = errors.Join(err, s.Close())
		}
		if w.serving.Wait(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// Host puts a name into DNS, and on the network, at its addresses, a host that answers HTTPS for it. Names may share an address.
func (w *World) Host(name string, addrs ...string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, text := range addrs {
		addr := netip.MustParseAddr(text)
		taken := false
		for _, others := range w.names {
			taken = taken || slices.Contains(others, addr)
		}
		w.names[name] = append(w.names[name], addr)
		if !taken {
			w.serve(netip.AddrPortFrom(addr, 443))
		}
	}
}

// serve answers HTTPS at an address.
func (w *World) serve(at netip.AddrPort) {
	w.t.Helper()
	s := &http.Server{
		Handler: http.HandlerFunc(w.page), ReadHeaderTimeout: time.Minute, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
		TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: w.certificate},
	}
	w.servers = append(w.servers, s)
	ln, err := w.net.Listen(w.t.Context(), at)
	if err != nil {
		w.t.Fatal(err)
	}
	w.serving.Go(func() { _ = s.ServeTLS(ln, "", "") })
}

// Resolvers returns where DNS is.
func (w *World) Resolvers() []netip.AddrPort { return []netip.AddrPort{resolver} }

// Names returns every name that there is.
func (w *World) Names() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []string
	for name := range w.names {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// From returns what connects from a vantage at an address, as a prober's Connect.
func (w *World) From(vantage string) func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
	from := netip.MustParseAddr(vantage)
	return func(ctx context.Context, network string, to netip.AddrPort) (net.Conn, error) {
		what := w.meet(from, to)
		switch what {
		case Refused:
			return nil, failed(network, to, os.NewSyscallError("connect", syscall.ECONNREFUSED))
		case Lost:
			<-ctx.Done()
			return nil, failed(network, to, context.Cause(ctx))
		}
		if to != resolver {
			pause(ctx, w.latency(from.String(), to.String()))
		}
		return w.net.Dial(ctx, from, to)
	}
}

// latency returns how long something takes between two, which changes with time and is the same in each world.
func (w *World) latency(from, to string) time.Duration {
	h := fnv.New64a()
	_, _ = fmt.Fprint(h, from, to, time.Since(w.begun))
	return 20*time.Millisecond + time.Duration(h.Sum64()%60)*time.Millisecond
}

// pause waits, or as long as whoever asks does.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func failed(network string, to netip.AddrPort, err error) error {
	return &net.OpError{Op: "dial", Net: network, Addr: net.TCPAddrFromAddrPort(to), Err: err}
}

// meet returns what somebody at an address meets at another.
func (w *World) meet(from netip.Addr, to netip.AddrPort) What {
	w.mu.Lock()
	host := "resolver"
	for name, addrs := range w.names {
		if slices.Contains(addrs, to.Addr()) && (host == "resolver" || name < host) {
			host = name
		}
	}
	w.mu.Unlock()
	return w.what(from.String(), host)
}

func (w *World) what(from, host string) What {
	if w.Fault == nil {
		return Page
	}
	return w.Fault(time.Since(w.begun), from, host)
}
