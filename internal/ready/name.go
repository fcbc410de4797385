package ready

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// soon is the longest that the old address of a name should be remembered when it is to be changed.
const soon = 5 * time.Minute

// name says where a host name points, and for how long resolvers remember that.
func (o *Options) name(ctx context.Context, name string) []Finding {
	if o.Offline {
		return one(Unknown, name, "DNS was not asked (--offline)", "")
	}
	a, err := o.Lookup(ctx, name)
	switch {
	case err != nil:
		return one(Unknown, name, fmt.Sprintf("DNS did not say where it is: %v", err), "check the spelling and the name servers")
	case len(a.Addrs) == 0:
		return one(Act, name, "has no address in DNS", "point it to this machine when the rest is ready")
	}
	return []Finding{o.points(name, a), remembered(name, a)}
}

func (o *Options) points(name string, a Answer) Finding {
	local, err := o.Local()
	list := join(a.Addrs)
	if err != nil {
		return Finding{Unknown, name, fmt.Sprintf("points to %s; this machine's addresses are not known: %v", list, err), ""}
	}
	here := 0
	for _, addr := range a.Addrs {
		if slices.Contains(local, addr) {
			here++
		}
	}
	switch here {
	case len(a.Addrs):
		return Finding{Good, name, "points to this machine (" + list + ")", ""}
	case 0:
		return Finding{
			Unknown, name, "points to " + list + ", which is no address of an interface here",
			"if that is a router or load balancer before this machine, all is well; else point it here when the rest is ready",
		}
	}
	return Finding{Act, name, "points to this machine and elsewhere (" + list + ")", "remove the addresses that are not this machine's: readers sent there go around Seawall"}
}

func remembered(name string, a Answer) Finding {
	text := fmt.Sprintf("resolvers remember its address for %v", a.TTL)
	if a.TTL > soon {
		return Finding{Act, name, text, "lower the TTL to 300 seconds, and wait as long as the old one before pointing it elsewhere"}
	}
	return Finding{Good, name, text + " or less, as far as the resolver asked tells", ""}
}

func join(addrs []netip.Addr) string {
	texts := make([]string, len(addrs))
	for i, a := range addrs {
		texts[i] = a.String()
	}
	return strings.Join(texts, ", ")
}

func localAddrs() ([]netip.Addr, error) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	var addrs []netip.Addr
	for _, a := range all {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			addrs = append(addrs, p.Addr().Unmap())
		}
	}
	return addrs, nil
}

// resolvers is where the system names its own.
const resolvers = "/etc/resolv.conf"

// lookup asks the system's resolvers for addresses with their time to live, which the standard library does not tell.
func lookup(ctx context.Context, name string) (Answer, error) {
	system, err := dns.ClientConfigFromFile(resolvers)
	if err != nil {
		return Answer{}, fmt.Errorf("read %s: %w", resolvers, err)
	}
	err = errors.New("no resolver is named in " + resolvers)
	for _, server := range system.Servers {
		var a Answer
		if a, err = lookupAt(ctx, net.JoinHostPort(server, system.Port), name); err == nil {
			return a, nil
		}
	}
	return Answer{}, err
}

// lookupAt asks one resolver.
func lookupAt(ctx context.Context, server, name string) (a Answer, err error) {
	for _, kind := range []uint16{dns.TypeA, dns.TypeAAAA} {
		question := new(dns.Msg).SetQuestion(dns.Fqdn(name), kind)
		reply, err := exchange(ctx, server, question)
		switch {
		case err != nil:
			return a, err
		case reply.Rcode != dns.RcodeSuccess && reply.Rcode != dns.RcodeNameError:
			return a, fmt.Errorf("%s says %s", server, dns.RcodeToString[reply.Rcode])
		}
		a.take(reply.Answer)
	}
	return a, nil
}

// exchange asks over UDP, and again over TCP when the answer did not fit.
func exchange(ctx context.Context, server string, question *dns.Msg) (*dns.Msg, error) {
	reply, _, err := (&dns.Client{}).ExchangeContext(ctx, question, server)
	if err == nil && reply.Truncated {
		reply, _, err = (&dns.Client{Net: "tcp"}).ExchangeContext(ctx, question, server)
	}
	return reply, err
}

// take adds the addresses of an answer; what leads to them counts for the time to live as well.
func (a *Answer) take(records []dns.RR) {
	for _, r := range records {
		ttl := time.Duration(r.Header().Ttl) * time.Second
		if a.TTL == 0 || ttl < a.TTL {
			a.TTL = ttl
		}
		var ip net.IP
		switch r := r.(type) {
		case *dns.A:
			ip = r.A
		case *dns.AAAA:
			ip = r.AAAA
		}
		if addr, ok := netip.AddrFromSlice(ip); ok {
			a.Addrs = append(a.Addrs, addr.Unmap())
		}
	}
}
