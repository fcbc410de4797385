package claims

import (
	"context"
	"slices"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/orders"
	"github.com/seawall-project/seawall/internal/claim/intake"
)

// roster is who is watched now, and by which names.
type roster struct {
	*intake.Watched
	sites []intake.Site
	homes map[string]string // countries of their readers, by host
}

// others returns what finds other hosts of sites.
func (d *Desk) others() orders.OthersFunc {
	if d.Others == nil {
		return orders.OthersOf(d.Store, d.State, nil)
	}
	return d.Others
}

func (d *Desk) roster(ctx context.Context) (*roster, error) {
	all, err := d.Store.Sites(ctx)
	if err != nil {
		return nil, err
	}
	others, err := d.others()(ctx)
	if err != nil {
		return nil, err
	}
	r := &roster{homes: make(map[string]string)}
	for _, s := range all {
		if s.Removed.IsZero() {
			r.homes[s.Host] = s.Country
			r.sites = append(r.sites, intake.Site{Name: s.Name, Host: s.Host, Aliases: others[s.Host]})
		}
	}
	r.Watched = intake.NewWatched(r.sites)
	return r, nil
}

// site returns the watched site that a host is by its own name or another of the site's; nil for none. What only shares a domain with it is not it.
func (r *roster) site(host string) *intake.Site {
	name, via := r.Match(host)
	if via != seawall.MatchHost && via != seawall.MatchAlias {
		return nil
	}
	i := slices.IndexFunc(r.sites, func(s intake.Site) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	return &r.sites[i]
}

// known returns the host of the watched site that a host is; itself where it is none.
func (r *roster) known(host string) string {
	if s := r.site(host); s != nil {
		return s.Host
	}
	return host
}

// names returns all that a host is called, itself first: with and without "www.", and where it is a watched site's, that site's other names as well.
func (r *roster) names(host string) []string {
	called := []string{host}
	if s := r.site(host); s != nil {
		called = append(append(called, s.Host), s.Aliases...)
	}
	all := []string{host}
	for _, c := range called {
		for _, name := range seawall.Spellings(c) {
			if !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	return all
}
