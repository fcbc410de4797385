package intel

import (
	"cmp"
	"hash/maphash"
	"slices"
	"strings"

	"github.com/mtibben/confusables"
)

// Matcher finds whom a listing concerns, among many sites. It is not safe for use by more than one goroutine at a time.
//
// A site and a listing are each described by keys: their names, domains, addresses, providers, how their names look, and their names with one
// letter left out, which any two names that differ in one letter have in common. A site that shares no key with a listing is not
// concerned by it; of those that do, [Watched.concerns] decides.
type Matcher struct {
	sites []Watched
	mates Mates
	seed  maphash.Seed
	index []keyed // by key, then site
	found []uint64
}

// keyed is one key of a site. A key is a hash: two that happen to be alike make a site be judged in vain, and nothing else.
type keyed struct {
	key  uint64
	site int32
}

// kind keeps apart keys of different things.
type kind byte

const (
	keyName kind = iota
	keyDomain
	keyAddress
	keyProvider
	keySpelling
	keyLook
	keyMate
)

// NewMatcher returns one for sites, which must not change afterwards, nor may mates; these may be nil.
func NewMatcher(sites []Watched, mates Mates) *Matcher {
	m := &Matcher{sites: sites, mates: mates, seed: maphash.MakeSeed()}
	var keys []uint64
	for i := range sites {
		keys = m.site(keys[:0], &sites[i])
		for _, key := range keys {
			m.index = append(m.index, keyed{key, int32(i)}) //nolint:gosec // nobody watches two thousand million sites
		}
	}
	slices.SortFunc(m.index, func(a, b keyed) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.site, b.site)) })
	m.index = slices.Compact(m.index)
	return m
}

// Match returns the warnings that a listing gives, at most one for each site, of the highest grade that fits, in the order of sites.
func (m *Matcher) Match(l Listed) []Warning {
	var all []Warning
	for _, i := range m.candidates(&l) {
		s := &m.sites[i]
		grade, why := s.concerns(&l, m.mates)
		if grade == "" {
			continue
		}
		w := Warning{Grade: grade, Site: s.Site, Why: why, Feed: l.Listing.Feed, TLP: l.TLP, First: l.Listing.First}
		if grade == Named {
			w.aim(l.Listing.Templates)
		}
		all = append(all, w)
	}
	return all
}

// candidates returns the sites that share a key with a listing, in order.
func (m *Matcher) candidates(l *Listed) []int32 {
	m.found = m.listing(m.found[:0], l)
	var sites []int32
	for _, key := range m.found {
		i, _ := slices.BinarySearchFunc(m.index, key, func(k keyed, key uint64) int { return cmp.Compare(k.key, key) })
		for ; i < len(m.index) && m.index[i].key == key; i++ {
			sites = append(sites, m.index[i].site)
		}
	}
	slices.Sort(sites)
	return slices.Compact(sites)
}

// site appends the keys of a site.
func (m *Matcher) site(keys []uint64, s *Watched) []uint64 {
	for _, name := range s.names() {
		keys = m.name(keys, name)
		for other, is := range m.mates[name] {
			if is {
				keys = append(keys, m.key(keyMate, other))
			}
		}
	}
	for _, a := range s.Addresses {
		keys = append(keys, m.key(keyAddress, a.String()))
	}
	if s.Provider != "" {
		keys = append(keys, m.key(keyProvider, s.Provider))
	}
	return keys
}

// listing appends the keys of a listing.
func (m *Matcher) listing(keys []uint64, l *Listed) []uint64 {
	keys = m.name(keys, l.Listing.Host)
	keys = append(keys, m.key(keyMate, l.Listing.Host))
	for _, a := range l.Addresses {
		keys = append(keys, m.key(keyAddress, a.String()))
	}
	if l.Provider != "" {
		keys = append(keys, m.key(keyProvider, l.Provider))
	}
	return keys
}

// name appends the keys of a name: it, its domain, how it looks, and all that it is with at most one letter left out.
func (m *Matcher) name(keys []uint64, name string) []uint64 {
	keys = append(keys, m.key(keyName, name))
	if domain := Registrable(name); domain != "" {
		keys = append(keys, m.key(keyDomain, domain))
	}
	name = readable(strings.TrimPrefix(name, "www."))
	keys = append(keys, m.key(keyLook, confusables.Skeleton(name)))
	letters := []rune(name)
	keys = append(keys, m.key(keySpelling, string(letters)))
	for i := range letters {
		keys = append(keys, m.key(keySpelling, string(letters[:i]), string(letters[i+1:])))
	}
	return keys
}

// key returns the key of something of a kind that is written in parts.
func (m *Matcher) key(k kind, parts ...string) uint64 {
	var h maphash.Hash
	h.SetSeed(m.seed)
	_ = h.WriteByte(byte(k))
	for _, p := range parts {
		_, _ = h.WriteString(p)
	}
	return h.Sum64()
}
