package claims

import (
	"context"
	"slices"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/claim/intake"
)

// roster is who is watched now, and by which names.
type roster struct {
	*intake.Watched
	sites []intake.Site
}

func (d *Desk) roster(ctx context.Context) (*roster, error) {
	all, err := d.Store.Sites(ctx)
	if err != nil {
		return nil, err
	}
	aliases, err := lookout.Aliases(d.State)
	if err != nil {
		return nil, err
	}
	r := new(roster)
	for _, s := range all {
		if s.Removed.IsZero() {
			r.sites = append(r.sites, intake.Site{Name: s.Name, Host: s.Host, Aliases: slices.Concat(aliases[s.Name], aliases[s.Host])})
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
