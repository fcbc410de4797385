package egress

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/net/idna"
)

// Refused is the error of a connection that was not tried. It is safe to show to whoever named the target.
type Refused struct {
	Host string
	Addr netip.AddrPort
	Why  string // such as "private address" or "port 22"
}

func (r *Refused) Error() string {
	return fmt.Sprintf("%s (%s) is refused: %s", r.Host, r.Addr, r.Why)
}

// Options say what a [Dialer] lets through. The zero value lets through every public address on every port.
type Options struct {
	// Ports are the ports that may be connected to, of hosts that were not allowed by name; empty: all.
	Ports []uint16
	// AllowHosts are the hosts that the operator allowed by name, in any case and script: names, or addresses as they are written in URLs.
	// They may have any address; and at an address that would be refused, any port. Every name stands for itself alone.
	AllowHosts []string
	// AllowSockets are addresses with ports that the operator named, such as resolvers.
	AllowSockets []netip.AddrPort
	// Gate, unless nil, has the last word on each connection that is otherwise allowed, just before it is tried. Its context is the
	// dial's; an error keeps the connection from being tried and is wrapped in the dial's. It may be called from many goroutines.
	Gate func(ctx context.Context, host string, addr netip.AddrPort) error
	// Timeout is for one connection; 0: none but the context's.
	Timeout time.Duration
	// Connect, unless nil, opens connections in place of the system, once an address has passed all of the above: for rehearsals in a network
	// of their own. Names are not looked up then.
	Connect func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error)
}

// Dialer opens connections. It is safe for concurrent use.
type Dialer struct {
	ports   []uint16
	hosts   map[string]bool
	sockets []netip.AddrPort
	gate    func(ctx context.Context, host string, addr netip.AddrPort) error
	timeout time.Duration
	connect func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error)

	tried, opened, refused atomic.Uint64
}

// Counts are what a Dialer has done since it was made.
type Counts struct {
	Tried   uint64 // sockets that began to connect
	Opened  uint64 // connections that were handed out
	Refused uint64 // sockets that did not begin to connect, by address, port or gate
}

// New returns a dialer. It refuses names in AllowHosts that are no host names, and "*".
func New(o Options) (*Dialer, error) {
	d := &Dialer{
		ports: slices.Clone(o.Ports), hosts: make(map[string]bool), sockets: slices.Clone(o.AllowSockets),
		gate: o.Gate, timeout: o.Timeout, connect: o.Connect,
	}
	for _, host := range o.AllowHosts {
		name, err := Host(host)
		if err != nil {
			return nil, fmt.Errorf("allow host %q: %w", host, err)
		}
		d.hosts[name] = true
	}
	return d, nil
}

// Host returns a host as the dialer compares it: a name in A-labels (RFC 5890), lower case, without a final dot; an address in its shortest
// form, without brackets.
func Host(host string) (string, error) {
	if addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")); err == nil {
		return addr.String(), nil
	}
	name, err := idna.Lookup.ToASCII(strings.TrimSuffix(host, "."))
	if err != nil {
		return "", err
	}
	if again, err := idna.Lookup.ToASCII(name); err != nil || again != name {
		return "", errors.New("no host name") // what is no UTF-8 becomes a name that is none
	}
	if name == "" || len(name) > 253 || strings.Contains(name, "..") || strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".") {
		return "", errors.New("no host name")
	}
	return name, nil
}

// Allowed reports whether the operator allowed a host by name.
func (d *Dialer) Allowed(host string) bool {
	name, err := Host(host)
	return err == nil && d.hosts[name]
}

// Counts returns what the dialer has done so far.
func (d *Dialer) Counts() Counts {
	return Counts{Tried: d.tried.Load(), Opened: d.opened.Load(), Refused: d.refused.Load()}
}

// DialContext connects to the host and port in address, as http.Transport.DialContext wants it. Names are looked up by the system; each
// address that it finds is judged. Network is "tcp", "udp", or one of these with the number of a family.
func (d *Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	return d.dial(ctx, network, host, address)
}

// DialAddr connects to an address that the caller found for a host.
func (d *Dialer) DialAddr(ctx context.Context, network, host string, addr netip.AddrPort) (net.Conn, error) {
	return d.dial(ctx, network, host, addr.String())
}

func (d *Dialer) dial(ctx context.Context, network, host, address string) (net.Conn, error) {
	nd := net.Dialer{
		Timeout: d.timeout,
		ControlContext: func(ctx context.Context, _, address string, _ syscall.RawConn) error {
			return d.admit(ctx, host, address)
		},
	}
	open := nd.DialContext
	if d.connect != nil {
		open = func(ctx context.Context, network, address string) (net.Conn, error) {
			return d.elsewhere(ctx, network, host, address)
		}
	}
	conn, err := open(ctx, network, address)
	if err != nil {
		return nil, err
	}
	d.opened.Add(1)
	return conn, nil
}

// elsewhere connects in a network that is not the system's, by the same rules.
func (d *Dialer) elsewhere(ctx context.Context, network, host, address string) (net.Conn, error) {
	addr, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", host, err)
	}
	if err := d.admit(ctx, host, address); err != nil {
		return nil, err
	}
	if d.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d.timeout)
		defer cancel()
	}
	return d.connect(ctx, network, addr)
}

// admit is what every socket passes between its making and its connecting: address is where it is about to connect.
func (d *Dialer) admit(ctx context.Context, host, address string) error {
	addr, err := netip.ParseAddrPort(address)
	if err == nil {
		err = d.check(host, addr)
	}
	if err == nil && d.gate != nil {
		err = d.gate(ctx, host, addr)
	}
	if err != nil {
		d.refused.Add(1)
		return err
	}
	d.tried.Add(1)
	return nil
}

// check returns a [*Refused] when a connection to host at addr would not be tried. It does not ask the gate.
func (d *Dialer) check(host string, addr netip.AddrPort) error {
	if slices.Contains(d.sockets, addr) {
		return nil
	}
	why := Judge(addr.Addr())
	switch {
	case why != "" && d.Allowed(host):
		return nil
	case why != "":
		return &Refused{Host: host, Addr: addr, Why: why + " address"}
	case len(d.ports) > 0 && !slices.Contains(d.ports, addr.Port()):
		return &Refused{Host: host, Addr: addr, Why: fmt.Sprintf("port %d", addr.Port())}
	}
	return nil
}

// Routed reports whether this machine has a way to an address, without sending anything: it connects a datagram socket, for which the system
// only looks up the way.
func (d *Dialer) Routed(addr netip.Addr) bool {
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, 443)))
	if err != nil {
		return false
	}
	_ = conn.Close() // nothing was written to it
	return true
}
