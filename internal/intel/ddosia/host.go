package ddosia

import (
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/idna"
)

// maxHostBytes is the longest name that DNS can hold, in its written form (RFC 1035, section 2.3.4).
const maxHostBytes = 253

// NormalHost returns s as a host name that can be compared: without scheme, port, path, white space and trailing dot, in lower
// case, letters beyond ASCII in their "xn--" form (RFC 5891). An address is returned as [netip.Addr] prints it. ok is false, and
// the name empty, when s holds no host name; a name needs a dot, as every public one has.
func NormalHost(s string) (host string, ok bool) {
	s = strings.TrimSpace(s)
	if _, rest, found := strings.Cut(s, "://"); found {
		s = rest
	}
	s, _, _ = strings.Cut(s, "/")
	if addr, ok := hostAddr(s); ok {
		return addr.String(), true
	}
	if name, port, found := strings.Cut(s, ":"); found && isDigits(port) {
		s = name
	}
	s = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(s), "."))
	if !isASCII(s) {
		ascii, err := idna.Lookup.ToASCII(s)
		if err != nil {
			return "", false
		}
		s = ascii
	}
	if !isHostName(s) {
		return "", false
	}
	return s, true
}

// hosts returns the names in a host field, which may hold several separated by slashes, commas or spaces, in the order listed and
// each once. What is no name there goes to bad.
func hosts(raw string, bad func(part string)) []string {
	if _, rest, found := strings.Cut(raw, "://"); found {
		raw = rest
	}
	var names []string
	for part := range strings.FieldsFuncSeq(raw, func(r rune) bool { return strings.ContainsRune("/,; \t\r\n", r) }) {
		name, ok := NormalHost(part)
		switch {
		case !ok:
			bad(part)
		case !slices.Contains(names, name):
			names = append(names, name)
		}
		if len(names) == maxHosts {
			break
		}
	}
	return names
}

// maxHosts is the most names that are kept of one host field.
const maxHosts = 16

func hostAddr(s string) (netip.Addr, bool) {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap(), true
	}
	addr, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return addr.Unmap(), err == nil
}

func isHostName(s string) bool {
	if len(s) > maxHostBytes || !strings.Contains(s, ".") {
		return false
	}
	if isDigits(s[strings.LastIndexByte(s, '.')+1:]) {
		return false // what ends in a number is an address or nothing (WHATWG URL, section 3.5)
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.ContainsFunc(label, func(r rune) bool { return !isHostRune(r) }) {
			return false
		}
	}
	return true
}

// isHostRune allows the underscore, which host names may not hold and DNS names do.
func isHostRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_'
}

func isDigits(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 })
}
