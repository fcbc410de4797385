package cache

import (
	"slices"
	"time"

	"github.com/dunglas/httpsfv"

	"github.com/seawall-project/seawall"
)

// targetedFields are the fields that speak to caches like this one in place of Cache-Control and Expires, the first that counts first
// (RFC 9213, section 3.1).
var targetedFields = [...]string{"CDN-Cache-Control"}

// targetedControl returns what the first valid targeted field of f says. ok is false when there is none that is neither empty nor
// malformed; a known directive with a value of the wrong type makes a field malformed, unless it forbids (RFC 9213, section 2.1).
func targetedControl(f seawall.Fields) (c control, ok bool) {
	for _, name := range targetedFields {
		if !f.Has(name) {
			continue
		}
		dict, err := httpsfv.UnmarshalDictionary(slices.Collect(f.Values(name)))
		if err != nil {
			continue
		}
		if c, ok = controlFrom(dict); ok {
			return c, true
		}
	}
	return control{}, false
}

func controlFrom(dict *httpsfv.Dictionary) (c control, ok bool) {
	names := dict.Names()
	for _, name := range names {
		member, _ := dict.Get(name)
		item, isItem := member.(httpsfv.Item)
		if !isItem {
			item = httpsfv.NewItem(name) // an inner list: a value of no type that any directive has
		}
		if !c.addTargeted(name, item.Value) {
			return control{}, false
		}
	}
	c.targeted = true
	return c, len(names) > 0
}

// addTargeted takes in one directive. It returns false when one that allows has a value of the wrong type. Unknown ones are ignored.
func (c *control) addTargeted(name string, value any) bool {
	if value == false {
		return true // "no-store=?0" is not said
	}
	yes := value == true
	switch name {
	case "no-store":
		c.noStore = true
	case "no-cache":
		c.noCache = true
	case "private":
		c.private = true
	case "must-understand":
		c.mustUnderstand = true
	case "public":
		c.public = yes
		return yes
	case "must-revalidate":
		c.revalidate, c.mustRevalidate = true, yes
	case "proxy-revalidate":
		c.revalidate = true
	case "no-transform":
		c.noTransform = true
	case "s-maxage":
		c.revalidate = true
		return c.sMaxAge.addInteger(value)
	case "max-age":
		return c.maxAge.addInteger(value)
	case "stale-if-error":
		return c.staleIfError.addInteger(value)
	case "stale-while-revalidate":
		return c.staleWhile.addInteger(value)
	}
	return true
}

// addInteger takes in the value of a structured field. It returns false when that is no number of seconds.
func (s *seconds) addInteger(value any) bool {
	n, ok := value.(int64)
	if !ok || n < 0 {
		return false
	}
	s.present, s.span = true, maxSpan
	if n < int64(maxSpan/time.Second) {
		s.span = time.Duration(n) * time.Second
	}
	return true
}
