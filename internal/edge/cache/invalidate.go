package cache

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall"
)

// Invalidate takes note of what a request may have changed (RFC 9111, section 4.4): after an answer of 200 to 399 to a method
// that is not known to be safe, everything stored for the target URI, for the URIs that Location and Content-Location name if they have
// the same scheme and host, and for the groups that Cache-Group-Invalidation names, is Stale until the origin confirms or replaces it in
// answer to a request sent after resp came. For other requests and answers it does nothing, so it may be called after every one. Answers
// to requests that were sent before are stored in the same state, as long as the cache remembers.
//
// Nothing is removed, or a stranger's form could take away what readers get when the origin fails. Validation is mandatory then
// by the letter, and an origin that cannot be reached cannot validate: we read "disconnected" of section 4.2.4 as holding here
// too, so what was invalidated may be served stale as if its freshness had ended then ([Hit.MayServeStale]).
func (c *Cache) Invalidate(site *seawall.Site, r *seawall.Request, resp Response) {
	if site == nil || seawall.SafeMethod(r.Method) || resp.Status < 200 || resp.Status > 399 {
		return
	}
	t := targetOf(site, r)
	c.invalidate(resp.ResponseTime, &t)
	for _, name := range []string{"Location", "Content-Location"} {
		for value := range resp.Fields.Values(name) {
			if other, ok := t.resolve(value); ok {
				c.invalidate(resp.ResponseTime, &other)
			}
		}
	}
	c.invalidateGroups(resp.ResponseTime, &t, resp.Fields)
	c.main.CleanUp()
	c.trial.CleanUp()
}

// invalidateGroups does the same for what is stored of the same scheme and host, and belongs to a group that Cache-Group-Invalidation
// names (RFC 9875, section 3). It looks at everything stored; only an origin can ask for it, and only in answer to a request that it has
// carried out. What was asked for before and arrives later is not covered.
func (c *Cache) invalidateGroups(at time.Time, t *target, f seawall.Fields) {
	var groups tags
	groups.addGroups(f, "Cache-Group-Invalidation")
	if len(groups.list) == 0 {
		return
	}
	origin := t.site + "\n" + t.scheme + "\n" + t.host + "/"
	for _, seg := range []*segment{c.main, c.trial} {
		var keys []Key
		for key, res := range seg.All() {
			if strings.HasPrefix(res.uri, origin) && slices.ContainsFunc(res.variants, func(e *Entry) bool {
				return slices.ContainsFunc(groups.list, e.tags.has)
			}) {
				keys = append(keys, key)
			}
		}
		for _, key := range keys {
			c.update(seg, key, func(old *resource) *resource {
				if old == nil {
					return nil
				}
				return old.invalidatedAt(at)
			})
		}
	}
}

func (c *Cache) invalidate(at time.Time, t *target) {
	key := c.key(t)
	c.invalidated.set(at, key)
	for _, seg := range []*segment{c.main, c.trial} {
		c.update(seg, key, func(old *resource) *resource {
			if old == nil {
				return nil
			}
			return old.invalidatedAt(at)
		})
	}
}

// answerTime is the longest that an answer is thought to take from the request to its last byte.
const answerTime = 10 * time.Minute

// invalidatedSince returns when key was invalidated, to the millisecond, if that was at asked or in the ten minutes after, so
// that an answer to a request sent at asked may show what was before; otherwise the zero time.
func (c *Cache) invalidatedSince(asked time.Time, key Key) time.Time {
	age, ok := c.invalidated.since(asked, key)
	if !ok || age > 0 || age <= -answerTime {
		return time.Time{}
	}
	return asked.Add(-age)
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
