package loopback

import (
	"net/netip"
)

var (
	loopback4 = netip.MustParsePrefix("127.0.0.0/8")
	loopback6 = netip.IPv6Loopback()
)

// check refuses every address but those of 127.0.0.0/8 in four bytes and ::1 without a zone.
func check(addr netip.Addr) error {
	if loopback4.Contains(addr) || addr == loopback6 {
		return nil
	}
	return ErrNotLoopback
}

// checkText is [check] for the strings of package net: network must be TCP, address an IP literal with a port.
func checkText(network, address string) error {
	switch network {
	case "tcp", "tcp4", "tcp6":
	default:
		return ErrNotLoopback
	}
	addr, err := netip.ParseAddrPort(address)
	if err != nil {
		return ErrNotLoopback
	}
	return check(addr.Addr())
}
