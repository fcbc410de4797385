package cache

import (
	"strings"

	"github.com/seawall-project/seawall"
)

// encodings are the content codings, of those that browsers and origins share, that a client takes: a set. The zero value is
// identity alone.
type encodings uint8

// The codings of an encodings set.
const (
	codingBrotli encodings = 1 << iota
	codingGzip
	codingZstd
)

var encodingNames = [...]string{"", "br", "gzip", "br, gzip", "zstd", "br, zstd", "gzip, zstd", "br, gzip, zstd"}

// String returns the set as the value of an Accept-Encoding field, "" for identity alone.
func (e encodings) String() string { return encodingNames[e] }

// AcceptEncoding returns the Accept-Encoding that r is to be forwarded with in place of its own when its answer may be stored,
// "" when the field is to be left out. There are eight values, subsets of "br, gzip, zstd" in that order, so that a stranger
// cannot fill the room for variants with spellings. Weights lose their order, codings with weight 0 or a malformed one, "*" and
// all other codings are left out: the client then gets identity at worst (RFC 9110, section 12.5.3). It does not allocate.
func (c *Cache) AcceptEncoding(r *seawall.Request) string { return encodingsOf(r.Fields).String() }

// encodingsOf reads the Accept-Encoding fields of f.
func encodingsOf(f seawall.Fields) encodings {
	var taken, refused encodings
	for i := range f {
		if len(f[i].Name) != len(acceptEncoding) || !strings.EqualFold(f[i].Name, acceptEncoding) {
			continue
		}
		value := f[i].Value
		for more := true; more; {
			var member string
			member, value, more = strings.Cut(value, ",")
			name, weight, weighted := strings.Cut(member, ";")
			if coding := codingOf(strings.Trim(name, " \t")); weighted && !wanted(weight) {
				refused |= coding
			} else {
				taken |= coding
			}
		}
	}
	return taken &^ refused
}

// codingOf returns the set of the coding called name (RFC 9110, section 8.4.1), empty when it is none of ours.
func codingOf(name string) encodings {
	switch {
	case strings.EqualFold(name, "gzip"), strings.EqualFold(name, "x-gzip"):
		return codingGzip
	case strings.EqualFold(name, "br"):
		return codingBrotli
	case strings.EqualFold(name, "zstd"):
		return codingZstd
	}
	return 0
}

// wanted reports whether a weight, what follows ";", is well-formed and not 0 (RFC 9110, section 12.4.2).
func wanted(weight string) bool {
	weight = strings.Trim(weight, " \t")
	if len(weight) < len("q=0") || len(weight) > len("q=0.000") || weight[0]|0x20 != 'q' || weight[1] != '=' {
		return false
	}
	one, digits := weight[2] == '1', weight[3:]
	if weight[2] != '0' && !one || digits != "" && digits[0] != '.' {
		return false
	}
	digits = strings.TrimPrefix(digits, ".")
	zeros := strings.Trim(digits, "0") == ""
	return one && zeros || !one && !zeros && strings.Trim(digits, "0123456789") == ""
}
