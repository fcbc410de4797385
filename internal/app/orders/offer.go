package orders

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/control"
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
	db      store.Orders
	logger  *slog.Logger
	now     func() time.Time
	offered map[string]time.Time // site and listing → the last sighting that was offered; what is not current any more is forgotten
}

// look goes through the listings that are current. What fails for one site keeps no other from its defence.
func (o *offerer) look(ctx context.Context) error {
	now := o.now()
	for key, last := range o.offered {
		if now.Sub(last) > 2*current {
			delete(o.offered, key)
		}
	}
	var failed []error
	for _, site := range o.Sites {
		for _, host := range hostsOf(site, o.Aliases[site]) {
			failed = append(failed, o.lookAt(ctx, site, host, now))
		}
	}
	return errors.Join(failed...)
}

// hostsOf returns a site's host with and without "www.", and its others, each once.
func hostsOf(site string, others []string) []string {
	bare := strings.TrimPrefix(site, "www.")
	hosts := []string{bare, "www." + bare}
	for _, host := range others {
		if !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	return hosts
}

// lookAt offers a site's edge what the current listings of a host aim at it.
func (o *offerer) lookAt(ctx context.Context, site, host string, now time.Time) error {
	recent, err := Load(ctx, o.db, store.SightingFilter{Host: host, Since: now.Add(-2 * current)}, Bare)
	if err != nil || len(recent) == 0 {
		return err
	}
	if !slices.ContainsFunc(recent, func(l seawall.Listing) bool { return o.isNew(site, &l, now) }) {
		return nil
	}
	whole, err := Load(ctx, o.db, store.SightingFilter{Host: host}, WithTemplates)
	if err != nil {
		return err
	}
	var failed []error
	for i := range whole {
		if l := &whole[i]; o.isNew(site, l, now) {
			failed = append(failed, o.hand(ctx, site, l))
		}
	}
	return errors.Join(failed...)
}

// isNew reports whether a listing is current and was not offered since its last sighting.
func (o *offerer) isNew(site string, l *seawall.Listing, now time.Time) bool {
	return !l.Last.After(now) && now.Sub(l.Last) <= current && o.offered[offerKey(site, l)].Before(l.Last)
}

func offerKey(site string, l *seawall.Listing) string {
	return strings.Join([]string{site, l.Host, l.Feed}, "\x00")
}

// hand offers a site's edge what one listing aims at it. The defence begins with the last sighting, so that it ends the same after a restart.
func (o *offerer) hand(ctx context.Context, site string, l *seawall.Listing) error {
	from := seawall.Provenance{Feed: l.Feed, Listing: l.First.UTC().Format(time.RFC3339), Seen: l.Last}
	drafts := draft.Make(site, from, l.Last, distinct(l.Templates))
	if len(drafts) == 0 {
		o.offered[offerKey(site, l)] = l.Last
		return nil
	}
	err := o.Offer(ctx, drafts)
	var refused *control.RefusedError
	if errors.Is(err, control.ErrRefused) || errors.As(err, &refused) {
		o.logger.Warn("the edge takes up no defence against a list", slog.String("site", site), slog.String("feed", l.Feed), slog.Any("why", err))
		err = nil
	}
	if err == nil {
		o.offered[offerKey(site, l)] = l.Last
	}
	return err
}
