package loopback

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	proxyproto "github.com/pires/go-proxyproto"
)

// ErrNotLoopback is wrapped by every refusal: of an address outside 127.0.0.0/8 and ::1, of a name (even "localhost"), of a network
// that is not TCP.
var ErrNotLoopback = errors.New("not a loopback address")

// Options choose how a [Net] shows sources. The zero value is right for this system.
type Options struct {
	// Proxy makes sources travel in PROXY protocol headers even where the system can bind them.
	Proxy bool
}

// Net is the [Network] of the machine's own loopback. It opens sockets to and on 127.0.0.0/8 and ::1 and nowhere else: the check
// is made on the very address that is handed to connect(2) or bind(2), so no resolver, redirect or mistake in a caller gets past
// it. IPv4-mapped IPv6 addresses, zones and the unspecified addresses are refused. Its methods may be called from many goroutines
// at once.
type Net struct {
	proxied bool
}

var _ Network = (*Net)(nil)

// New returns the loopback of this machine.
func New(o Options) *Net {
	return &Net{proxied: o.Proxy || !bindsSources}
}

// Proxied implements [Network]: true when the system is not Linux or [Options.Proxy] asked for it.
func (n *Net) Proxied() bool { return n.proxied }

// Listen implements [Network]. Anything but a loopback address is refused with [ErrNotLoopback].
func (n *Net) Listen(ctx context.Context, addr netip.AddrPort) (net.Listener, error) {
	if err := check(addr.Addr()); err != nil {
		return nil, fmt.Errorf("listen on %v: %w", addr, err)
	}
	return listenConfig().Listen(ctx, "tcp", addr.String())
}

// Dial implements [Network]. The zero from lets the system choose the source; otherwise from is a loopback address too, of the
// same family as to. Where Proxied, a PROXY protocol version 2 header with from and the connection's own port goes first.
func (n *Net) Dial(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error) {
	conn, err := n.dial(ctx, from, to)
	if err != nil {
		return nil, fmt.Errorf("dial %v from %v: %w", to, from, err)
	}
	return conn, nil
}

func (n *Net) dial(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error) {
	if err := check(to.Addr()); err != nil {
		return nil, err
	}
	if !from.IsValid() {
		return n.connect(ctx, nil, to)
	}
	if err := check(from); err != nil {
		return nil, err
	}
	if !n.proxied {
		return n.connect(ctx, &net.TCPAddr{IP: from.AsSlice()}, to)
	}
	conn, err := n.connect(ctx, nil, to)
	if err != nil {
		return nil, err
	}
	if err := announce(conn, from, to); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

func (n *Net) connect(ctx context.Context, local *net.TCPAddr, to netip.AddrPort) (net.Conn, error) {
	return dialer(local).DialContext(ctx, "tcp", to.String())
}

// DialContext connects to address, "ip:port", with the system's choice of source and without a PROXY protocol header. It has the
// shape of http.Transport.DialContext, and refuses what [Net.Dial] refuses. A name is refused before anyone is asked what it means.
func (n *Net) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if err := checkText(network, address); err != nil {
		return nil, fmt.Errorf("dial %s %s: %w", network, address, err)
	}
	return dialer(nil).DialContext(ctx, network, address)
}

// announce writes the header that names from as the source of conn.
func announce(conn net.Conn, from netip.Addr, to netip.AddrPort) error {
	own, ok := conn.LocalAddr().(*net.TCPAddr)
	if !ok {
		return fmt.Errorf("local address %v is not TCP", conn.LocalAddr())
	}
	source := netip.AddrPortFrom(from, uint16(own.Port))
	header := proxyproto.HeaderProxyFromAddrs(2, net.TCPAddrFromAddrPort(source), net.TCPAddrFromAddrPort(to))
	if _, err := header.WriteTo(conn); err != nil {
		return fmt.Errorf("write PROXY header: %w", err)
	}
	return nil
}

// dialer returns the only kind of dialer in this package.
func dialer(local *net.TCPAddr) *net.Dialer {
	d := &net.Dialer{ControlContext: controlDial}
	if local != nil {
		d.LocalAddr = local
	}
	return d
}

// listenConfig returns the only kind of listener in this package.
func listenConfig() *net.ListenConfig {
	return &net.ListenConfig{Control: controlListen}
}

// controlDial runs on every socket before it is bound and connected. address is what connect(2) will get.
func controlDial(_ context.Context, network, address string, c syscall.RawConn) error {
	if err := checkText(network, address); err != nil {
		return err
	}
	return c.Control(lateBind)
}

// controlListen runs on every socket before it is bound. address is what bind(2) will get.
func controlListen(network, address string, _ syscall.RawConn) error {
	return checkText(network, address)
}
