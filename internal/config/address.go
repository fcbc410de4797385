package config

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
	"unicode"
)

// listenAddr parses an address to listen on: an IP address or nothing, a colon, a port.
func listenAddr(s string) (string, *fault) {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		host, port = "", s
	}
	n, badPort := strconv.ParseUint(port, 10, 16)
	number := strconv.FormatUint(n, 10)
	switch {
	case badPort != nil:
		return "", &fault{quote(s) + " is not an address and port", "write " + DefaultListen + " or 192.0.2.1:8443"}
	case err != nil:
		return "", &fault{quote(s) + " is a port alone", "write :" + number}
	case host == "*":
		return "", &fault{quote(s) + " begins with a star", "write :" + number}
	case host == "localhost":
		return "", &fault{quote(s) + " has a name where an address belongs", "write 127.0.0.1:" + number}
	case host == "":
		return ":" + number, nil
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return "", &fault{quote(s) + " has a name where an address belongs", "write :" + number + " or an IP address before the colon"}
	}
	return net.JoinHostPort(addr.String(), number), nil
}

// adminAddr parses the address of the admin page, which is open to whoever reaches it and so must not be open to all. "off" is "".
func adminAddr(s string) (string, *fault) {
	if s == "off" {
		return "", nil
	}
	addr, f := listenAddr(s)
	if f != nil {
		return "", &fault{quote(s) + " is not an IP address and port", "write " + DefaultAdmin + " or off"}
	}
	ap, err := netip.ParseAddrPort(addr)
	if err != nil || ap.Addr().Unmap().IsUnspecified() {
		_, port, _ := net.SplitHostPort(addr)
		return "", &fault{quote(s) + " would be open on every network", "write 127.0.0.1:" + port + ", or the address of a private network"}
	}
	return addr, nil
}

// network parses an address or a CIDR prefix (RFC 4632).
func network(s string) (netip.Prefix, *fault) {
	if addr, err := netip.ParseAddr(s); err == nil && addr.Zone() == "" {
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil || p.Addr().Is4In6() {
		return netip.Prefix{}, &fault{quote(s) + " is not an address or network", "write 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32"}
	}
	switch {
	case p.Bits() == 0:
		return netip.Prefix{}, &fault{quote(s) + " trusts everybody", "name the addresses of the proxies in front of Seawall"}
	case p != p.Masked():
		return netip.Prefix{}, &fault{quote(s) + " has bits beyond its length", "write " + p.Masked().String()}
	}
	return p, nil
}

// maxSocketPath is what fits the shortest sun_path of the systems we run on, with its final zero.
const maxSocketPath = 103

// socketPath parses the path of a Unix socket, or [ControlOff].
func socketPath(s string) (string, *fault) {
	switch {
	case s == ControlOff:
		return s, nil
	case len(s) > maxSocketPath:
		return "", &fault{"is longer than " + strconv.Itoa(maxSocketPath) + " bytes", "choose a shorter path, such as /run/seawall.sock"}
	case strings.ContainsFunc(s, unicode.IsControl):
		return "", &fault{"has a control character", "write a path such as /run/seawall.sock"}
	}
	return s, nil
}
