package intel

import (
	"net/netip"

	"golang.org/x/net/publicsuffix"
)

// Registrable returns the domain under which a host was registered, by the Public Suffix List; empty for an address and for a public suffix.
func Registrable(host string) string {
	if _, err := netip.ParseAddr(host); err == nil {
		return ""
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return ""
	}
	return domain
}
