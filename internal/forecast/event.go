package forecast

import (
	"fmt"
	"strings"
	"time"
)

// Event is what a forecast says will happen, or not.
type Event string

// The events. An order is not an attack, and an attack is not an outage: each is asked about by itself.
const (
	Listed   Event = "E1" // an attack list of the window names a host of the population
	Affected Event = "E2" // a watched site of the population was out for a quorum of vantages, beginning in the window
	DownLong Event = "E3" // the same, and it was down for more than an hour in all
)

// Long is how long a site has to be down in all for [DownLong], and more.
const Long = time.Hour

// Words says the event in words.
func (e Event) Words() string {
	switch e {
	case Listed:
		return "a host is named in an attack list"
	case Affected:
		return "a watched site is out, seen by a quorum"
	case DownLong:
		return "a watched site is down for more than an hour in all"
	}
	return string(e)
}

// Kind is what a population is made of.
type Kind string

// The kinds of populations, and what the name of one is.
const (
	OfCountry Kind = "country" // "dk": the last label of a host's name
	OfSector  Kind = "sector"  // "dk/municipality": a country's hosts of a sector
	OfSite    Kind = "site"    // a watched site, by its host; for its owner and the authority, never published
)

// Population is whom a forecast is about.
type Population struct {
	Kind Kind   `json:"kind"`
	Name string `json:"name"`
}

// Public reports whether forecasts about the population may be published.
func (p Population) Public() bool { return p.Kind != OfSite }

// String writes the kind and the name.
func (p Population) String() string { return string(p.Kind) + " " + p.Name }

// check says what is wrong with an event or a population.
func (e Event) check() error {
	if e != Listed && e != Affected && e != DownLong {
		return fmt.Errorf("event %q is not one of E1, E2 and E3", string(e))
	}
	return nil
}

func (p Population) check() error {
	switch p.Kind {
	case OfCountry, OfSector, OfSite:
	default:
		return fmt.Errorf("population %q is not one of country, sector and site", string(p.Kind))
	}
	if p.Name == "" || !line(p.Name) || strings.ContainsRune(p.Name, ' ') {
		return fmt.Errorf("a population is not called %.80q", p.Name)
	}
	return nil
}
