package prefix

import (
	"net/netip"
	"slices"
	"time"
)

// special are the networks that are nobody's on the internet (IANA's special-purpose registries of IPv4 and IPv6), but for those of documentation.
var special = mustParse(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.88.99.0/24", "192.168.0.0/16",
	"198.18.0.0/15", "224.0.0.0/3", "::/8", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
)

func mustParse(all ...string) []netip.Prefix {
	prefixes := make([]netip.Prefix, len(all))
	for i, s := range all {
		prefixes[i] = netip.MustParsePrefix(s)
	}
	return prefixes
}

// Merged returns the fewest networks that hold the same addresses as the list, in order. After [List.Until] there are none.
func (l *List) Merged(now time.Time) []netip.Prefix {
	if !now.Before(l.Until) {
		return nil
	}
	all := make([]netip.Prefix, len(l.Rows))
	for i := range l.Rows {
		all[i] = l.Rows[i].Prefix
	}
	return merge(all)
}

// merge returns the fewest networks that hold the same addresses as all, in order.
func merge(all []netip.Prefix) []netip.Prefix {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b netip.Prefix) int {
		if c := a.Addr().Compare(b.Addr()); c != 0 {
			return c
		}
		return a.Bits() - b.Bits()
	})
	var out []netip.Prefix
	for _, p := range all {
		if n := len(out); n > 0 && out[n-1].Contains(p.Addr()) {
			continue // a wider one of the same beginning comes first
		}
		out = append(out, p)
		for n := len(out); n > 1; n = len(out) { // two halves become the whole, which may be a half again
			a, b := out[n-2], out[n-1]
			if a.Bits() != b.Bits() || a.Bits() == 0 || a.Addr().BitLen() != b.Addr().BitLen() {
				break
			}
			whole := netip.PrefixFrom(a.Addr(), a.Bits()-1).Masked()
			if whole.Addr() != a.Addr() || !whole.Contains(b.Addr()) {
				break
			}
			out = append(out[:n-2], whole)
		}
	}
	return out
}
