package egress

import (
	"net/netip"
)

// special is the addresses that no name on the open network should lead to: the registries of special-purpose addresses that IANA keeps
// (RFC 6890, RFC 8190), multicast, and what cloud providers answer on for their own machines. The first match names the reason.
var special = [...]struct {
	prefix netip.Prefix
	why    string
}{
	{netip.MustParsePrefix("169.254.169.254/32"), "metadata"},
	{netip.MustParsePrefix("168.63.129.16/32"), "metadata"}, // of Azure, the one such address outside the special ranges
	{netip.MustParsePrefix("fd00:ec2::254/128"), "metadata"},
	{netip.MustParsePrefix("0.0.0.0/8"), "unspecified"},
	{netip.MustParsePrefix("10.0.0.0/8"), "private"},
	{netip.MustParsePrefix("100.64.0.0/10"), "shared by carriers"},
	{netip.MustParsePrefix("127.0.0.0/8"), "loopback"},
	{netip.MustParsePrefix("169.254.0.0/16"), "link-local"},
	{netip.MustParsePrefix("172.16.0.0/12"), "private"},
	{netip.MustParsePrefix("192.0.0.0/24"), "protocol assignment"},
	{netip.MustParsePrefix("192.0.2.0/24"), "documentation"},
	{netip.MustParsePrefix("192.88.99.0/24"), "6to4 relay"},
	{netip.MustParsePrefix("192.168.0.0/16"), "private"},
	{netip.MustParsePrefix("198.18.0.0/15"), "benchmarking"},
	{netip.MustParsePrefix("198.51.100.0/24"), "documentation"},
	{netip.MustParsePrefix("203.0.113.0/24"), "documentation"},
	{netip.MustParsePrefix("224.0.0.0/4"), "multicast"},
	{netip.MustParsePrefix("240.0.0.0/4"), "reserved"},
	{netip.MustParsePrefix("::/128"), "unspecified"},
	{netip.MustParsePrefix("::1/128"), "loopback"},
	{netip.MustParsePrefix("::ffff:0:0/96"), "IPv4-mapped"},
	{netip.MustParsePrefix("64:ff9b:1::/48"), "local NAT64"}, // where the IPv4 address sits is for each network to choose (RFC 8215)
	{netip.MustParsePrefix("100::/64"), "discard"},
	{netip.MustParsePrefix("2001::/32"), "Teredo"},
	{netip.MustParsePrefix("2001::/23"), "protocol assignment"},
	{netip.MustParsePrefix("2001:db8::/32"), "documentation"},
	{netip.MustParsePrefix("2002::/16"), "6to4"},
	{netip.MustParsePrefix("3fff::/20"), "documentation"},
	{netip.MustParsePrefix("fc00::/7"), "private"},
	{netip.MustParsePrefix("fe80::/10"), "link-local"},
	{netip.MustParsePrefix("ff00::/8"), "multicast"},
}

var (
	unicast = netip.MustParsePrefix("2000::/3")     // all of IPv6 that is given out for the open network
	nat64   = netip.MustParsePrefix("64:ff9b::/96") // the last four bytes are an IPv4 address (RFC 6052)
)

// Judge returns why nothing is sent to an address, in a few words, or "" when it is a plain address of the open network. Forms of IPv6 that
// carry an IPv4 address are refused, except those of the well-known NAT64 prefix, of which the IPv4 address is judged: where a vantage has IPv6
// alone, its resolver makes such addresses for every site that has IPv4 alone. An address with a zone, and the zero Addr, are refused.
func Judge(addr netip.Addr) string {
	if !addr.IsValid() {
		return "no address"
	}
	if addr.Zone() != "" {
		return "link-local" // only such addresses have use for a zone
	}
	if nat64.Contains(addr) {
		b := addr.As16()
		if why := Judge(netip.AddrFrom4([4]byte(b[12:]))); why != "" {
			return "NAT64 of " + why
		}
		return ""
	}
	for _, s := range &special {
		if s.prefix.Contains(addr) {
			return s.why
		}
	}
	if addr.Is6() && !unicast.Contains(addr) {
		return "reserved"
	}
	return ""
}
