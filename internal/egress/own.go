package egress

import (
	"net"
	"net/netip"
)

// MaxOwn is how many addresses of this machine count.
const MaxOwn = 16

// Own returns this machine's addresses, by which it is known what stands in its own network: at most [MaxOwn], none of loopback and none that is valid
// on one link only. Where they cannot be read there are none.
func Own() []netip.Addr {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var own []netip.Addr
	for _, a := range all {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().IsGlobalUnicast() && len(own) < MaxOwn {
			own = append(own, p.Addr().Unmap())
		}
	}
	return own
}

// Public returns those of addresses that mean the same place everywhere, private networks not among them.
func Public(all []netip.Addr) []netip.Addr {
	var public []netip.Addr
	for _, a := range all {
		if a = a.Unmap(); a.IsGlobalUnicast() && !a.IsPrivate() {
			public = append(public, a)
		}
	}
	return public
}
