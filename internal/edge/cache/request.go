package cache

import (
	"slices"
	"strings"

	"github.com/seawall-project/seawall"
)

const (
	methodGet  = "GET"
	methodHead = "HEAD"

	acceptEncoding = "accept-encoding"
)

// traits are what the cache wants to know of a request before it looks anything up.
type traits struct {
	method        bool // GET or HEAD
	body          bool // has a body: what it means for GET and HEAD is not defined (RFC 9110, section 9.3.1), so the key misses it
	authorization bool // RFC 9111, section 3.5
	ranged        bool // asks for a part (RFC 9110, section 14.2)
	noStore       bool // RFC 9111, section 5.2.1.5; also when Connection keeps fields from the origin that the cache would go by
	cookie        bool // may have been answered for one reader
	wish          wish
}

// traitsOf reads r's fields once. It does not allocate.
func traitsOf(r *seawall.Request) traits {
	t := traits{method: r.Method == methodGet || r.Method == methodHead, body: r.BodySize != 0}
	controlled, pragma := false, false
	for i := range r.Fields {
		f := &r.Fields[i]
		switch len(f.Name) {
		case len("Range"):
			t.ranged = t.ranged || strings.EqualFold(f.Name, "Range")
		case len("Cookie"): // and Pragma
			t.cookie = t.cookie || strings.EqualFold(f.Name, "Cookie")
			pragma = pragma || strings.EqualFold(f.Name, "Pragma")
		case len("Connection"):
			t.noStore = t.noStore || strings.EqualFold(f.Name, "Connection") && !hopsOnly(f.Value)
		case len("Authorization"): // and Cache-Control
			t.authorization = t.authorization || strings.EqualFold(f.Name, "Authorization")
			if strings.EqualFold(f.Name, "Cache-Control") {
				controlled = true
				t.noStore = t.noStore || hasDirective(f.Value, "no-store")
				t.wish.addWishes(f.Value)
			}
		}
	}
	if pragma && !controlled {
		t.wish.noCache = pragmaNoCache(r.Fields)
	}
	return t
}

// answerable reports whether the request may be answered from the cache at all, Authorization aside.
func (t traits) answerable() bool { return t.method && !t.body }

// alone reports whether the request's own answer is for it and nobody else who asks at the same time. That of a Range is, when there is
// nothing at hand that it could be a part of.
func (t traits) alone() bool { return t.authorization || t.noStore }

// hopsOnly reports whether a value of Connection lists only what ends with the connection anyway. Whatever else it lists is not sent on
// either (RFC 9110, section 7.6.1): "Accept-Language: de" and "Connection: Accept-Language" would have the origin's page for nobody in
// particular stored as the German one.
func hopsOnly(value string) bool {
	for more := true; more; {
		var option string
		option, value, more = strings.Cut(value, ",")
		option = strings.Trim(option, " \t")
		if option != "" && !slices.ContainsFunc(hops, func(hop string) bool { return strings.EqualFold(hop, option) }) {
			return false
		}
	}
	return true
}

var hops = []string{"keep-alive", "close", "upgrade", "te", "http2-settings"}
