package orders

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/obs"
	"github.com/seawall-project/seawall/internal/store"
)

// Limits of what is kept of lists. Nothing of it is removed, so who writes lists could fill the disk; past a limit no list is taken any more, and
// what is there stays. Two years of the public archive are 2,721 lists, 52,750 sightings, 7,680 aims and 23,066 templates, in a file of 34 MB.
var maxRows = store.OrderRows{Lists: 2_000_000, Sightings: 10_000_000, Aims: 2_000_000, Templates: 2_000_000}

// eachTable yields what is kept of each table, and its limit.
func eachTable(n *store.OrderRows, yield func(name string, value, limit float64)) {
	yield("lists", float64(n.Lists), float64(maxRows.Lists))
	yield("sightings", float64(n.Sightings), float64(maxRows.Sightings))
	yield("aims", float64(n.Aims), float64(maxRows.Aims))
	yield("templates", float64(n.Templates), float64(maxRows.Templates))
}

// roomLeft refuses when the store has reached a limit. One import may go beyond it by what an import may bring.
func (d *Desk) roomLeft(ctx context.Context) error {
	n, err := d.Store.OrderRows(ctx)
	if err != nil {
		return err
	}
	eachTable(&n, func(name string, value, limit float64) {
		if err == nil && value >= limit {
			err = desk.Refuse("the store holds %.0f %s of lists and takes no more than %.0f", value, name, limit)
		}
	})
	return err
}

// countEvery is how often the rows are counted; a scrape asks the store nothing.
const countEvery = time.Hour

// countRows counts now and then until ctx ends.
func (r *room) countRows(ctx context.Context) error {
	tick := time.NewTicker(countEvery)
	defer tick.Stop()
	for {
		if n, err := r.desk.Store.OrderRows(ctx); err == nil {
			r.rows.Store(&n)
		} else if ctx.Err() == nil {
			r.warner.Logger.Error("what is kept of attack lists could not be counted", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// Register implements [lookout.Measured].
func (r *room) Register(reg prometheus.Registerer) {
	obs.RegisterFamilies(reg, obs.Family{
		Name: "intel_rows", Help: "Rows kept of attack lists, at the last count, which is made every hour.", Label: "table", Limited: true,
		Each: func(yield func(name string, value, limit float64)) {
			if n := r.rows.Load(); n != nil {
				eachTable(n, yield)
				yield("networks", float64(n.Networks), maxNetworks)
			}
		},
	})
}
