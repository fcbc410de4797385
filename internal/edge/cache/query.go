package cache

import (
	"fmt"
	"strings"
)

// DefaultIgnoredQueryKeys returns the query keys by which campaigns, mailings and social networks tell where a visitor came
// from. No page depends on them.
func DefaultIgnoredQueryKeys() []string {
	return []string{
		"utm_*", "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "twclid", "ttclid", "igshid", "igsh",
		"yclid", "li_fat_id", "mc_cid", "mc_eid", "_hsenc", "_hsmi", "mkt_tok", "_ga", "_gl",
	}
}

// ignoredKeys are the query keys that are no part of a cache key.
type ignoredKeys struct {
	exact    map[string]struct{}
	prefixes []string
}

func newIgnoredKeys(keys []string) (*ignoredKeys, error) {
	if keys == nil {
		keys = DefaultIgnoredQueryKeys()
	}
	ig := &ignoredKeys{exact: make(map[string]struct{}, len(keys))}
	for _, key := range keys {
		name, wild := strings.CutSuffix(key, "*")
		if name == "" || strings.ContainsAny(name, "*&=?#") {
			return nil, fmt.Errorf("ignored query key %q: not a key or the beginning of one", key)
		}
		if wild {
			ig.prefixes = append(ig.prefixes, name)
		} else {
			ig.exact[name] = struct{}{}
		}
	}
	return ig, nil
}

// has reports whether the parameter "key=value" or "key" is ignored.
func (ig *ignoredKeys) has(param string) bool {
	name, _, _ := strings.Cut(param, "=")
	if _, ok := ig.exact[name]; ok {
		return true
	}
	for _, prefix := range ig.prefixes {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// any reports whether some parameter of query is ignored.
func (ig *ignoredKeys) any(query string) bool {
	for more := query != ""; more; {
		var param string
		if param, query, more = strings.Cut(query, "&"); ig.has(param) {
			return true
		}
	}
	return false
}

// each yields, piece by piece, query as it is kept: parameters in their order, ignored ones left out, with "&" between them.
func (ig *ignoredKeys) each(query string, yield func(piece string) bool) bool {
	if query == "" || !ig.any(query) {
		return yield(query)
	}
	first := true
	for more := true; more; {
		var param string
		if param, query, more = strings.Cut(query, "&"); ig.has(param) {
			continue
		}
		if !first && !yield("&") || !yield(param) {
			return false
		}
		first = false
	}
	return true
}

// Query returns query, without its "?", as it is to be forwarded for an answer that may be stored or shared: without the
// ignored keys. It allocates only when there is something to leave out.
func (c *Cache) Query(query string) string {
	if !c.ignored.any(query) {
		return query
	}
	var b strings.Builder
	b.Grow(len(query))
	c.ignored.each(query, func(piece string) bool {
		b.WriteString(piece)
		return true
	})
	return b.String()
}
