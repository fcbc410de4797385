package engine

import (
	"fmt"
	"net/netip"
)

// Trust are the networks of proxies that are believed when they say who the client is. A connection from there that begins with a PROXY
// protocol header (v1 or v2) comes from the source in it; where the header says LOCAL or UNKNOWN, from the proxy itself. One that does
// not begin so carries requests that each say whom they are for, see ForwardedOrigin of package wire, and is counted with no address and no
// network. What connections from elsewhere say of this is not believed. Nil trusts nobody.
type Trust []netip.Prefix

// Contains reports whether addr is in one of the networks. IPv4-mapped addresses count as IPv4.
func (t Trust) Contains(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	for _, p := range t {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// Check reports a network that is not valid.
func (t Trust) Check() error {
	for i, p := range t {
		if !p.IsValid() {
			return fmt.Errorf("trusted network %d is not valid", i+1)
		}
	}
	return nil
}
