package cache

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seawall-project/seawall"
)

// Purge says which answers of a site are to be forgotten. Exactly one field is given.
type Purge struct {
	// URL is one page, with its query: "/page?id=7" under every name of the site, "https://www.example.org/page?id=7" under that one.
	// The scheme does not matter, and query keys that are no part of a cache's key do not either.
	URL string
	// Prefix is what the URLs of pages begin with, to be given like URL: "/news" also means "/newsletter".
	Prefix string
	// Tag is a group that the origin named, in Cache-Groups (RFC 9875) or Cache-Tag.
	Tag string
}

// purgesMax is how many purges are remembered for answers that are under way. When there were more, answers asked for before the oldest
// of them that was forgotten are not stored.
const purgesMax = 64

// Purge forgets the answers of site that p means, and returns how many were stored. Answers that were asked for until now and arrive
// later are not stored either, as long as an answer may take. It looks at everything that is stored, unless p names a URL, so it is
// for the owner and not for the request path.
func (c *Cache) Purge(now time.Time, site *seawall.Site, p Purge) (int, error) {
	m, err := newMeaning(c, site, p)
	if err != nil {
		return 0, err
	}
	c.purges.add(now, m)
	forgotten := 0
	for _, s := range []*segment{c.main, c.trial} {
		var keys []Key
		for key, res := range s.All() {
			if slices.ContainsFunc(res.variants, func(e *Entry) bool { return m.means(site.Name, res.uri, e) }) {
				keys = append(keys, key)
			}
		}
		for _, key := range keys {
			c.update(s, key, func(old *resource) *resource {
				if old == nil {
					return nil
				}
				next := old
				for _, e := range old.variants {
					if m.means(site.Name, old.uri, e) {
						next = next.without(e)
						forgotten++
					}
				}
				return next
			})
		}
		s.CleanUp()
	}
	return forgotten, nil
}

// meaning is a [Purge] made ready to be compared.
type meaning struct {
	site   string
	hosts  []string // the names that are meant
	path   string   // with "?" and the query as it is kept; "" when tag counts
	prefix bool     // path is a beginning
	tag    string
}

func newMeaning(c *Cache, site *seawall.Site, p Purge) (meaning, error) {
	if site == nil {
		return meaning{}, errors.New("purge: no site")
	}
	m := meaning{site: site.Name, tag: p.Tag, prefix: p.Prefix != ""}
	given := 0
	for _, s := range []string{p.URL, p.Prefix, p.Tag} {
		if s != "" {
			given++
		}
	}
	if given != 1 {
		return meaning{}, errors.New("purge: give one of URL, prefix and tag")
	}
	if p.Tag != "" {
		return m, nil
	}
	target := p.URL + p.Prefix
	m.hosts = append([]string{site.Name}, site.Aliases...)
	if !strings.HasPrefix(target, "/") {
		u, err := url.Parse(target)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return meaning{}, fmt.Errorf("purge: %q is neither a path nor a URL", target)
		}
		host := strings.ToLower(u.Hostname())
		if !slices.Contains(m.hosts, host) {
			return meaning{}, fmt.Errorf("purge: %s is no name of %s", host, site.Name)
		}
		m.hosts = []string{host}
		_, rest, _ := strings.Cut(target, "://")
		_, target, _ = strings.Cut(rest, "/")
		target = "/" + target
	}
	target, _, _ = strings.Cut(target, "#")
	m.path = target
	if path, query, ok := strings.Cut(target, "?"); ok && !m.prefix {
		m.path = path
		if kept := c.Query(query); kept != "" {
			m.path += "?" + kept
		}
	}
	return m, nil
}

// means reports whether an answer of a site, stored under a URI as [Cache.uri] writes it, is meant.
func (m *meaning) means(site, uri string, e *Entry) bool {
	if site != m.site || !strings.HasPrefix(uri, site+"\n") {
		return false
	}
	if m.tag != "" {
		return e.tags.has(m.tag)
	}
	_, rest, _ := strings.Cut(uri[len(site)+1:], "\n") // the scheme
	for _, host := range m.hosts {
		if path, ok := strings.CutPrefix(rest, host); ok && strings.HasPrefix(path, "/") {
			return path == m.path || m.prefix && strings.HasPrefix(path, m.path)
		}
	}
	return false
}

// purges remembers the last purges, for answers that were asked for before them and arrive after.
type purges struct {
	mu     sync.Mutex // guards what follows
	last   []purged
	before time.Time // answers asked for until then are from before a purge that is forgotten
}

type purged struct {
	at time.Time
	meaning
}

func (p *purges) add(now time.Time, m meaning) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = slices.DeleteFunc(p.last, func(old purged) bool { return now.Sub(old.at) > answerTime })
	if len(p.last) == purgesMax {
		p.before = p.last[0].at
		p.last = slices.Delete(p.last, 0, 1)
	}
	p.last = append(p.last, purged{now, m})
}

// cover reports whether e, an answer of a site, was asked for before a purge that means it.
func (p *purges) cover(site, uri string, e *Entry) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !e.Asked.After(p.before) && !p.before.IsZero() {
		return true
	}
	return slices.ContainsFunc(p.last, func(old purged) bool { return !e.Asked.After(old.at) && old.means(site, uri, e) })
}

func (p *purges) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.last)
}
