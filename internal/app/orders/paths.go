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

// Paths returns what attack orders of any time name of each watched host, with or without "www.": paths and ports that are never asked for, since
// who asks would join in.
func Paths(ctx context.Context, db lookout.Store) (map[string]probe.Listed, error) {
	sites, err := db.Sites(ctx)
	if err != nil {
		return nil, err
	}
	r := newPaths(db)
	named := make(map[string]probe.Listed)
	for _, s := range sites {
		if !s.Removed.IsZero() {
			continue
		}
		x, err := r.spelt(ctx, s.Host)
		if err != nil {
			return nil, err
		}
		if len(x.Paths)+len(x.Ports) > 0 {
			named[s.Host] = x
		}
	}
	return named, nil
}

// PathsOf returns the same of one host, whether it is watched or not.
func PathsOf(ctx context.Context, db lookout.Store, host string) (probe.Listed, error) {
	return newPaths(db).spelt(ctx, host)
}

func newPaths(db lookout.Store) *reader {
	return &reader{db: db, aims: make(map[string]intel.Aim), templates: make(map[string]seawall.Template)}
}

// spelt returns what orders name of a host with or without "www.".
func (r *reader) spelt(ctx context.Context, host string) (all probe.Listed, err error) {
	for _, h := range seawall.Spellings(host) {
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
