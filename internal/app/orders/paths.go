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
	r := reader{db: db, aims: make(map[string]intel.Aim), templates: make(map[string]seawall.Template)}
	named := make(map[string]probe.Listed)
	for _, s := range sites {
		if !s.Removed.IsZero() {
			continue
		}
		for _, host := range seawall.Spellings(s.Host) {
			x, err := r.pathsOf(ctx, host)
			if err != nil {
				return nil, err
			}
			if len(x.Paths)+len(x.Ports) == 0 {
				continue
			}
			have := named[s.Host]
			named[s.Host] = probe.Listed{Paths: append(have.Paths, x.Paths...), Ports: append(have.Ports, x.Ports...)}
		}
	}
	return named, nil
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
