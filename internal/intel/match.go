package intel

import (
	"net/netip"
	"slices"
	"time"

	"github.com/seawall-project/seawall"
)

// Grade says how much a listing concerns a site.
type Grade string

// The grades.
const (
	Named   Grade = "named"   // the site's host or an alias of it: somebody is woken
	Near    Grade = "near"    // something like it: a notice by day
	Pattern Grade = "pattern" // a host that was listed together with it before: no lead time, for a list of who should be ready
)

// Watched is a site that somebody wants to be warned for.
type Watched struct {
	Site      string // what it is called
	Host      string // as [seawall.Listing] has it
	Aliases   []string
	Addresses []netip.Addr
	Provider  string // empty when it is not known
}

// Listed is a listing with what is known of its host beside. Nobody looks that up: it is what the orders say, and tables of prefixes.
type Listed struct {
	Listing   *seawall.Listing
	Addresses []netip.Addr
	Provider  string
	TLP       string // of the listing's feed, such as "TLP:GREEN"
}

// Warning is what is told to those of one site. It never names another victim.
type Warning struct {
	Grade Grade
	Site  string
	Why   string // "host", "alias", "domain", "address", "provider", "look_alike", "batch"
	Feed  string
	TLP   string    // of the feed
	First time.Time // of the listing

	// What is aimed at, of a Named one alone.
	Templates []seawall.Template
	Vectors   []seawall.Vector
	Ports     []uint16
	Oldest    time.Time // when the oldest order was made; zero where none says
}

// names returns all that a site is called.
func (s *Watched) names() []string { return append([]string{s.Host}, s.Aliases...) }

// concerns returns how much a listing concerns a site and why; nothing where it does not. Whatever it looks at has a key in [Matcher].
func (s *Watched) concerns(l *Listed, mates Mates) (Grade, string) {
	host := l.Listing.Host
	names := s.names()
	domain := Registrable(host)
	switch {
	case host == s.Host:
		return Named, "host"
	case slices.Contains(s.Aliases, host):
		return Named, "alias"
	case domain != "" && slices.ContainsFunc(names, func(n string) bool { return Registrable(n) == domain }):
		return Near, "domain"
	case slices.ContainsFunc(l.Addresses, func(a netip.Addr) bool { return slices.Contains(s.Addresses, a) }):
		return Near, "address"
	case slices.ContainsFunc(names, func(n string) bool { return lookAlike(n, host) }):
		return Near, "look_alike"
	case l.Provider != "" && l.Provider == s.Provider:
		return Near, "provider"
	case slices.ContainsFunc(names, func(n string) bool { return mates[n][host] }):
		return Pattern, "batch"
	}
	return "", ""
}

// aim sums up what is aimed at.
func (w *Warning) aim(templates []seawall.Template) {
	w.Templates = templates
	for i := range templates {
		t := &templates[i]
		if !slices.Contains(w.Vectors, t.Vector) {
			w.Vectors = append(w.Vectors, t.Vector)
		}
		if t.Port != 0 && !slices.Contains(w.Ports, t.Port) {
			w.Ports = append(w.Ports, t.Port)
		}
		if !t.Created.IsZero() && (w.Oldest.IsZero() || t.Created.Before(w.Oldest)) {
			w.Oldest = t.Created
		}
	}
	slices.Sort(w.Vectors)
	slices.Sort(w.Ports)
}

// Mates are, for each host, those that were listed together with it.
type Mates map[string]map[string]bool

// Bounds of batches.
const (
	smallestBatch = 4   // fewer hosts are no batch
	largestBatch  = 500 // more say nothing of one another
)

// MatesOf returns who was listed with each of hosts: at least four hosts of one country that came into a feed with the same list.
func MatesOf(hosts []string, history []seawall.Listing) Mates {
	type key struct {
		feed, country string
		first         time.Time
	}
	batches := make(map[key][]string)
	for _, l := range history {
		k := key{l.Feed, seawall.CountryOf(l.Host), l.First}
		batches[k] = append(batches[k], l.Host)
	}
	wanted := make(map[string]bool, len(hosts))
	for _, host := range hosts {
		wanted[host] = true
	}
	mates := make(Mates)
	for _, batch := range batches {
		if len(batch) < smallestBatch || len(batch) > largestBatch {
			continue
		}
		for _, host := range batch {
			if !wanted[host] {
				continue
			}
			if mates[host] == nil {
				mates[host] = make(map[string]bool)
			}
			for _, other := range batch {
				mates[host][other] = other != host
			}
		}
	}
	return mates
}
