package lookout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/store"
)

// FromConfig fills in what the sections "watch" and "bus" of a configuration say. What o says already stands.
func FromConfig(o *Setup, c *config.Config) {
	w, b := &c.Watch, &c.Bus
	if o.Bus == (BusSetup{}) {
		o.Bus = BusSetup{Listen: b.Listen, Cert: b.Cert, Key: b.Key, URL: b.URL, Credentials: b.Credentials}
	}
	if o.Probe.Contact == "" {
		o.Probe.Contact = w.Contact
	}
	if o.Vantage.Name == "" {
		o.Vantage.Name = w.Vantage.Name
	}
	if o.Vantage.Network == "" {
		o.Vantage.Network = w.Vantage.Network
	}
	if o.Vantage.Country == "" {
		o.Vantage.Country = w.Vantage.Country
	}
	if len(o.Sentinels) == 0 {
		for _, s := range w.Sentinels {
			o.Sentinels = append(o.Sentinels, Sentinel{URL: s.URL, Network: s.Network})
		}
	}
	if len(o.Probe.Resolvers) == 0 {
		o.Probe.Resolvers = w.Resolvers
	}
	o.Providers = cmp.Or(o.Providers, w.Providers)
	if o.Admin == "" {
		o.Admin = w.Admin
	}
	o.Probe.AllowHosts = append(o.Probe.AllowHosts, w.AllowPrivate...)
	for _, s := range w.Sites {
		o.Sites = append(o.Sites, Spec{
			URL: s.URL, Name: s.Name, Owner: s.Owner, Sector: s.Sector, Country: s.Country, Groups: s.Groups, Contacts: s.Contacts, Public: s.Public,
		})
	}
}

// adopt makes the sites of the configuration part of the watch list. Those that were in it before and are not now are no longer watched. What
// somebody added by the command line stays that person's: a site or a name in both places is an error, and then nothing is changed.
func (d *Desk) adopt(ctx context.Context, specs []Spec) error {
	all, err := d.Store.Sites(ctx)
	if err != nil {
		return err
	}
	sites, err := d.fromFile(specs, all)
	if err != nil {
		return err
	}
	for _, host := range slices.Sorted(maps.Keys(sites)) {
		if _, err := d.Store.PutSite(ctx, sites[host]); err != nil {
			return err
		}
	}
	for _, s := range all {
		if _, stays := sites[s.Host]; stays || s.Source != store.SourceYAML || !s.Removed.IsZero() {
			continue
		}
		s.Removed = d.Now()
		if _, err := d.Store.PutSite(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// fromFile returns the sites that specs mean, by host, or everything that is wrong with them beside what is in the store.
func (d *Desk) fromFile(specs []Spec, all []store.Site) (map[string]store.Site, error) {
	var wrong []error
	sites := make(map[string]store.Site, len(specs))
	for _, spec := range specs {
		site, why := d.siteOf(spec)
		if why != "" {
			wrong = append(wrong, fmt.Errorf("watch.sites: %s: %s", shown(spec.URL), why))
			continue
		}
		site.Source = store.SourceYAML
		for _, have := range all {
			switch {
			case have.Host == site.Host && have.Source == store.SourceYAML, have.Host == site.Host && !have.Removed.IsZero():
				site.Name, site.Added = have.Name, have.Added // its history is kept under this name
			case have.Removed.IsZero() && have.Source == store.SourceCLI && (have.Host == site.Host || have.Name == site.Name):
				wrong = append(wrong, fmt.Errorf("watch.sites: %s is watched by the command line already: \"seawall watch remove %s\", or leave it out here", have.Host, have.Name))
			}
		}
		sites[site.Host] = site
	}
	return sites, errors.Join(wrong...)
}
