package orders

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/intel"
	"github.com/seawall-project/seawall/internal/store"
)

// maxNear is how many listings of a feed that are near a site, and of which it is not known whether that was told, are gone into in one look. Who writes
// a list can put any number of such names on it; the others are gone into at the next looks.
const maxNear = 100

// listed is a host on a feed's lists.
type listed struct{ feed, host string }

// begun is when a listing began, and its last sighting, as far as the warner knows.
type begun struct{ previous, first, last time.Time }

// concern is what one listing means to one site.
type concern struct {
	listing *seawall.Listing
	warning intel.Warning
}

// glance is one look of a warner.
type glance struct {
	*warner
	since  time.Time              // what is older was not read
	lists  map[string][]time.Time // when the lists of each feed are from
	groups map[string][]string    // of each site

	near    []*concern        // what has to be gone into
	waiting map[string]bool   // keys of messages about that, as far as they are known
	of      map[[2]string]int // how much that is of each site and feed
	leftOut int
}

// take warns at once of what names a site, and has what is near it wait, unless that was told. Patterns are told to nobody.
func (g *glance) take(ctx context.Context, c *concern) error {
	if c.warning.Grade == intel.Named {
		g.Listed(c.listing.Last, c.warning.Site)
		return g.warn(ctx, c)
	}
	if c.warning.Grade != intel.Near {
		return nil
	}
	key := ""
	if b, ok := g.began(c.listing); ok {
		key = b.key(&c.warning)
		if g.waiting[key] || g.wasTold(key, b.last) {
			return nil
		}
	}
	pair := [2]string{c.warning.Site, c.warning.Feed}
	if g.of[pair]++; g.of[pair] > maxNear {
		g.leftOut++
		return nil
	}
	g.near = append(g.near, c)
	if key != "" {
		g.waiting[key] = true
	}
	return nil
}

// warnNear warns of what is near sites.
func (g *glance) warnNear(ctx context.Context) error {
	if g.leftOut > 0 {
		g.Logger.Warn("lists name more that is like watched sites than one look goes into", slog.Int("left_out", g.leftOut))
	}
	var failed []error
	for _, c := range g.near {
		failed = append(failed, g.warn(ctx, c))
	}
	return errors.Join(failed...)
}

// warn tells one site's people of one listing, once.
func (g *glance) warn(ctx context.Context, c *concern) error {
	x, l := &c.warning, *c.listing
	b, ok := g.began(&l)
	if !ok {
		whole, err := g.whole(ctx, &l, Bare)
		if err != nil {
			return err
		}
		b = g.note(whole)
	}
	key := b.key(x)
	if g.wasTold(key, b.last) {
		return nil
	}
	l.First, l.Previous = b.first, b.previous
	if x.Grade == intel.Named {
		whole, err := g.whole(ctx, &l, WithTemplates)
		if err != nil {
			return err
		}
		l = *whole
	}
	g.Logger.Warn("an attack list concerns a watched site", slog.String("site", x.Site), slog.String("grade", string(x.Grade)), slog.String("why", x.Why),
		slog.String("feed", x.Feed))
	if err := g.Post(ctx, message(key, g.Now(), &l, x, g.groups[x.Site])); err != nil {
		return err
	}
	g.told[key] = l.Last
	return nil
}

// key names the message about a listing that began then.
func (b *begun) key(x *intel.Warning) string {
	return fmt.Sprintf("listing/%s/%s/%s/%s", x.Grade, x.Feed, x.Site, b.first.UTC().Format(time.RFC3339))
}

// wasTold reports whether a message was posted by this process, and notes when what it is about was last seen.
func (g *glance) wasTold(key string, last time.Time) bool {
	_, told := g.told[key]
	if told {
		g.told[key] = last
	}
	return told
}

// began returns when the listing began of which l, as it was read, may be the end only: as was known before, or because nothing of it can be older than
// what was read. ok is false where that takes a look at the whole.
func (g *glance) began(l *seawall.Listing) (b begun, ok bool) {
	b, ok = g.begun[listed{l.Feed, l.Host}]
	switch {
	case ok && !l.First.After(b.last):
		b.last = l.Last
		g.begun[listed{l.Feed, l.Host}] = b
		return b, true
	case l.First.Add(-seawall.ListingGap).Before(g.since):
		return b, false
	}
	return g.note(l), true
}

// note keeps when a listing began that is known whole.
func (g *glance) note(l *seawall.Listing) begun {
	b := begun{l.Previous, l.First, l.Last}
	g.begun[listed{l.Feed, l.Host}] = b
	return b
}

// whole reads the listing that one is the end of.
func (g *glance) whole(ctx context.Context, end *seawall.Listing, with Templates) (*seawall.Listing, error) {
	all, err := loadOf(ctx, g.Store, store.SightingFilter{Feed: end.Feed, Host: end.Host}, g.lists, with)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(l seawall.Listing) bool { return !l.First.After(end.Last) && !l.Last.Before(end.Last) })
	if i < 0 {
		return nil, fmt.Errorf("the listing of a host at %v is gone", end.Last)
	}
	return &all[i], nil
}
