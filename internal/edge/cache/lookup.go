package cache

import (
	"time"

	"github.com/seawall-project/seawall"
)

// State is what the cache has for a request.
type State uint8

// The states.
const (
	Bypass State = iota // the request may not be answered from the cache, nor with another request's answer
	Miss                // nothing stored fits
	Fresh               // what is stored may be served as it is
	Stale               // what is stored needs the origin's word first, see [Hit.MayServeStale]
)

var stateNames = [...]string{"bypass", "miss", "fresh", "stale"}

// String returns the name of s, such as "fresh".
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return "unknown"
}

// Hit is what [Cache.Lookup] found.
type Hit struct {
	State State
	Entry *Entry // for Fresh and Stale
	// Key is equal for requests that may share one forward's answer, as far as that answer allows ([Recording.Fits],
	// [Entry.Fits]). Zero for Bypass, and for requests whose answer is their own: with Authorization or no-store.
	Key Key
	// MayServeStale says of a Stale entry that it may be served when the origin fails (RFC 9111, section 4.2.4).
	MayServeStale bool
	// Collapsible says that requests with this Key may wait for one of them to be answered. False for Fresh and Bypass,
	// and for ten seconds after [Cache.MarkPrivate].
	Collapsible bool
}

// Lookup returns what is stored for r at site. It changes nothing but the book of what was used lately, never waits and does
// not allocate. A nil site is a Bypass.
func (c *Cache) Lookup(now time.Time, site *seawall.Site, r *seawall.Request) Hit {
	traits := traitsOf(r)
	if site == nil || !traits.cacheable() {
		return Hit{}
	}
	t := targetOf(site, r)
	key := c.key(&t)
	entry := c.find(key, &t, r)
	if traits.authorization && (entry == nil || !entry.sharable) {
		return Hit{}
	}
	hit := Hit{State: Miss}
	if !traits.authorization && !traits.noStore {
		hit.Key = key.forMethod(r.Method)
	}
	switch {
	case entry == nil:
	case entry.fresh(now):
		hit.State, hit.Entry = Fresh, entry
		return hit
	default:
		hit.MayServeStale = entry.mayServeStale(now, site.MaxStale)
		if hit.MayServeStale || entry.validates() {
			hit.State, hit.Entry = Stale, entry
		}
	}
	hit.Collapsible = c.collapsible(now, hit.Key)
	return hit
}

// find returns the stored answer that r selects, the newest if several do (RFC 9111, section 4).
func (c *Cache) find(key Key, t *target, r *seawall.Request) *Entry {
	res, ok := c.store.GetIfPresent(key)
	if !ok || !c.names(t, res.uri) {
		return nil
	}
	for _, e := range res.variants {
		if e.Fits(r) {
			return e
		}
	}
	return nil
}
