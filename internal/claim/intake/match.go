package intake

import (
	"net/netip"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/seawall-project/seawall"
)

// Site is a watched site, as far as names go.
type Site struct {
	Name    string
	Host    string   // lower case, A-labels
	Aliases []string // further hosts that the operator says to be the site's
}

// Watched finds the site that a host is. The zero value and nil watch nothing.
type Watched struct {
	hosts, aliases, domains map[string]string // to a site's name, "" where there are several
}

// NewWatched makes the tables.
func NewWatched(sites []Site) *Watched {
	w := &Watched{hosts: map[string]string{}, aliases: map[string]string{}, domains: map[string]string{}}
	for _, s := range sites {
		put(w.hosts, bare(s.Host), s.Name)
		for _, a := range s.Aliases {
			put(w.aliases, bare(a), s.Name)
		}
		if d := domain(s.Host); d != "" {
			put(w.domains, d, s.Name)
		}
	}
	return w
}

func put(in map[string]string, key, site string) {
	if other, ok := in[key]; ok && other != site {
		site = ""
	}
	in[key] = site
}

// Match returns the site that a host is, and how that was found: by the host, by an alias, or by the registrable domain.
func (w *Watched) Match(host string) (string, seawall.Match) {
	if w == nil {
		return "", seawall.NotWatched
	}
	for _, by := range []struct {
		table map[string]string
		key   string
		match seawall.Match
	}{{w.hosts, bare(host), seawall.MatchHost}, {w.aliases, bare(host), seawall.MatchAlias}, {w.domains, domain(host), seawall.MatchDomain}} {
		switch site, ok := by.table[by.key]; {
		case ok && site == "":
			return "", seawall.MatchUnclear
		case ok:
			return site, by.match
		}
	}
	return "", seawall.NotWatched
}

func bare(host string) string { return strings.TrimPrefix(host, "www.") }

// domain returns the registrable domain (publicsuffix.org), "" where there is none.
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
