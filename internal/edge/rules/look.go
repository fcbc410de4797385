package rules

import (
	"hash/maphash"
	"strings"

	"github.com/seawall-project/seawall"
)

// maxPath and maxQuery are the longest path and query, in bytes, that are looked at.
const (
	maxPath  = 2 << 10
	maxQuery = 8 << 10
)

// look is what a request's path looks like.
type look struct {
	n        int
	segments [seawall.MaxRuleSegments]string
	hashes   [seawall.MaxRuleSegments]uint32 // of the segments as they are
	classes  [seawall.MaxRuleSegments]class
}

// class is what a whole segment consists of, nothing being a class of its own. The classes exclude each other.
type class uint8

const (
	empty  class = iota
	word         // no digits and no "@"
	number       // digits with sign, point and comma
	email        // with "@"
	mixed        // anything else
)

// classOf looks at a segment, escaped as received. The hex digits of an escape are no digits.
func classOf(seg string) class {
	digits, others := 0, 0
	for i := 0; i < len(seg); i++ {
		switch c := seg[i]; {
		case c == '@':
			return email
		case c == '%' && i+2 < len(seg):
			if seg[i+1] == '4' && seg[i+2] == '0' {
				return email
			}
			i += 2
			others++
		case c >= '0' && c <= '9':
			digits++
		case c == '+' || c == '-' || c == '.' || c == ',':
		default:
			others++
		}
	}
	switch {
	case seg == "":
		return empty
	case digits == 0:
		return word
	case others == 0:
		return number
	default:
		return mixed
	}
}

// read cuts a path into segments; false when it has more than any rule's, or is too long to be looked at.
func (l *look) read(path string) bool {
	if len(path) > maxPath || path == "" || path[0] != '/' {
		return false
	}
	rest := path[1:]
	for more := true; more; l.n++ {
		if l.n == len(l.segments) {
			return false
		}
		var seg string
		seg, rest, more = strings.Cut(rest, "/")
		l.segments[l.n], l.hashes[l.n], l.classes[l.n] = seg, hash(seg), classOf(seg)
	}
	return true
}

// key returns what a request that looks like l is found by among rules of shape s; base is of its method and query.
func (l *look) key(base uint64, s shape) uint64 {
	h := mix(base, uint64(l.n)<<32|uint64(s))
	for i := range l.n {
		var v uint64
		switch s.at(i) {
		case literal:
			v = uint64(l.hashes[i])
		case anything:
			if l.classes[i] == empty {
				return 0
			}
			v = 1 << 32
		default:
			v = 2<<32 | uint64(l.classes[i])
		}
		h = mix(h, v)
	}
	return h | 1
}

// baseOf hashes the method, HEAD as GET, and the names of the query's parameters in any order; false when there are too many.
func baseOf(method, query string) (uint64, bool) {
	if len(query) > maxQuery {
		return 0, false
	}
	if method == "HEAD" {
		method = "GET"
	}
	h := uint64(0)
	for n := 0; query != ""; n++ {
		if n == seawall.MaxRuleQuery {
			return 0, false
		}
		var param string
		param, query, _ = strings.Cut(query, "&")
		name, _, _ := strings.Cut(param, "=")
		if name == "" {
			continue
		}
		h += maphash.String(seed, name)
	}
	return mix(h, maphash.String(seed, method)), true
}

func hash(s string) uint32 { return uint32(maphash.String(seed, s)) } //nolint:gosec // half of it is enough

// mix combines two hashes (the finaliser of splitmix64).
func mix(h, v uint64) uint64 {
	h = (h ^ v) + 0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
