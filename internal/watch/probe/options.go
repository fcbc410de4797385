package probe

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/miekg/dns"

	"github.com/seawall-project/seawall/internal/egress"
)

// Limits bound one probe. Zero fields have the default, which is also the most that is accepted.
type Limits struct {
	DNS         time.Duration // all questions about a name; 5 s
	Connect     time.Duration // one connection; 5 s
	TLS         time.Duration // a handshake; 5 s
	TTFB        time.Duration // from the request to the end of the answer's head; 10 s
	Total       time.Duration // the whole probe; 15 s
	HeaderBytes int64         // of an answer's head; 64 KiB
	BodyBytes   int64         // of a body, after decoding; 512 KiB
	Redirects   int           // followed; 10
}

// defaults are the most that a probe takes.
var defaults = Limits{
	DNS: 5 * time.Second, Connect: 5 * time.Second, TLS: 5 * time.Second, TTFB: 10 * time.Second, Total: 15 * time.Second,
	HeaderBytes: 64 << 10, BodyBytes: 512 << 10, Redirects: 10,
}

// Options say who probes, and how.
type Options struct {
	// Contact is where owners of sites reach the operator: a mail address or a URL. It is sent with every request. Required.
	Contact string
	// Vantage is the name of this place, copied into results.
	Vantage string
	// Resolvers are asked for addresses, the first one first; at most three are used. None: those of /etc/resolv.conf; where that names none either,
	// probes of names end as [MeasurementFailed].
	Resolvers []netip.AddrPort
	// Roots are the authorities that certificates are verified by; nil: the system's.
	Roots *x509.CertPool
	// AllowHosts are hosts that may have private addresses, see [egress.Options]. Of such a host, at such an address, any path may be asked.
	AllowHosts []string
	// Sites are the only registrable domains that are asked, whoever asks for what; nil: any. Agents have theirs in a file of their own.
	Sites []string
	// Addresses are names that are not asked of DNS. "localhost" is always one.
	Addresses map[string][]netip.Addr
	// Budget counts the GETs of every site; nil: a new one for a single vantage.
	Budget *Budget
	Limits Limits
	// Connect, unless nil, opens connections in place of the system, to sites, resolvers and name servers, see [egress.Options]: for rehearsals.
	Connect func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error)
	// Remember has the prober ask a site that redirects, in its own registrable domain, where its page was found last. The chain is followed anew
	// after an hour, and once when that place stops answering well; where the budget ends a probe on the way, the next goes on from there.
	Remember bool
	// Now tells the time of results, budgets and certificates; nil: time.Now.
	Now func() time.Time
}

// resolvConf is where the system names its resolvers.
const resolvConf = "/etc/resolv.conf"

// check fills in what was left out, and returns the first thing that is wrong.
func (o *Options) check() error {
	if o.Contact == "" || strings.ContainsFunc(o.Contact, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '(' || r == ')' }) {
		return fmt.Errorf("contact %q: give a mail address or a URL, so that owners of sites know whom to ask", o.Contact)
	}
	if len(o.Contact) > 200 {
		return errors.New("contact: longer than 200 bytes")
	}
	if err := o.Limits.check(); err != nil {
		return err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Budget == nil {
		o.Budget, _ = NewBudget(1)
	}
	return nil
}

func systemResolvers() ([]netip.AddrPort, error) {
	system, err := dns.ClientConfigFromFile(resolvConf)
	if err != nil {
		return nil, fmt.Errorf("find resolvers: %w", err)
	}
	var all []netip.AddrPort
	for _, server := range system.Servers {
		if at, err := netip.ParseAddrPort(joinPort(server, system.Port)); err == nil {
			all = append(all, at)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("find resolvers: none in %s", resolvConf)
	}
	return all, nil
}

func joinPort(addr, port string) string {
	if strings.Contains(addr, ":") {
		return "[" + addr + "]:" + port
	}
	return addr + ":" + port
}

// check fills in defaults, and refuses limits beyond them.
func (l *Limits) check() error {
	for _, d := range []struct {
		name      string
		have, max *time.Duration
	}{
		{"dns", &l.DNS, &defaults.DNS},
		{"connect", &l.Connect, &defaults.Connect},
		{"tls", &l.TLS, &defaults.TLS},
		{"ttfb", &l.TTFB, &defaults.TTFB},
		{"total", &l.Total, &defaults.Total},
	} {
		if err := within(d.name, d.have, *d.max); err != nil {
			return err
		}
	}
	if err := within("header bytes", &l.HeaderBytes, defaults.HeaderBytes); err != nil {
		return err
	}
	if err := within("body bytes", &l.BodyBytes, defaults.BodyBytes); err != nil {
		return err
	}
	return within("redirects", &l.Redirects, defaults.Redirects)
}

// within sets have to the limit when it is zero, and refuses what is below zero or beyond the limit.
func within[T int | int64 | time.Duration](name string, have *T, limit T) error {
	if *have == 0 {
		*have = limit
	}
	if *have < 0 || *have > limit {
		return fmt.Errorf("limit %s: %v is not between 0 and %v", name, *have, limit)
	}
	return nil
}

// sites returns the only sites that are asked, as they are compared; nil when any is.
func (o *Options) sites() (map[string]bool, error) {
	if o.Sites == nil {
		return nil, nil
	}
	only := make(map[string]bool, len(o.Sites))
	for _, name := range o.Sites {
		host, err := egress.Host(name)
		if err != nil {
			return nil, fmt.Errorf("site %q: %w", name, err)
		}
		if Site(host, 0) != host {
			return nil, fmt.Errorf("site %q: give the registrable domain, %s", name, Site(host, 0))
		}
		only[host] = true
	}
	return only, nil
}

// addresses returns the names that are not asked of DNS, as they are compared.
func (o *Options) addresses() (map[string][]netip.Addr, error) {
	known := map[string][]netip.Addr{
		"localhost": {netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}, // RFC 6761, section 6.3
	}
	for name, addrs := range o.Addresses {
		host, err := egress.Host(name)
		if err != nil {
			return nil, fmt.Errorf("addresses of %q: %w", name, err)
		}
		known[host] = addrs
	}
	return known, nil
}
