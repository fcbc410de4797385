package probe

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"github.com/seawall-project/seawall/internal/egress"
)

// Limits of the way to a name's own server.
const (
	maxLabels    = 6 // zones that are tried from the name up
	maxReferrals = 3 // from there down
	maxServers   = 2 // of one zone
)

// nameServer is a server of a zone.
type nameServer struct {
	name string
	addr netip.Addr
}

var errNoAuthority = errors.New("its own server was not found")

// askOwn asks the name's own server. Its class is Unknown when there is none that could be asked, or none that answers for the name.
func (r *resolver) askOwn(ctx context.Context, host string, family Family) reply {
	servers := r.serversAbove(ctx, host)
	for range maxReferrals {
		own := reply{from: "its own server", class: Unknown, err: errNoAuthority}
		var deeper []nameServer
		for _, server := range servers[:min(len(servers), maxServers)] {
			if own, deeper = r.askServer(ctx, server, host, family); own.class != Unknown && own.class != DNSTimeout || len(deeper) > 0 {
				break
			}
		}
		if len(deeper) == 0 {
			return own
		}
		servers = deeper
	}
	return reply{from: "its own server", class: Unknown, err: errors.New("referred too often")}
}

// askServer asks one server of a zone, which either answers for the name, or names servers of a zone nearer to it, or is of no help.
func (r *resolver) askServer(ctx context.Context, server nameServer, host string, family Family) (reply, []nameServer) {
	at := netip.AddrPortFrom(server.addr, r.port)
	from := fmt.Sprintf("its own server %s (%s)", server.name, server.addr)
	kinds := kindsOf(family)
	replies := make([]reply, 0, len(kinds))
	for _, kind := range kinds {
		q := question(host, kind)
		q.RecursionDesired = false
		msg, err := r.exchange(ctx, server.name, at, q)
		if err != nil {
			class := exchangeClass(err)
			if class == unreachable {
				class = Unknown
			}
			return reply{from: from, class: class, err: err}, nil
		}
		if deeper := r.referral(ctx, msg, host); len(deeper) > 0 {
			return reply{from: from, class: Unknown, err: errNoAuthority}, deeper
		}
		one := read(msg, nil)
		if leadsAway(msg) || !msg.Authoritative && (one.class == OK || one.class == DNSNXDomain || one.class == DNSNoAnswer) {
			return reply{from: from, class: Unknown, err: errors.New("it does not answer for the name")}, nil
		}
		replies = append(replies, one)
	}
	return both(replies, from), nil
}

// leadsAway reports whether an answer is another name without an address, of which other servers know more.
func leadsAway(msg *dns.Msg) bool {
	return len(addresses(msg.Answer)) == 0 && slices.ContainsFunc(msg.Answer, func(rr dns.RR) bool { return rr.Header().Rrtype == dns.TypeCNAME })
}

// referral returns the servers that an answer names for a zone nearer to the name, with their addresses.
func (r *resolver) referral(ctx context.Context, msg *dns.Msg, host string) []nameServer {
	if msg.Authoritative || msg.Rcode != dns.RcodeSuccess || len(msg.Answer) > 0 {
		return nil
	}
	return r.locate(ctx, msg.Ns, msg.Extra, host)
}

// serversAbove asks the resolvers for the servers of the nearest zone above a name of which they know any.
func (r *resolver) serversAbove(ctx context.Context, host string) []nameServer {
	zone := dns.Fqdn(host)
	for range maxLabels {
		msg := r.askAny(ctx, question(zone, dns.TypeNS))
		if msg != nil {
			if servers := r.locate(ctx, msg.Answer, msg.Extra, host); len(servers) > 0 {
				return servers
			}
		}
		if zone == "." || ctx.Err() != nil {
			return nil
		}
		zone = parent(zone)
	}
	return nil
}

func parent(zone string) string {
	_, rest, ok := strings.Cut(strings.TrimSuffix(zone, "."), ".")
	if !ok {
		return "."
	}
	return rest + "."
}

// askAny asks one resolver after the other until one answers without an error; nil when none does.
func (r *resolver) askAny(ctx context.Context, q *dns.Msg) *dns.Msg {
	for _, server := range r.servers {
		ctx, cancel := context.WithTimeoutCause(ctx, r.limit/5, errDNS)
		msg, err := r.exchange(ctx, server.String(), server, q.Copy())
		cancel()
		if err == nil && msg.Rcode == dns.RcodeSuccess {
			return msg
		}
	}
	return nil
}

// locate returns servers among the NS records of a zone above host, with the first address of each that may be asked: from the records beside them,
// else from the resolvers.
func (r *resolver) locate(ctx context.Context, records, beside []dns.RR, host string) []nameServer {
	var servers []nameServer
	for _, rr := range records {
		ns, ok := rr.(*dns.NS)
		if !ok || len(servers) == maxServers || !dns.IsSubDomain(ns.Hdr.Name, dns.Fqdn(host)) {
			continue
		}
		name, err := egress.Host(ns.Ns)
		if err != nil {
			continue
		}
		addrs := glue(beside, ns.Ns)
		if len(addrs) == 0 {
			addrs = r.addressesOf(ctx, name)
		}
		if len(addrs) > 0 {
			servers = append(servers, nameServer{name, addrs[0]})
		}
	}
	return servers
}

// glue returns the addresses of a name among records.
func glue(records []dns.RR, name string) []netip.Addr {
	return addresses(slices.DeleteFunc(slices.Clone(records), func(rr dns.RR) bool { return !strings.EqualFold(rr.Header().Name, name) }))
}

func (r *resolver) addressesOf(ctx context.Context, name string) []netip.Addr {
	for _, kind := range kindsOf(FamilyNone) {
		if msg := r.askAny(ctx, question(name, kind)); msg != nil {
			if addrs := addresses(msg.Answer); len(addrs) > 0 {
				return addrs
			}
		}
	}
	return nil
}
