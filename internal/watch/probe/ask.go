package probe

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/seawall-project/seawall/internal/egress"
)

// ticket is what a request carries to the gate: at most one GET is paid for and sent with it, whatever the number of addresses tried for it.
type ticket struct {
	at    place
	plain bool // the home page, or the page agreed on, or where the site itself redirected to
	paid  bool
	tries int
}

type ticketKey struct{}

// maxTries is how many addresses are tried for one request.
const maxTries = 3

// gate has the last word before a connection is tried: it asks the list of sites, the rules of this moment, and the budget.
func (p *Prober) gate(ctx context.Context, host string, addr netip.AddrPort) error {
	t, ok := ctx.Value(ticketKey{}).(*ticket)
	if !ok || host != t.at.host || addr.Port() != t.at.port {
		return &RefusedURL{host, "nobody asked for it"}
	}
	if why := cmp.Or(p.strange(host), p.rules.Load().refuses(host, addr.Port(), unescaped(t.at.path))); why != "" {
		return &RefusedURL{t.at.String(), why}
	}
	if !t.plain && egress.Judge(addr.Addr()) == "" {
		return &RefusedURL{t.at.String(), "at a public address, only the home page is asked for, and one page that was agreed on with the owner"}
	}
	if t.tries++; t.tries > maxTries {
		return &RefusedURL{t.at.String(), "enough addresses were tried"}
	}
	if t.paid {
		return nil
	}
	if err := p.options.Budget.Take(t.at.site(), p.options.Now()); err != nil {
		return err
	}
	t.paid = true
	return nil
}

// ask sends one request and fills in the result. It returns where a redirect leads, or how the probe ended.
func (run *run) ask(ctx context.Context, at place) (next place, end *failure) {
	if err := run.begins(at); err != nil {
		return at, &failure{RefusedTarget, err} // before any question about its name; the gate decides
	}
	run.r.Status, run.r.Protocol, run.r.Family, run.r.Address = 0, "", FamilyNone, netip.Addr{}
	run.r.Timings = notReached
	run.r.Evidence.Certificate, run.r.Evidence.Headers, run.r.Evidence.CNAME, run.r.Evidence.TLS = nil, nil, "", ""

	addrs, f := run.resolve(ctx, at)
	if f != nil || at.scheme == "dns" {
		return at, orOK(f)
	}
	run.pause(ctx, at)
	conn, f := run.connect(ctx, at, addrs)
	if f != nil {
		return at, f
	}
	defer func() { _ = conn.Close() }() // the answer has been read as far as it will be
	if at.scheme == "tcp" {
		return at, orOK(nil)
	}
	var secure *tls.Conn
	if at.scheme != "http" {
		if secure, f = run.handshake(ctx, at, conn); f != nil || at.scheme == "tls" {
			return at, orOK(f)
		}
	}
	return run.get(ctx, at, conn, secure)
}

func orOK(f *failure) *failure {
	if f == nil {
		return &failure{class: OK}
	}
	return f
}

// timed runs one phase and writes down how long it took, however it ends.
func timed(into *time.Duration, phase func() *failure) *failure {
	begin := time.Now()
	f := phase()
	*into = time.Since(begin)
	return f
}

// resolve finds the addresses of a place, in the order in which they are tried.
func (run *run) resolve(ctx context.Context, at place) (addrs []netip.Addr, f *failure) {
	if at.addr.IsValid() {
		return ofFamily([]netip.Addr{at.addr}, run.target.Family), nil
	}
	run.r.Phase = PhaseDNS
	f = timed(&run.r.Timings.DNS, func() (f *failure) {
		var there found
		there, f = run.names.lookup(ctx, at.host, run.target.Family)
		addrs, run.r.Evidence.CNAME = there.addrs, there.cname
		if f != nil && errors.Is(ctx.Err(), context.Canceled) {
			f.class = MeasurementFailed // whoever asked for the probe has gone
		}
		return f
	})
	return inTurn(addrs, run.target.First), f
}

func ofFamily(addrs []netip.Addr, family Family) []netip.Addr {
	var of []netip.Addr
	for _, a := range addrs {
		if family == FamilyNone || family == familyOf(a) {
			of = append(of, a)
		}
	}
	return of
}

func familyOf(a netip.Addr) Family {
	if a.Unmap().Is4() {
		return IPv4
	}
	return IPv6
}

// inTurn returns addresses in the order in which they are tried: the first of the family that goes first, IPv4 unless it is said otherwise, the first of
// the other, the second of the one, and so on.
func inTurn(addrs []netip.Addr, first Family) []netip.Addr {
	one, other := ofFamily(addrs, IPv4), ofFamily(addrs, IPv6)
	if first == IPv6 {
		one, other = other, one
	}
	var order []netip.Addr
	for i := range max(len(one), len(other)) {
		if i < len(one) {
			order = append(order, one[i])
		}
		if i < len(other) {
			order = append(order, other[i])
		}
	}
	return order
}

// connect tries addresses until one answers. What is reported when none does is the first failure that is not of this vantage's making.
func (run *run) connect(ctx context.Context, at place, addrs []netip.Addr) (net.Conn, *failure) {
	run.r.Phase = PhaseTCP
	t := &ticket{at: at, plain: at != run.from || run.target.is(at.path)}
	ctx = context.WithValue(ctx, ticketKey{}, t)
	worst := &failure{DNSNoAnswer, fmt.Errorf("%s has no address of the family asked for", at.host)}
	firstClass, firstErr := OK, error(nil)
	begin := time.Now()
	for i, addr := range addrs[:min(len(addrs), maxTries)] {
		conn, err := run.door.DialAddr(ctx, "tcp", at.host, netip.AddrPortFrom(addr, at.port))
		took := time.Since(begin)
		class := OK
		if err != nil {
			class = run.connectClass(addr, err)
		}
		if i == 0 || class == OK || worst.class.Vote() == NoVote && class.Vote() != NoVote {
			run.r.Address, run.r.Family = addr, familyOf(addr)
			worst = &failure{class, err}
		}
		run.r.Timings.TCP = took
		if class == OK {
			if lost := addrs[0]; i > 0 && firstClass.Vote() == Down && familyOf(lost) != familyOf(addr) {
				run.lose(lost, firstErr)
			}
			return &meter{Conn: conn, left: maxWire}, nil
		}
		if i == 0 {
			firstClass, firstErr = class, err
		}
		if ctx.Err() != nil {
			break
		}
	}
	if worst.class == RefusedTarget {
		run.r.Phase, run.r.Timings.TCP = PhaseDNS, NotReached // no socket began to connect
		if at.addr.IsValid() {
			run.r.Phase = PhaseNone
		}
	}
	return nil, worst
}

// connectClass classifies a failed connection. Where the machine has no way to any such address, the failure is its own.
func (run *run) connectClass(addr netip.Addr, err error) Class {
	class := connectClass(err)
	if class == TCPUnreachable && !run.door.Routed(addr) {
		return MeasurementFailed
	}
	return class
}

// maxWire is the most that is read from one connection, in bytes: what an honest answer within the limits needs, with room to spare. It ends
// answers that go on without saying anything.
const maxWire = 4 << 20

// meter is a connection that ends after so many bytes.
type meter struct {
	net.Conn
	left int64
}

var errTooMuch = fmt.Errorf("more than %d bytes for one answer", maxWire)

func (m *meter) Read(b []byte) (int, error) {
	if m.left <= 0 {
		return 0, errTooMuch
	}
	n, err := m.Conn.Read(b[:min(int64(len(b)), m.left)])
	m.left -= int64(n)
	return n, err
}
