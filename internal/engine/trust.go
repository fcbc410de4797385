package engine

import (
	"fmt"
	"net/netip"
)

// Trust are the networks whose PROXY protocol headers (v1 and v2) are believed: a connection from there must begin with one, and
// its source is the client; where the header says LOCAL or UNKNOWN, the proxy itself is. Connections from elsewhere are taken as
// they come. Nil trusts nobody.
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
