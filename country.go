package seawall

import "strings"

// CountryOf returns the country that a host's name says it belongs to: its last label, two lower-case letters as in the name ("uk", not "gb"). It
// is empty when the name says none: a longer label, an address, or two letters under which sites of every country stand. host is in lower
// case and has no trailing dot.
func CountryOf(host string) string {
	dot := strings.LastIndexByte(host, '.')
	if dot <= 0 {
		return ""
	}
	switch last := host[dot+1:]; last {
	case "ai", "cc", "co", "eu", "io", "me", "su", "tv":
		return ""
	default:
		if len(last) == 2 && isLower(last[0]) && isLower(last[1]) {
			return last
		}
		return ""
	}
}

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
