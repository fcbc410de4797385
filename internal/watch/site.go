package watch

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Site is what is watched: one host, and what it shares with others.
type Site struct {
	Name        string       `json:"name"` // the host, lower case; unique
	Home        string       `json:"home"` // ISO 3166-1 alpha-2 of its readers, whose vantages decide the wording; empty when there is no such country
	Addresses   []netip.Addr `json:"addresses"`
	Provider    string       `json:"provider"`     // hoster, CDN or AS, as the operator or a lookup names it; empty when unknown
	CNAME       string       `json:"cname"`        // the last alias on the way to the addresses; empty without one
	NameServers []string     `json:"name_servers"` // of the zone
}

// Vantage is a place to measure from.
type Vantage struct {
	Name      string       `json:"name"`      // unique
	Network   string       `json:"network"`   // AS, or a prefix; vantages without one are taken to be in one network together
	Country   string       `json:"country"`   // ISO 3166-1 alpha-2
	Addresses []netip.Addr `json:"addresses"` // its own, as far as known
	Inside    []string     `json:"inside"`    // sites of whose machine or network it is part, beside those that addresses show
	Health    Health       `json:"health"`    // until the first report; Unchecked by default
}

// network returns the name under which a vantage's vote is counted.
func (v Vantage) network() string { return strings.ToLower(v.Network) }

// isInside reports whether v stands in the network of s: named so, the same address, /24 or /48, a network that holds the address, or the
// network that is the site's provider. Such a vantage tells cause and never votes.
func isInside(v Vantage, s Site) bool {
	if slices.Contains(v.Inside, s.Name) {
		return true
	}
	if v.Network != "" && strings.EqualFold(v.Network, s.Provider) {
		return true
	}
	net, err := netip.ParsePrefix(v.Network)
	for _, a := range s.Addresses {
		if err == nil && net.Contains(a) {
			return true
		}
		if slices.ContainsFunc(v.Addresses, func(own netip.Addr) bool { return prefixOf(own) == prefixOf(a) }) {
			return true
		}
	}
	return false
}

// prefixOf returns the /24 or /48 of an address.
func prefixOf(a netip.Addr) netip.Prefix {
	a = a.Unmap()
	bits := 48
	if a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

// Config says what a [Machine] watches and from where.
type Config struct {
	Sites    []Site
	Vantages []Vantage
}

// check returns everything that is wrong with the configuration.
func (c Config) check() error {
	var all []error
	if len(c.Sites) > maxSites {
		all = append(all, fmt.Errorf("%d sites, at most %d", len(c.Sites), maxSites))
	}
	if len(c.Vantages) > maxVantages {
		all = append(all, fmt.Errorf("%d vantages, at most %d", len(c.Vantages), maxVantages))
	}
	seen := make(map[string]bool)
	for _, s := range c.Sites {
		if s.Name == "" || seen[s.Name] {
			all = append(all, fmt.Errorf("site %q: names are unique and not empty", s.Name))
		}
		seen[s.Name] = true
	}
	clear(seen)
	for _, v := range c.Vantages {
		if v.Name == "" || seen[v.Name] {
			all = append(all, fmt.Errorf("vantage %q: names are unique and not empty", v.Name))
		}
		seen[v.Name] = true
	}
	return errors.Join(all...)
}
