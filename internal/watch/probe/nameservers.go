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

// maxNameServers is how many name servers of a domain are told of.
const maxNameServers = 16

// ErrNoNameServers is returned when the resolvers name no server of a domain.
var ErrNoNameServers = errors.New("no name servers")

// NameServers asks the resolvers for the name servers of a domain, and returns their names, lower case and in order, at most 16. An address, or a
// name that is not asked of DNS, has none. It asks one question, of one resolver after the other, within the limit for a name.
func (p *Prober) NameServers(ctx context.Context, domain string) ([]string, error) {
	host, err := egress.Host(domain)
	if err != nil {
		return nil, fmt.Errorf("name servers of %.80q: %w", domain, err)
	}
	if _, err := netip.ParseAddr(host); err == nil || p.names.knows(host) {
		return nil, nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, p.limits.DNS, errDNS)
	defer cancel()
	msg := p.names.askAny(ctx, question(host, dns.TypeNS))
	if msg == nil {
		return nil, fmt.Errorf("name servers of %s: %w", host, ErrNoNameServers)
	}
	var all []string
	for _, rr := range msg.Answer {
		ns, ok := rr.(*dns.NS)
		if !ok || !strings.EqualFold(ns.Hdr.Name, dns.Fqdn(host)) {
			continue
		}
		name, err := egress.Host(ns.Ns)
		if err == nil && !slices.Contains(all, name) && len(all) < maxNameServers {
			all = append(all, name)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("name servers of %s: %w", host, ErrNoNameServers)
	}
	slices.Sort(all)
	return all, nil
}

// knows reports whether DNS is not asked about a name.
func (r *resolver) knows(host string) bool {
	_, known := r.known[host]
	return known || strings.HasSuffix(host, ".localhost")
}
