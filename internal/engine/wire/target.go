package wire

import (
	"strings"

	"github.com/seawall-project/seawall"
)

// target is a request target taken apart (RFC 9112, section 3.2).
type target struct {
	path, query string
	authority   string // of the absolute form, else empty
}

// parseTarget takes a request target apart: origin form, absolute form with http or https, "*" for OPTIONS. CONNECT, which has no path,
// gets "/". Bytes beyond ASCII are percent-encoded, as RFC 3986 would have had it.
func parseTarget(method, s string) (target, bool) {
	if s == "" || !all(s, targetChar) {
		return target{}, false
	}
	s = escape(s)
	switch {
	case s == "*":
		return target{path: "*"}, method == "OPTIONS"
	case s[0] == '/':
		return splitQuery(s), true
	case method == "CONNECT":
		return target{path: "/", authority: s}, true
	}
	return parseAbsolute(s)
}

// parseAbsolute takes an absolute URI apart.
func parseAbsolute(s string) (target, bool) {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok || !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return target{}, false
	}
	authority, tail := rest, "/"
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		authority, tail = rest[:i], rest[i:]
	}
	if authority == "" || strings.Contains(authority, "@") {
		return target{}, false
	}
	t := splitQuery(tail)
	t.authority = authority
	return t, true
}

func splitQuery(s string) target {
	var t target
	t.path, t.query, _ = strings.Cut(s, "?")
	if t.path == "" {
		t.path = "/"
	}
	return t
}

// escape percent-encodes what is not ASCII.
func escape(s string) string {
	n := 0
	for i := range len(s) {
		if s[i] >= 0x80 {
			n++
		}
	}
	if n == 0 {
		return s
	}
	const hex = "0123456789ABCDEF"
	b := make([]byte, 0, len(s)+2*n)
	for i := range len(s) {
		if c := s[i]; c >= 0x80 {
			b = append(b, '%', hex[c>>4], hex[c&15])
		} else {
			b = append(b, c)
		}
	}
	return string(b)
}

// hostOf returns the host of an authority in lower case and without its port; an IPv6 address keeps its brackets (RFC 3986, section
// 3.2.2). ok is false when it is not one: user information, two ports, letters for a port, stray brackets.
func hostOf(authority string) (host string, ok bool) {
	if !all(authority, hostChar) {
		return "", false
	}
	port, numbered := "", false
	if strings.HasPrefix(authority, "[") {
		end := strings.IndexByte(authority, ']')
		if end < 0 {
			return "", false
		}
		host = authority[:end+1]
		if rest := authority[end+1:]; rest != "" {
			if port, numbered = strings.CutPrefix(rest, ":"); !numbered {
				return "", false
			}
		}
	} else {
		host, port, numbered = strings.Cut(authority, ":")
		if strings.ContainsAny(host, "[]") {
			return "", false
		}
	}
	if numbered && !digits(port) {
		return "", false
	}
	return strings.ToLower(host), true
}

// digits reports whether s is empty or at most five digits.
func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return len(s) <= 5
}

// settle takes over target and host. A target with a host of its own must name the one that Host names (RFC 9112, section 3.2.2, has
// the target win; two names in one message are how requests are smuggled past whoever looks at only one).
func (h *Head) settle(t target, host string) seawall.Reason {
	name, ok := hostOf(host)
	if !ok {
		return seawall.ReasonHostField
	}
	h.Host, h.Path, h.Query = name, t.path, t.query
	if t.authority == "" {
		return seawall.ReasonNone
	}
	if other, ok := hostOf(t.authority); !ok || other != name {
		return seawall.ReasonHostField
	}
	return seawall.ReasonNone
}
