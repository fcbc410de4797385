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
	// Key is equal for requests that may share one forward's answer, as far as that answer allows ([Entry.Fits]). Zero for
	// Bypass, and for requests whose answer is their own: with Authorization or no-store. A request with a Range shares the whole
	// and gets its part of it, so whoever forwards it leaves the Range out, and hands it to [Cache.Begin] without.
	Key Key
	// MayServeStale says of a Stale entry that it may be served when the origin fails (RFC 9111, section 4.2.4).
	MayServeStale bool
	// Invalidated says of a Stale entry that it is so because something has changed what it shows ([Cache.Invalidate]), not by its age alone.
	Invalidated bool
	// WhileRevalidate says of a Stale entry that it may be served at once while the origin is asked (RFC 5861, section 3).
	WhileRevalidate bool
	// Collapsible says that requests with this Key may wait for one of them to be answered. False for Bypass, for Fresh without
	// WantsNewer, and for ten seconds after [Cache.MarkPrivate].
	Collapsible bool

	// What the request would like (RFC 9111, section 5.2.1), as advice that need not be followed.
	WantsNewer   bool // than Entry: no-cache, max-age or min-fresh would have the origin asked
	TakesStale   bool // of a Stale entry: max-stale takes it as it is
	OnlyIfCached bool // nothing that the origin would have to be asked for
}

// Lookup returns what is stored for r at site. It changes nothing but the book of what was used lately, never waits and does
// not allocate. A nil site is a Bypass, and so is a request with a body.
//
// A Range asks for part of what is stored, see [Entry.Range]; where there is nothing to be served or validated, the request is a Bypass.
func (c *Cache) Lookup(now time.Time, site *seawall.Site, r *seawall.Request) Hit {
	traits := traitsOf(r)
	if site == nil || !traits.answerable() {
		return Hit{}
	}
	t := targetOf(site, r)
	key := c.key(&t)
	entry, invalidated := c.find(now, key, &t, r)
	if entry != nil && traits.authorization && !entry.sharable {
		entry = nil
	}
	hit := Hit{State: Miss, OnlyIfCached: traits.wish.onlyIfCached}
	if !traits.alone() {
		hit.Key = key.forMethod(r.Method)
	}
	switch {
	case entry == nil:
	case invalidated.IsZero() && entry.fresh(now):
		hit.State, hit.Entry, hit.WantsNewer = Fresh, entry, traits.wish.newer(entry, now)
		if !hit.WantsNewer {
			return hit
		}
	default:
		hit.Invalidated = !invalidated.IsZero()
		hit.MayServeStale = entry.mayServeStale(now, invalidated, site.MaxStale)
		if hit.MayServeStale || entry.validates() {
			hit.State, hit.Entry = Stale, entry
			hit.TakesStale = hit.MayServeStale && invalidated.IsZero() && traits.wish.takesStale(entry, now)
			hit.WhileRevalidate = entry.mayServeWhile(now, invalidated, site.MaxStale)
			hit.WantsNewer = traits.wish.newer(entry, now)
		}
	}
	if hit.State == Miss && traits.ranged {
		return Hit{}
	}
	hit.Collapsible = c.collapsible(now, hit.Key)
	return hit
}

// find returns the stored answer that r selects, the newest if several do (RFC 9111, section 4), with the time of the
// invalidation that it may be older than, zero if there is none.
func (c *Cache) find(now time.Time, key Key, t *target, r *seawall.Request) (e *Entry, invalidated time.Time) {
	res, ok := c.get(key)
	if !ok || !c.names(t, res.uri) {
		return nil, time.Time{}
	}
	for _, e := range res.variants {
		if e.Fits(r) {
			e.use(now)
			return e, res.suspect(e)
		}
	}
	return nil, time.Time{}
}
