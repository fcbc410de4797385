package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"slices"
	"syscall"

	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/control"
)

// purpose is what a listener is for.
type purpose string

const (
	forReaders purpose = "readers"         // over TLS, unless sites are served without
	forPlain   purpose = "readers, plain"  // plain HTTP beside that
	forHTTP3   purpose = "readers, HTTP/3" // over UDP, beside TLS
	forAdmin   purpose = "metrics, health" // never where readers come
	forControl purpose = "control"         // a Unix socket
)

// place is a listener as a configuration names it. Equal places are one listener, which stays open when a new configuration has it
// too.
type place struct {
	purpose purpose
	address string
	tls     bool
	nth     int // of several with one address, which "port 0" allows
}

// socket is an open listener, and when it serves the way to end that.
type socket struct {
	place
	ln  net.Listener       // nil for UDP
	pc  net.PacketConn     // nil for all others
	end context.CancelFunc // nil before it serves
}

func (s *socket) addr() net.Addr {
	if s.pc != nil {
		return s.pc.LocalAddr()
	}
	return s.ln.Addr()
}

func (s *socket) close() {
	if s.pc != nil {
		_ = s.pc.Close()
		return
	}
	_ = s.ln.Close()
}

// wanted is a place with the path of its key in the configuration.
type wanted struct {
	place
	key      string
	optional bool // the configuration does not name it
}

// places returns what a configuration wants to listen on, in its order.
func (o *Options) places(cfg *config.Config) []wanted {
	var all []wanted
	add := func(key string, p place) {
		for _, w := range all {
			if w.purpose == p.purpose && w.address == p.address {
				p.nth++
			}
		}
		all = append(all, wanted{place: p, key: key, optional: p.purpose == forControl && cfg.Control == ""})
	}
	for i, addr := range cfg.Listen {
		add(fmt.Sprintf("listen[%d]", i), place{purpose: forReaders, address: addr, tls: cfg.Encrypted()})
		if cfg.HTTP3 && cfg.Encrypted() {
			add(fmt.Sprintf("listen[%d]", i), place{purpose: forHTTP3, address: addr, tls: true})
		}
	}
	for i, addr := range cfg.ListenHTTP {
		add(fmt.Sprintf("listen_http[%d]", i), place{purpose: forPlain, address: addr})
	}
	if cfg.Admin != "" {
		add("admin", place{purpose: forAdmin, address: cfg.Admin})
	}
	if path := cfg.ControlPath(o.Control); path != "" {
		add("control", place{purpose: forControl, address: path})
	}
	return all
}

// open returns the sockets that cfg wants, in its order: those of have that it names too, and the others newly opened. When some cannot
// be opened, all of those problems come back, and nothing has changed; missing is why there is no control socket when nobody named one.
func (o *Options) open(ctx context.Context, cfg *config.Config, have []*socket) (all []*socket, missing, err error) {
	var problems config.Problems
	var opened []*socket
	for _, w := range o.places(cfg) {
		if i := slices.IndexFunc(have, func(s *socket) bool { return s.place == w.place }); i >= 0 {
			all = append(all, have[i])
			continue
		}
		s, err := o.listenAt(ctx, w.place, all)
		if err != nil && w.optional {
			missing = err
			continue
		}
		if err != nil {
			problems = append(problems, listenProblem(cfg, w, have, err))
			continue
		}
		all, opened = append(all, s), append(opened, s)
	}
	if len(problems) > 0 {
		closeSockets(opened)
		return nil, nil, problems
	}
	return all, missing, nil
}

// listenAt opens a socket. One for HTTP/3 has the port of the one for TLS before it, also when that was picked.
func (o *Options) listenAt(ctx context.Context, p place, before []*socket) (*socket, error) {
	s := &socket{place: p}
	var err error
	switch p.purpose {
	case forControl:
		s.ln, err = control.Listen(ctx, p.address)
	case forHTTP3:
		s.pc, err = o.ListenPacket(ctx, "udp", samePort(p.address, before))
	default:
		s.ln, err = o.Listen(ctx, "tcp", p.address)
	}
	return s, err
}

// samePort returns address, with the port of the last socket of before, which is there when that one could be opened.
func samePort(address string, before []*socket) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil || len(before) == 0 {
		return address
	}
	_, port, err := net.SplitHostPort(before[len(before)-1].addr().String())
	if err != nil {
		return address
	}
	return net.JoinHostPort(host, port)
}

// stop ends serving; what is under way is drained by whoever serves.
func (s *socket) stop() {
	if s.end != nil {
		s.end()
		return
	}
	s.close()
}

func closeSockets(all []*socket) {
	for _, s := range all {
		s.close()
	}
}

// listenProblem says what is wrong with an address and what to do about it.
func listenProblem(cfg *config.Config, w wanted, have []*socket, err error) config.Problem {
	addr := w.address
	switch {
	case w.purpose == forControl:
		return controlProblem(cfg, addr, err)
	case errors.Is(err, syscall.EADDRINUSE) && slices.ContainsFunc(have, func(s *socket) bool { return sameAddress(s.addr().String(), addr) }):
		return cfg.Problem(w.key, addr+" is in use by this Seawall in another way",
			"restart Seawall for this change, or choose another address")
	case errors.Is(err, syscall.EADDRINUSE):
		return cfg.Problem(w.key, addr+" is already in use",
			"stop the program that listens there, or choose another address")
	case errors.Is(err, fs.ErrPermission):
		return cfg.Problem(w.key, "not allowed to listen on "+addr,
			"choose a port above 1023, or grant CAP_NET_BIND_SERVICE")
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return cfg.Problem(w.key, addr+" is not an address of this machine",
			"leave the host out to listen on every address")
	default:
		return cfg.Problem(w.key, fmt.Sprintf("cannot listen on %s: %v", addr, err), "choose another address")
	}
}

// sameAddress reports whether two addresses, the first of them open, have one port.
func sameAddress(a, b string) bool {
	_, portA, errA := net.SplitHostPort(a)
	_, portB, errB := net.SplitHostPort(b)
	return errA == nil && errB == nil && portA == portB
}
