package wire

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/seawall-project/seawall"
)

// Origin is who a request came from, as proxies tell it.
type Origin struct {
	Client netip.Addr // the zero Addr when it was not told
	Proto  string     // "http" or "https", empty when it was not told
}

// maxHops is how many proxies are followed.
const maxHops = 16

// ForwardedOrigin reads Forwarded (RFC 7239), X-Forwarded-For and X-Forwarded-Proto, as a trusted proxy sent them. Every proxy appends
// whom it heard from, so they are read from the end: the client is the first that is not trusted itself, for what stands before it may
// be anybody's invention. Where both fields are there and tell of two clients, one came from the client itself, nobody knows which, and
// neither is believed.
func ForwardedOrigin(f seawall.Fields, trusted func(netip.Addr) bool) Origin {
	standard, hasStandard := clientOf(forwardedHops(f), trusted)
	custom, hasCustom := clientOf(customHops(f), trusted)
	switch {
	case hasStandard && hasCustom && standard.Client != custom.Client:
		return Origin{}
	case !hasStandard:
		standard = custom
	}
	if p := lastMember(f, "X-Forwarded-Proto"); standard.Proto == "" {
		standard.Proto = scheme(p)
	}
	return standard
}

// clientOf goes back through hops, which are in the order of their writing. told is false when there are none.
func clientOf(hops []Origin, trusted func(netip.Addr) bool) (client Origin, told bool) {
	for _, hop := range slices.Backward(hops) {
		if !hop.Client.IsValid() {
			return client, true
		}
		client = hop
		if !trusted(client.Client) {
			return client, true
		}
	}
	return client, len(hops) > 0
}

// customHops reads X-Forwarded-For, a list of addresses. The last maxHops count.
func customHops(f seawall.Fields) []Origin {
	var hops []Origin
	for i := range f {
		if !strings.EqualFold(f[i].Name, "X-Forwarded-For") {
			continue
		}
		for member := range strings.SplitSeq(f[i].Value, ",") {
			hops = appendHop(hops, Origin{Client: node(trimBlanks(member))})
		}
	}
	return hops
}

func appendHop(hops []Origin, o Origin) []Origin {
	if len(hops) == maxHops {
		hops = append(hops[:0], hops[1:]...)
	}
	return append(hops, o)
}

// forwardedHops reads Forwarded: elements of pairs of a token and a value, which may be quoted. What is not that is a hop that tells
// nothing.
func forwardedHops(f seawall.Fields) []Origin {
	var hops []Origin
	for i := range f {
		if !strings.EqualFold(f[i].Name, "Forwarded") {
			continue
		}
		for rest := f[i].Value; ; {
			var o Origin
			var more bool
			o, rest, more = element(rest)
			if hops = appendHop(hops, o); !more {
				break
			}
		}
	}
	return hops
}

// element reads one element of Forwarded and returns what stands behind its comma.
func element(s string) (o Origin, rest string, more bool) {
	valid := true
	for {
		name, value, end, after := pair(s)
		switch {
		case strings.EqualFold(name, "for"):
			o.Client = node(value)
		case strings.EqualFold(name, "proto"):
			o.Proto = scheme(value)
		case name == "" && trimBlanks(value) != "":
			valid = false
		}
		if s = after; end != ';' {
			if !valid {
				o = Origin{}
			}
			return o, s, end == ','
		}
	}
}

// pair reads "name=value" up to a ";" or a ",", which it returns with what stands behind; end is 0 at the end. A name that is none is
// empty.
func pair(s string) (name, value string, end byte, after string) {
	quoted := false
	i := 0
	for ; i < len(s) && (quoted || s[i] != ';' && s[i] != ','); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == '\\' && quoted && i+1 < len(s):
			i++
		}
	}
	part := trimBlanks(s[:i])
	if i < len(s) {
		end, after = s[i], s[i+1:]
	}
	name, value, ok := strings.Cut(part, "=")
	if !ok || !token(name) {
		return "", part, end, after
	}
	if n := len(value); n >= 2 && value[0] == '"' && value[n-1] == '"' {
		value = value[1 : n-1] // no address has anything to escape
	}
	return name, value, end, after
}

// node reads an address with or without a port; the zero Addr for "unknown" and for names that somebody made up.
func node(s string) netip.Addr {
	if addr, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return addr.Unmap().WithZone("")
	}
	ap, err := netip.ParseAddrPort(s)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap().WithZone("")
}

func scheme(s string) string {
	switch {
	case strings.EqualFold(s, "https"):
		return "https"
	case strings.EqualFold(s, "http"):
		return "http"
	}
	return ""
}

// lastMember returns the last member of the last field called name.
func lastMember(f seawall.Fields, name string) string {
	for _, field := range slices.Backward(f) {
		if strings.EqualFold(field.Name, name) {
			return trimBlanks(field.Value[strings.LastIndexByte(field.Value, ',')+1:])
		}
	}
	return ""
}
