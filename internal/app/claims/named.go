package claims

import (
	"context"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/store"
)

// nearby is how far a list or a claim may be from the time at which a site failed, to be about that.
const nearby = 12 * time.Hour

// named returns what tells whether a list or a claim names a site for about a time. What cannot be read counts as not named. It remembers what it has
// said.
func (d *Desk) named(ctx context.Context) func(site string, at time.Time) bool {
	type question struct {
		site string
		at   int64
	}
	said := make(map[question]bool)
	return func(site string, at time.Time) bool {
		q := question{site, at.UnixMilli()}
		is, known := said[q]
		if !known {
			is = d.isNamed(ctx, site, at)
			said[q] = is
		}
		return is
	}
}

func (d *Desk) isNamed(ctx context.Context, site string, at time.Time) bool {
	found := false
	for _, name := range seawall.Spellings(site) {
		f := store.SightingFilter{Host: name, Since: at.Add(-nearby), Until: at.Add(nearby)}
		if err := d.Store.Sightings(ctx, f, func(store.OrderSighting) error { found = true; return nil }); err != nil {
			return false
		}
		all, err := d.Store.Claims(ctx, store.ClaimFilter{Host: name, Since: at.Add(-nearby), Limit: 100})
		if err != nil {
			return false
		}
		for i := range all {
			when := all[i].Posted
			if when.IsZero() {
				when = all[i].Received
			}
			found = found || when.After(at.Add(-nearby)) && when.Before(at.Add(nearby))
		}
	}
	return found
}
