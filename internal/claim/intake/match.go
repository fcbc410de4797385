package intake

import (
	"net/netip"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/seawall-project/seawall"
)

// Site is a watched site, as far as claims are matched to it.
type Site struct {
	Name    string
	Host    string
	Aliases []string // other names that the operator says to be the site's
}

// Matcher finds the watched site that a host is. It is not changed once made, and may be used by many at once.
type Matcher struct {
	hosts, aliases map[string]string
	domains        map[string][]string // registrable domain (Public Suffix List) → sites
}

// NewMatcher returns a matcher of sites. Names in any form are taken; what is no host is left out.
func NewMatcher(sites []Site) *Matcher {
	m := &Matcher{hosts: map[string]string{}, aliases: map[string]string{}, domains: map[string][]string{}}
	for _, s := range sites {
		host, err := normal(s.Host)
		if err != nil {
			continue
		}
		m.hosts[host] = s.Name
		if d := domain(host); d != "" {
			m.domains[d] = append(m.domains[d], s.Name)
		}
		for _, a := range s.Aliases {
			if alias, err := normal(a); err == nil {
				m.aliases[alias] = s.Name
			}
		}
	}
	return m
}

// Match finds the site of a host in normal form: by the host, by an alias, and last by the registrable domain, where only one site has it.
func (m *Matcher) Match(host string) (site string, via seawall.Match) {
	for _, name := range []string{host, other(host)} {
		if s, ok := m.hosts[name]; ok {
			return s, seawall.MatchHost
		}
	}
	for _, name := range []string{host, other(host)} {
		if s, ok := m.aliases[name]; ok {
			return s, seawall.MatchAlias
		}
	}
	switch sites := m.domains[domain(host)]; len(sites) {
	case 0:
		return "", seawall.NotWatched
	case 1:
		return sites[0], seawall.MatchDomain
	}
	return "", seawall.MatchUnclear
}

// All matches every target of a claim.
func (m *Matcher) All(c *seawall.Claim) {
	for i := range c.Targets {
		t := &c.Targets[i]
		t.Site, t.Via = m.Match(t.Host)
	}
}

// other is a name with "www." in front, or without.
func other(host string) string {
	if bare, ok := strings.CutPrefix(host, "www."); ok {
		return bare
	}
	return "www." + host
}

// domain is the registrable domain of a name; "" of an address, and of what is a public suffix itself.
func domain(host string) string {
	if _, err := netip.ParseAddr(host); err == nil {
		return ""
	}
	d, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return ""
	}
	return d
}
