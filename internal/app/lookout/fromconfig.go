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

// fromFile returns the sites that specs mean, by host, or everything that is wrong with them, by themselves and beside what is in the store.
func (d *Desk) fromFile(specs []Spec, all []store.Site) (map[string]store.Site, error) {
	var wrong []error
	sites, names := make(map[string]store.Site, len(specs)), make(map[string]string, len(specs))
	for _, spec := range specs {
		site, no := d.siteOf(spec)
		why := no.why
		if why == "" {
			site.Source = store.SourceYAML
			site, why = besideKept(site, all)
		}
		switch first, taken := names[site.Name]; {
		case why != "":
		case sites[site.Host].Host != "":
			why = site.Host + " is there twice"
		case taken:
			why = "the name " + site.Name + " is that of " + first
		}
		if why != "" {
			wrong = append(wrong, fmt.Errorf("watch.sites: %s: %s", shown(spec.URL), why))
			continue
		}
		sites[site.Host], names[site.Name] = site, site.Host
	}
	return sites, errors.Join(wrong...)
}

// besideKept returns a site of the file as it goes on with its history, which is kept under its name, or why it cannot be beside what is in the store.
func besideKept(site store.Site, all []store.Site) (_ store.Site, why string) {
	for _, have := range all {
		if have.Host != site.Host {
			continue
		}
		if have.Removed.IsZero() && have.Source == store.SourceCLI {
			return site, fmt.Sprintf("%s is watched by the command line already: \"seawall watch remove %s\", or leave it out here", have.Host, have.Name)
		}
		site.Name, site.Added = have.Name, have.Added
	}
	for _, have := range all {
		if have.Name == site.Name && have.Host != site.Host {
			return site, fmt.Sprintf("the name %s is that of %s, whose history is kept under it: give another", have.Name, have.Host)
		}
	}
	return site, ""
}
