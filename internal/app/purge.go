package app

import (
	"fmt"
	"slices"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/edge/cache"
)

// purge forgets stored answers of the sites that p means and returns how many. A name that is none of ours is an error, so that nobody
// takes a misspelt one for a page that was not stored.
func (a *App) purge(p control.Purge) (forgotten int, err error) {
	g := a.front.enter()
	defer g.leave()
	host, _, err := p.Target()
	if err != nil {
		return 0, err
	}
	sites, err := g.meant(p.Site, host)
	if err != nil {
		return 0, err
	}
	for _, site := range sites {
		n, err := a.forget(g.cache, a.Now(), site, p)
		forgotten += n
		if err != nil {
			return forgotten, fmt.Errorf("purge %s: %w", site.Name, err)
		}
	}
	return forgotten, nil
}

// meant returns the sites with the host names given, all without any.
func (g *graph) meant(names ...string) ([]*seawall.Site, error) {
	sites := g.sites
	for _, name := range names {
		if name == "" {
			continue
		}
		i := slices.IndexFunc(sites, func(s *seawall.Site) bool { return s.Name == name || slices.Contains(s.Aliases, name) })
		if i < 0 {
			return nil, fmt.Errorf("purge: %s is no name of a site that is meant", name)
		}
		sites = sites[i : i+1]
	}
	return sites, nil
}

// purgeSite forgets stored answers of one site, whichever of its names p gives: pages are stored under the one that aliases are pointed to.
func purgeSite(c *cache.Cache, now time.Time, site *seawall.Site, p control.Purge) (int, error) {
	_, path, err := p.Target()
	switch {
	case err != nil:
		return 0, err
	case p.URL != "":
		return c.Purge(now, site, cache.Purge{URL: path})
	case p.Prefix != "":
		return c.Purge(now, site, cache.Purge{Prefix: path})
	}
	return c.Purge(now, site, cache.Purge{Tag: p.Tag})
}
