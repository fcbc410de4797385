package ready

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
)

// shared is what carriers give to customers behind their own translators (RFC 6598). It is reached from nowhere else.
var shared = netip.MustParsePrefix("100.64.0.0/10")

// public reports whether an address can be reached from anywhere, as far as the address tells.
func public(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !a.IsPrivate() && !shared.Contains(a)
}

// origin says whether a server that makes pages answers on an address that everybody can find.
func (o *Options) origin(ctx context.Context, base string) []Finding {
	u, err := url.Parse(base)
	if err != nil {
		return one(Unknown, base, "is no URL", "")
	}
	addrs, found := o.originAddrs(ctx, base, u.Hostname())
	if found != nil {
		return found
	}
	addrs = slices.DeleteFunc(addrs, func(a netip.Addr) bool { return !public(a) })
	switch {
	case len(addrs) == 0:
		return one(Good, base, "has no public address, so nobody can go around Seawall to it", "")
	case o.Offline:
		return one(Unknown, base, "has the public address "+join(addrs)+"; whether it answers there was not tried (--offline)", originRemedy)
	}
	return o.answers(ctx, base, net.JoinHostPort(addrs[0].String(), portOf(u)))
}

const originRemedy = "let its firewall take connections from this machine alone, and ask from another network whether it does"

// originAddrs returns where a host is, or why that is not known.
func (o *Options) originAddrs(ctx context.Context, base, host string) ([]netip.Addr, []Finding) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{addr.Unmap()}, nil
	}
	if o.Offline {
		return nil, one(Unknown, base, "its address was not looked up (--offline)", "")
	}
	a, err := o.Lookup(ctx, host)
	if err != nil || len(a.Addrs) == 0 {
		return nil, one(Unknown, base, "DNS has no address for it; this machine may know one all the same (/etc/hosts)", "")
	}
	return a.Addrs, nil
}

// answers tries one connection, and says nothing on it.
func (o *Options) answers(ctx context.Context, base, address string) []Finding {
	c, err := o.Dial(ctx, "tcp", address)
	if err != nil {
		return one(Act, base, fmt.Sprintf("does not answer on %s: %v", address, err), "start it, or let its firewall take connections from this machine")
	}
	_ = c.Close()
	return one(Act, base, "answers on "+address+", a public address: whoever learns it goes around Seawall", originRemedy)
}

func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}
