package orders

import (
	"context"
	"regexp"
	"slices"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/intel"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// Paths returns what attack orders of any time name of each host in the registrable domains of watched sites, with or without "www.": paths and ports that
// are never asked for, since who asks would join in. A watched site may redirect to any of these hosts.
func Paths(ctx context.Context, db lookout.Store) (map[string]probe.Listed, error) {
	sites, err := db.Sites(ctx)
	if err != nil {
		return nil, err
	}
	domains := make(map[string]bool, len(sites))
	for _, s := range sites {
		if s.Removed.IsZero() {
			domains[probe.Site(s.Host, 0)] = true
		}
	}
	return pathsIn(ctx, db, domains)
}

// PathsAround returns the same of each host in the registrable domain of one, watched or not.
func PathsAround(ctx context.Context, db lookout.Store, host string) (map[string]probe.Listed, error) {
	return pathsIn(ctx, db, map[string]bool{probe.Site(host, 0): true})
}

// pathsIn returns what orders name of each host in registrable domains, under both spellings of it.
func pathsIn(ctx context.Context, db lookout.Store, domains map[string]bool) (map[string]probe.Listed, error) {
	hosts, err := db.ListedHosts(ctx)
	if err != nil {
		return nil, err
	}
	r := &reader{db: db, aims: make(map[string]intel.Aim), templates: make(map[string]seawall.Template)}
	named := make(map[string]probe.Listed)
	for _, host := range hosts {
		spellings := seawall.Spellings(host)
		if _, done := named[spellings[0]]; done || !domains[probe.Site(host, 0)] {
			continue
		}
		x, err := r.spelt(ctx, spellings)
		if err != nil {
			return nil, err
		}
		if len(x.Paths)+len(x.Ports) > 0 {
			named[spellings[0]], named[spellings[1]] = x, x
		}
	}
	return named, nil
}

// spelt returns what orders name of a host under any of its spellings.
func (r *reader) spelt(ctx context.Context, spellings [2]string) (all probe.Listed, err error) {
	for _, h := range spellings {
		x, err := r.pathsOf(ctx, h)
		if err != nil {
			return all, err
		}
		all.Paths, all.Ports = append(all.Paths, x.Paths...), append(all.Ports, x.Ports...)
	}
	return all, nil
}

// pathsOf returns what orders name of one host.
func (r *reader) pathsOf(ctx context.Context, host string) (x probe.Listed, err error) {
	var aims []string
	err = r.db.Sightings(ctx, store.SightingFilter{Host: host}, func(s store.OrderSighting) error {
		if !slices.Contains(aims, s.Aim) {
			aims = append(aims, s.Aim)
		}
		return nil
	})
	if err != nil || len(aims) == 0 {
		return x, err
	}
	templates, err := r.templatesOf(ctx, aims)
	for i := range templates {
		t := &templates[i]
		if t.Path != "" {
			x.Paths = append(x.Paths, classes.ReplaceAllString(t.Path, "$$_0"))
		}
		if t.Port != 0 {
			x.Ports = append(x.Ports, t.Port)
		}
	}
	slices.Sort(x.Paths)
	slices.Sort(x.Ports)
	x.Paths, x.Ports = slices.Compact(x.Paths), slices.Compact(x.Ports)
	return x, err
}

// classes are what stands in a template's path where something was left out; a prober writes it as orders do.
var classes = regexp.MustCompile(`\{(word|number|email|token)\}`)
