package cache

import "github.com/seawall-project/seawall"

// control is what the Cache-Control fields of a response say (RFC 9111, section 5.2.2; RFC 5861), or what a field that speaks to caches
// like this one says in their place (RFC 9213). Directives that forbid hold even when malformed or with an argument; directives that
// allow hold only when well-formed.
type control struct {
	targeted       bool // from a targeted field: Cache-Control and Expires do not count
	torn           bool // a member could not be read to its end: anything may have been forbidden
	noStore        bool
	noCache        bool
	private        bool
	public         bool
	mustUnderstand bool
	revalidate     bool // must-revalidate, proxy-revalidate or s-maxage: never stale (section 4.2.4)
	mustRevalidate bool // must-revalidate itself, well-formed (section 3.5)
	noTransform    bool // RFC 9110, section 7.7

	maxAge, sMaxAge, staleIfError, staleWhile seconds
}

// controlOf returns what f says to this cache.
func controlOf(f seawall.Fields) control {
	plain := cacheControl(f)
	if c, ok := targetedControl(f); ok {
		c.noTransform = c.noTransform || plain.noTransform // which is not about caching
		return c
	}
	return plain
}

// cacheControl returns what the Cache-Control fields of f say.
func cacheControl(f seawall.Fields) control {
	var c control
	for value := range f.Values("Cache-Control") {
		for value != "" {
			d, rest, torn, ok := nextDirective(value)
			if ok {
				c.add(d)
			}
			c.torn = c.torn || torn
			value = rest
		}
	}
	return c
}

func (c *control) add(d directive) {
	switch {
	case d.is("no-store"):
		c.noStore = true
	case d.is("no-cache"):
		c.noCache = true
	case d.is("private"):
		c.private = true
	case d.is("public"):
		c.public = c.public || !d.broken && !d.argument
	case d.is("must-understand"):
		c.mustUnderstand = true
	case d.is("must-revalidate"):
		c.revalidate = true
		c.mustRevalidate = c.mustRevalidate || !d.broken && !d.argument
	case d.is("proxy-revalidate"):
		c.revalidate = true
	case d.is("s-maxage"):
		c.revalidate = true
		c.sMaxAge.add(d)
	case d.is("max-age"):
		c.maxAge.add(d)
	case d.is("stale-if-error"):
		c.staleIfError.add(d)
	case d.is("stale-while-revalidate"):
		c.staleWhile.add(d)
	case d.is("no-transform"):
		c.noTransform = true
	}
}

// shared reports that the response is meant for everyone, even where something else about it suggests one reader: the answer
// to a request with Authorization, or one with Set-Cookie.
func (c *control) shared() bool { return c.public || c.sMaxAge.present && !c.sMaxAge.invalid }
