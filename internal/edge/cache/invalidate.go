package cache

import (
	"net/url"
	"strings"
	"time"

	"github.com/seawall-project/seawall"
)

// Invalidate forgets what a request may have changed (RFC 9111, section 4.4): after an answer of 200 to 399 to a method that is
// not known to be safe, everything stored for the target URI, and for the URIs that Location and Content-Location name if they
// have the same scheme and host. For other requests and answers it does nothing, so it may be called after every one. Answers
// to requests that were sent before resp came are not stored afterwards either, as long as the cache remembers.
func (c *Cache) Invalidate(site *seawall.Site, r *seawall.Request, resp Response) {
	if site == nil || safe(r.Method) || resp.Status < 200 || resp.Status > 399 {
		return
	}
	t := targetOf(site, r)
	c.forget(resp.ResponseTime, &t)
	for _, name := range []string{"Location", "Content-Location"} {
		for value := range resp.Fields.Values(name) {
			if other, ok := t.resolve(value); ok {
				c.forget(resp.ResponseTime, &other)
			}
		}
	}
	c.store.CleanUp()
}

// safe reports whether method is one that changes nothing (RFC 9110, section 9.2.1).
func safe(method string) bool {
	switch method {
	case methodGet, methodHead, "OPTIONS", "TRACE":
		return true
	}
	return false
}

func (c *Cache) forget(now time.Time, t *target) {
	key := c.key(t)
	c.invalidated.set(now, key)
	c.store.Invalidate(key)
}

// answerTime is the longest that an answer is thought to take from the request to its last byte.
const answerTime = 10 * time.Minute

// invalidatedSince reports whether key was invalidated at asked or in the ten minutes after, so that an answer to a request sent
// at asked may show what was before.
func (c *Cache) invalidatedSince(asked time.Time, key Key) bool {
	age, ok := c.invalidated.since(asked, key)
	return ok && age <= 0 && age > -answerTime
}

// resolve returns the target that the URI reference ref means from t. ok is false when it cannot be read or is on another
// scheme or host; ports do not count, as the site has one of each.
func (t *target) resolve(ref string) (other target, ok bool) {
	u, err := url.Parse(ref)
	if err != nil || u.Opaque != "" {
		return target{}, false
	}
	base := &url.URL{Scheme: t.scheme, Host: t.host}
	if base.Path, err = url.PathUnescape(t.path); err != nil {
		return target{}, false
	}
	base.RawPath, base.RawQuery = t.path, t.query
	u = base.ResolveReference(u)
	if u.Scheme != t.scheme || !strings.EqualFold(u.Hostname(), t.host) {
		return target{}, false
	}
	other = *t
	if other.path = u.EscapedPath(); other.path == "" {
		other.path = "/"
	}
	other.query = u.RawQuery
	return other, true
}
