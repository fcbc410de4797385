package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"

	"github.com/seawall-project/seawall/internal/egress"
)

// maxResolvers is how many resolvers are asked about one name.
const maxResolvers = 3

// maxAddrs is how many addresses of a name are kept, of each family.
const maxAddrs = 16

// resolver finds the addresses of names. On doubt it asks its other resolvers, and the name's own servers.
type resolver struct {
	servers []netip.AddrPort
	missing error          // why there are no servers
	door    *egress.Dialer // to resolvers and name servers
	limit   time.Duration  // for all questions about one name
	known   map[string][]netip.Addr
	port    uint16 // of name servers
}

// newResolver returns a resolver by a prober's options, of which limits are settled, with the names that are not asked for. Name servers that the
// operator allowed by name may have private addresses.
func newResolver(o *Options, known map[string][]netip.Addr) (*resolver, error) {
	r := &resolver{limit: o.Limits.DNS, known: known, port: 53}
	servers := o.Resolvers
	if len(servers) == 0 {
		servers, r.missing = systemResolvers()
	}
	r.servers = slices.Clone(servers[:min(len(servers), maxResolvers)])
	var err error
	r.door, err = egress.New(egress.Options{Ports: []uint16{53}, AllowHosts: o.AllowHosts, AllowSockets: r.servers, Connect: o.Connect})
	return r, err
}

// unreachable is, beside the classes, how asking a resolver may end: this machine has no way to it, or nothing answers there.
const unreachable = MeasurementFailed

// found is what DNS says of a name that is there.
type found struct {
	addrs []netip.Addr
	cname string // the name that it is another name for, without a final dot; empty when it is its own
}

// reply is what one server says about a name.
type reply struct {
	found
	from  string
	class Class // OK: it has addresses
	err   error
}

// errDNS is the end of the time for a name.
var errDNS = fmt.Errorf("the time for DNS is over: %w", context.DeadlineExceeded)

// lookup returns the addresses of a name. The down-classes of DNS need two of several resolvers, or the name's own server, to agree.
func (r *resolver) lookup(ctx context.Context, host string, family Family) (found, *failure) {
	if addrs, ok := r.known[host]; ok {
		return found{addrs: ofFamily(addrs, family)}, nil
	}
	if strings.HasSuffix(host, ".localhost") {
		return found{addrs: ofFamily(r.known["localhost"], family)}, nil
	}
	if r.missing != nil {
		return found{}, &failure{MeasurementFailed, r.missing}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, r.limit, errDNS)
	defer cancel()
	first := r.ask(ctx, r.servers[0], host, family, r.limit*2/5)
	if first.class == OK {
		return first.found, nil
	}
	replies, own := r.doubt(ctx, first, host, family)
	return r.decide(ctx, replies, own)
}

// doubt asks everybody else about a name: the other resolvers, the first again when it did not answer, and the name's own server.
func (r *resolver) doubt(ctx context.Context, first reply, host string, family Family) (replies []reply, own reply) {
	replies = make([]reply, len(r.servers))
	replies[0] = first
	var asking sync.WaitGroup
	for i, server := range r.servers {
		if i == 0 && first.class != DNSTimeout {
			continue
		}
		asking.Go(func() { replies[i] = r.ask(ctx, server, host, family, r.limit*2/5) })
	}
	asking.Go(func() { own = r.askOwn(ctx, host, family) })
	asking.Wait()
	return replies, own
}

// decide makes one answer of several. Own is what the name's own server said; Unknown when it could not be asked.
func (r *resolver) decide(ctx context.Context, replies []reply, own reply) (found, *failure) {
	votes := map[Class]int{}
	var errs []error
	voters := 0
	for _, one := range replies {
		if one.class == OK {
			return one.found, nil
		}
		errs = append(errs, fmt.Errorf("%s: %w", one.from, one.err))
		if one.class != unreachable {
			votes[one.class]++
			voters++
		}
	}
	if own.err != nil {
		errs = append(errs, fmt.Errorf("%s: %w", own.from, own.err))
	}
	all := errors.Join(errs...)
	if voters == 0 || voters == votes[DNSTimeout] && !r.alive(ctx) {
		return found{}, &failure{MeasurementFailed, fmt.Errorf("no resolver answers: %w", all)}
	}
	for _, class := range [...]Class{DNSNXDomain, DNSNoAnswer, DNSServFail, DNSRefused, DNSTimeout} {
		switch {
		case votes[class] >= 2,
			votes[class] == 1 && own.class == class && class != DNSTimeout,
			votes[class] == 1 && voters == 1 && own.class == Unknown:
			return found{}, &failure{class, all}
		}
	}
	if own.class == OK {
		return own.found, nil
	}
	if votes[DNSServFail]+votes[DNSTimeout] == voters && (own.class == DNSTimeout || own.class == Unknown) {
		if votes[DNSServFail] == 0 {
			return found{}, &failure{DNSTimeout, all}
		}
		return found{}, &failure{DNSServFail, all} // some say that the name's servers fail, some wait for them still
	}
	if own.class != Unknown && own.class != DNSTimeout {
		return found{}, &failure{own.class, all}
	}
	return found{}, &failure{Unknown, fmt.Errorf("resolvers disagree: %w", all)}
}

// alive reports whether any resolver answers a question that every resolver knows the answer to.
func (r *resolver) alive(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.limit/5)
	defer cancel()
	answers := make([]bool, len(r.servers))
	var asking sync.WaitGroup
	for i, server := range r.servers {
		asking.Go(func() {
			_, err := r.exchange(ctx, server.String(), server, question(".", dns.TypeNS))
			answers[i] = err == nil
		})
	}
	asking.Wait()
	return slices.Contains(answers, true)
}

// ask asks one resolver for the addresses of a name.
func (r *resolver) ask(ctx context.Context, server netip.AddrPort, host string, family Family, limit time.Duration) reply {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errDNS)
	defer cancel()
	kinds := kindsOf(family)
	replies := make([]reply, len(kinds))
	var asking sync.WaitGroup
	for i, kind := range kinds {
		asking.Go(func() {
			msg, err := r.exchange(ctx, server.String(), server, question(host, kind))
			replies[i] = read(msg, err)
		})
	}
	asking.Wait()
	return both(replies, server.String())
}

func kindsOf(family Family) []uint16 {
	switch family {
	case IPv4:
		return []uint16{dns.TypeA}
	case IPv6:
		return []uint16{dns.TypeAAAA}
	}
	return []uint16{dns.TypeA, dns.TypeAAAA}
}

// both makes one reply of the replies for each family: addresses where there are any; else what went wrong; else that there are none.
func both(replies []reply, from string) reply {
	sum := reply{from: from, class: DNSNoAnswer, err: errNoAddress}
	for _, one := range replies {
		switch {
		case one.class == OK:
			sum.class, sum.err = OK, nil
			sum.addrs = append(sum.addrs, one.addrs...)
			sum.cname = one.cname
		case sum.class == DNSNoAnswer:
			sum.class, sum.err = one.class, one.err
		}
	}
	return sum
}

var errNoAddress = errors.New("no address")

func question(name string, kind uint16) *dns.Msg {
	m := new(dns.Msg).SetQuestion(dns.Fqdn(name), kind)
	m.SetEdns0(maxDatagram, false)
	return m
}

// maxDatagram is the longest answer taken over UDP, in bytes; longer ones are asked for over TCP. It goes through any network in one piece.
const maxDatagram = 1232

// exchange asks one question of one server, which has a name for whoever reads a refusal.
func (r *resolver) exchange(ctx context.Context, name string, server netip.AddrPort, q *dns.Msg) (*dns.Msg, error) {
	msg, err := r.over(ctx, "udp", name, server, q)
	if err == nil && msg.Truncated {
		msg, err = r.over(ctx, "tcp", name, server, q)
	}
	return msg, err
}

func (r *resolver) over(ctx context.Context, network, name string, server netip.AddrPort, q *dns.Msg) (*dns.Msg, error) {
	conn, err := r.door.DialAddr(ctx, network, name, server)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }() // one question, one connection
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	client := dns.Client{Net: network, UDPSize: maxDatagram, Timeout: r.limit}
	msg, _, err := client.ExchangeWithConnContext(ctx, q, &dns.Conn{Conn: conn, UDPSize: maxDatagram})
	if err != nil {
		return nil, err
	}
	if len(msg.Question) != 1 || !strings.EqualFold(msg.Question[0].Name, q.Question[0].Name) || msg.Question[0].Qtype != q.Question[0].Qtype {
		return nil, errors.New("an answer to another question")
	}
	return msg, nil
}

// read makes a reply of what a server said.
func read(msg *dns.Msg, err error) reply {
	if err != nil {
		return reply{class: exchangeClass(err), err: err}
	}
	switch msg.Rcode {
	case dns.RcodeSuccess:
	case dns.RcodeNameError:
		return reply{class: DNSNXDomain, err: errors.New("no such name (NXDOMAIN)")}
	case dns.RcodeRefused:
		return reply{class: DNSRefused, err: errors.New("the question is refused (REFUSED)")}
	default:
		return reply{class: DNSServFail, err: fmt.Errorf("the server fails (%s)", dns.RcodeToString[msg.Rcode])}
	}
	if addrs := addresses(msg.Answer); len(addrs) > 0 {
		return reply{class: OK, found: found{addrs, lastName(msg.Answer)}}
	}
	return reply{class: DNSNoAnswer, err: errNoAddress}
}

// exchangeClass classifies what asking a server ended with.
func exchangeClass(err error) Class {
	switch {
	case refusal(err), says(err, errnoRefused), says(err, errnoUnreachable), says(err, errnoLocal), says(err, errnoReset):
		return unreachable
	case errors.Is(err, context.Canceled):
		return MeasurementFailed
	case late(err):
		return DNSTimeout
	}
	return DNSServFail // it answers, and not as a name server does
}

// lastName returns the name that the CNAME records of an answer lead to, which resolvers put in order; empty without any.
func lastName(records []dns.RR) string {
	for _, rr := range slices.Backward(records) {
		if cname, ok := rr.(*dns.CNAME); ok {
			return clip(strings.ToLower(strings.TrimSuffix(cname.Target, ".")), maxHeader)
		}
	}
	return ""
}

// addresses returns the addresses in an answer.
func addresses(records []dns.RR) []netip.Addr {
	var addrs []netip.Addr
	for _, rr := range records {
		var ip net.IP
		switch rr := rr.(type) {
		case *dns.A:
			ip = rr.A.To4()
		case *dns.AAAA:
			ip = rr.AAAA.To16()
		}
		if addr, ok := netip.AddrFromSlice(ip); ok && len(addrs) < maxAddrs {
			addrs = append(addrs, addr)
		}
	}
	return addrs
}
