package config

import (
	"net"
	"net/netip"
	"strings"

	"golang.org/x/net/idna"
)

// hostProfile maps names as browsers do (UTS #46, non-transitional) and checks what DNS asks of their length.
var hostProfile = idna.New(
	idna.MapForLookup(), idna.BidiRule(), idna.VerifyDNSLength(true),
	idna.StrictDomainName(false), // hostASCII checks the characters itself, for the underscore's sake
)

const hostExample = "write a host name such as www.example.org"

// hostName parses the name of a site: no port, no address, no wildcard, no trailing dot.
func hostName(s string) (string, *fault) {
	name, ok := hostASCII(s)
	if ok && !strings.Contains(name, "_") {
		return name, nil
	}
	return "", hostFault(s)
}

func hostFault(s string) *fault {
	switch {
	case s == "":
		return &fault{"is empty", hostExample}
	case isAddr(strings.Trim(s, "[]")):
		return &fault{quote(s) + " is an address, not a name", hostExample}
	case strings.HasPrefix(s, "*"):
		return &fault{"wildcards are not supported", "list each name under aliases"}
	}
	if bare := hostWithin(s); bare != "" {
		return &fault{quote(s) + " is more than a host name", "write " + bare}
	}
	return &fault{quote(s) + " is not a host name", hostExample}
}

// hostWithin returns the good host name inside a URL, or before a port or a trailing dot; "" when there is none.
func hostWithin(s string) string {
	if _, rest, ok := strings.Cut(s, "://"); ok {
		s = rest
	}
	s, _, _ = strings.Cut(s, "/")
	if host, _, err := net.SplitHostPort(s); err == nil {
		s = host
	}
	if name, ok := hostASCII(strings.TrimSuffix(s, ".")); ok && !strings.Contains(name, "_") {
		return name
	}
	return ""
}

// hostASCII returns the lower-case ASCII form of a host name, which may hold underscores, and whether s is one. Names whose last
// label is a number are not, because they read as IPv4 addresses (WHATWG URL, section 3.5).
func hostASCII(s string) (string, bool) {
	if len(s) > 1024 { // an upper bound for 253 bytes of ASCII
		return "", false
	}
	name, err := hostProfile.ToASCII(s)
	if err != nil || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" {
		return "", false
	}
	if again, err := hostProfile.ToASCII(name); err != nil || again != name {
		return "", false // bytes that are no UTF-8, such as "%ff" in a URL, become a name that is none
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	if strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") {
		return "", false
	}
	return name, true
}

func isAddr(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}
