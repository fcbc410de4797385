package statuspage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/store"
)

// named is for how long a site is named, after the last list or claim that came in.
const named = 48 * time.Hour

// errEnough ends a reading that has found what it looks for.
var errEnough = errors.New("found")

// named reports whether a list or a claim that came in lately names a host, with or without "www.".
func (m *Maker) named(ctx context.Context, host string, at time.Time) (bool, error) {
	for _, name := range seawall.Spellings(host) {
		f := store.SightingFilter{Host: name, Since: at.Add(-named), Until: at.Add(time.Millisecond)}
		switch err := m.o.Store.Sightings(ctx, f, func(store.OrderSighting) error { return errEnough }); {
		case errors.Is(err, errEnough):
			return true, nil
		case err != nil:
			return false, fmt.Errorf("read which lists name a site: %w", err)
		}
		claims, err := m.o.Store.Claims(ctx, store.ClaimFilter{Host: name, Since: at.Add(-named), Until: at.Add(time.Millisecond), Limit: 1})
		if err != nil {
			return false, fmt.Errorf("read which claims name a site: %w", err)
		}
		if len(claims) > 0 {
			return true, nil
		}
	}
	return false, nil
}
