package cache

import (
	"hash/maphash"
	"strings"

	"github.com/seawall-project/seawall"
)

// Key names what a request asks for: equal keys of one cache may share one answer. It is a hash under a secret of the cache, so
// a stranger cannot aim for a collision, and it means nothing to another cache. The zero Key shares with nobody.
type Key struct {
	hi, lo uint64
}

// IsZero reports whether k shares with nobody.
func (k Key) IsZero() bool { return k == Key{} }

// forMethod keeps HEAD apart from GET: an answer without a body is of no use to who wants one.
func (k Key) forMethod(method string) Key {
	if method == methodHead {
		k.lo = ^k.lo
	}
	return k
}

// target is the target URI of a request (RFC 9110, section 7.1) with the name of the site that it belongs to.
type target struct {
	site, scheme, host, path, query string
}

func targetOf(site *seawall.Site, r *seawall.Request) target {
	t := target{site: site.Name, scheme: "http", host: r.Host, path: r.Path, query: r.Query}
	if r.TLS {
		t.scheme = "https"
	}
	if t.host == "" {
		t.host = site.Name
	}
	return t
}

// each yields the target piece by piece, the same pieces joined for the same resource. It is how a key is hashed, compared and
// written down without being put together first.
func (t *target) each(ignored *ignoredKeys, yield func(piece string) bool) bool {
	if !yield(t.site) || !yield("\n") || !yield(t.scheme) || !yield("\n") || !yield(t.host) || !yield(t.path) {
		return false
	}
	mark := "?"
	return ignored.each(t.query, func(piece string) bool {
		if piece == "" && t.query == "" {
			return true
		}
		if mark != "" && !yield(mark) {
			return false
		}
		mark = ""
		return yield(piece)
	})
}

// key returns the key that the target is stored under. It does not allocate.
func (c *Cache) key(t *target) Key {
	var hi, lo maphash.Hash
	hi.SetSeed(c.seedHi)
	lo.SetSeed(c.seedLo)
	t.each(c.ignored, func(piece string) bool {
		_, _ = hi.WriteString(piece)
		_, _ = lo.WriteString(piece)
		return true
	})
	k := Key{hi: hi.Sum64(), lo: lo.Sum64()}
	if k.IsZero() {
		k.hi = 1
	}
	return k
}

// uri returns the target written down, to be compared in full on every lookup.
func (c *Cache) uri(t *target) string {
	var b strings.Builder
	b.Grow(len(t.site) + len(t.scheme) + len(t.host) + len(t.path) + len(t.query) + len("\n\n?"))
	t.each(c.ignored, func(piece string) bool {
		b.WriteString(piece)
		return true
	})
	return b.String()
}

// names reports whether uri is t written down. It does not allocate.
func (c *Cache) names(t *target, uri string) bool {
	ok := t.each(c.ignored, func(piece string) bool {
		rest, found := strings.CutPrefix(uri, piece)
		uri = rest
		return found
	})
	return ok && uri == ""
}
