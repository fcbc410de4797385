package orders

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/intel"
	"github.com/seawall-project/seawall/internal/intel/draft"
	"github.com/seawall-project/seawall/internal/store"
)

// Edge is a Seawall that stands in front of sites, and may take up a defence against what lists aim at them.
type Edge struct {
	Sites   []string            // the hosts, each of which counts with and without "www."; none without an edge
	Aliases map[string][]string // other hosts of each, which count as well
	// Offer hands over drafts for one site. That edge judges them, keeps them waiting or puts them in force, as its owner said. An error that is
	// [control.ErrRefused] or a [control.RefusedError] is its last word; any other is tried again.
	Offer func(ctx context.Context, drafts []draft.Draft) error
}

// EdgeOf returns the edge in front of a configuration's sites, as it is asked that way; sites whose owners want nothing prepared are left out.
func EdgeOf(cfg *config.Config, way desk.Way[app.App]) Edge {
	e := Edge{Aliases: make(map[string][]string), Offer: func(ctx context.Context, drafts []draft.Draft) error {
		_, err := app.RulesOffer.Ask(ctx, way, app.RulesOffered{Drafts: drafts})
		return err
	}}
	for i := range cfg.Sites {
		e.Aliases[cfg.Sites[i].Name] = cfg.Sites[i].Aliases
		if s := &cfg.Sites[i]; s.Orders != config.OrdersOff {
			e.Sites = append(e.Sites, s.Name)
		}
	}
	return e
}

// offerer hands what current lists aim at protected sites to the edge in front of them, once for each sighting.
type offerer struct {
	Edge
	others  OthersFunc
	db      store.Orders
	logger  *slog.Logger
	now     func() time.Time
	offered map[string]time.Time // site and feed → the last sighting that was offered; what is not current any more is forgotten
}

// look goes through the listings that are current. What fails for one site keeps no other from its defence.
func (o *offerer) look(ctx context.Context) error {
	now := o.now()
	for key, last := range o.offered {
		if now.Sub(last) > 2*current {
			delete(o.offered, key)
		}
	}
	others, err := o.others(ctx)
	if err != nil {
		o.logger.Warn("aliases do not count", slog.Any("error", err)) // hosts do
	}
	var failed []error
	for _, site := range o.Sites {
		failed = append(failed, o.lookAt(ctx, site, hostsOf(site, others[site]), now))
	}
	return errors.Join(failed...)
}

// hostsOf returns a site's host with and without "www.", and its others, each once.
func hostsOf(site string, others []string) []string {
	both := seawall.Spellings(site)
	hosts := both[:]
	for _, host := range others {
		if !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	return hosts
}

// WatchedSite is a site as lists are compared with it: with and without "www.", and with its other hosts, by the table of [lookout.Aliases] and as
// given.
func WatchedSite(s *store.Site, table map[string][]string, others ...string) intel.Watched {
	return intel.Watched{Site: s.Host, Host: s.Host, Aliases: hostsOf(s.Host, slices.Concat(table[s.Name], table[s.Host], others))}
}

// aimed is what one feed's current listings of a site's hosts aim at it.
type aimed struct {
	from      seawall.Provenance
	templates []seawall.Template
}

// lookAt offers a site's edge what current listings of its hosts aim at it, one feed after another.
func (o *offerer) lookAt(ctx context.Context, site string, hosts []string, now time.Time) error {
	fresh := make(map[string]bool) // feeds with a sighting that was not offered
	for _, host := range hosts {
		recent, err := Load(ctx, o.db, store.SightingFilter{Host: host, Since: now.Add(-2 * current)}, Bare)
		if err != nil {
			return err
		}
		for i := range recent {
			if l := &recent[i]; isCurrent(l, now) && o.offered[offerKey(site, l.Feed)].Before(l.Last) {
				fresh[l.Feed] = true
			}
		}
	}
	var failed []error
	for _, feed := range slices.Sorted(maps.Keys(fresh)) {
		a, err := o.aimedAt(ctx, feed, hosts, now)
		if err == nil {
			err = o.hand(ctx, site, a)
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// isCurrent reports whether a listing is one that is acted on.
func isCurrent(l *seawall.Listing, now time.Time) bool {
	return !l.Last.After(now) && now.Sub(l.Last) <= current
}

func offerKey(site, feed string) string { return site + "\x00" + feed }

// aimedAt puts together what a feed's current listings of some hosts aim at them.
func (o *offerer) aimedAt(ctx context.Context, feed string, hosts []string, now time.Time) (*aimed, error) {
	a := &aimed{from: seawall.Provenance{Feed: feed}}
	var first time.Time
	for _, host := range hosts {
		whole, err := Load(ctx, o.db, store.SightingFilter{Feed: feed, Host: host}, WithTemplates)
		if err != nil {
			return nil, err
		}
		for i := range whole {
			l := &whole[i]
			if !isCurrent(l, now) {
				continue
			}
			a.templates = append(a.templates, l.Templates...)
			if l.Last.After(a.from.Seen) {
				a.from.Seen = l.Last
			}
			if first.IsZero() || l.First.Before(first) {
				first = l.First
			}
		}
	}
	a.from.Listing = first.UTC().Format(time.RFC3339)
	return a, nil
}

// hand offers a site's edge what is aimed at it. The defence begins with the last sighting, so that it ends the same after a restart.
func (o *offerer) hand(ctx context.Context, site string, a *aimed) error {
	var err error
	if drafts := draft.Make(site, a.from, a.from.Seen, distinct(a.templates)); len(drafts) > 0 {
		err = o.Offer(ctx, drafts)
	}
	var refused *control.RefusedError
	if errors.Is(err, control.ErrRefused) || errors.As(err, &refused) {
		o.logger.Warn("the edge takes up no defence against a list", slog.String("site", site), slog.String("feed", a.from.Feed), slog.Any("why", err))
		err = nil
	}
	if err == nil {
		o.offered[offerKey(site, a.from.Feed)] = a.from.Seen
	}
	return err
}
