package forecasts

import (
	"context"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/claim/ledger"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/intel"
	"github.com/seawall-project/seawall/internal/intel/ddosia"
	"github.com/seawall-project/seawall/internal/store"
)

// Store is the part of a store that the desk works on.
type Store interface {
	store.Forecasts
	Feeds(ctx context.Context) ([]store.Feed, error)
	OrderLists(ctx context.Context, feed string) ([]store.OrderList, error)
	Sightings(ctx context.Context, f store.SightingFilter, yield func(store.OrderSighting) error) error
	Sites(ctx context.Context) ([]store.Site, error)
	Incidents(ctx context.Context, f store.IncidentFilter) ([]store.Incident, error)
	Rollups(ctx context.Context, r store.Range) ([]store.Rollup, error)
	HealthHistory(ctx context.Context, vantage string, from, to time.Time) ([]store.Health, error)
	Vantages(ctx context.Context) ([]store.Vantage, error)
	LedgerEntries(ctx context.Context, from uint64, limit int) ([]ledger.Entry, error)
	LedgerContent(ctx context.Context, number uint64) (ledger.Content, error)
}

// Ledger is where seals and resolutions are noted, so that they cannot be changed unseen. A claims.Desk is one.
type Ledger interface {
	SealForecasts(ctx context.Context, all []store.KeptForecast) error
	ResolveForecasts(ctx context.Context, all []store.Resolution) error
	// NextHead returns the head that leaves on a way; "" before anything is in the ledger.
	NextHead(ctx context.Context, way string) (string, error)
}

// Desk is where people work with forecasts. Store and Now are required, Ledger for whatever writes.
type Desk struct {
	Store   Store
	Ledger  Ledger
	Now     func() time.Time
	Sectors intel.Sectors // of hosts; nil knows none
}

// Op is something that people can have done at this desk.
type Op[In, Out any] = desk.Op[Desk, In, Out]

// Way leads to a desk.
type Way = desk.Way[Desk]

// The operations.
var (
	Say      = Op[Asking, Outlook]{Name: "forecast-now", Do: (*Desk).say}
	Show     = Op[Naming, []Shown]{Name: "forecast-show", Do: (*Desk).show}
	Override = Op[Overriding, Shown]{Name: "forecast-override", Do: (*Desk).override}
	Resolve  = Op[struct{}, Resolved]{Name: "forecast-resolve", Do: (*Desk).resolve}
	Verify   = Op[struct{}, Verified]{Name: "forecast-verify", Do: (*Desk).verify}
	Score    = Op[Scoring, Scored]{Name: "forecast-score", Do: (*Desk).score}

	Publish = Op[Publishing, PublishedTo]{Name: "forecast-publish", Do: (*Desk).publish}

	CalendarIn  = Op[Calendar, CalendarTaken]{Name: "forecast-calendar-import", Do: (*Desk).calendarIn}
	CalendarOut = Op[Span, []Dated]{Name: "forecast-calendar-list", Do: (*Desk).calendarOut}
	CalendarOff = Op[Removing, Removed]{Name: "forecast-calendar-remove", Do: (*Desk).calendarOff}
)

// Serve adds everything that the desk does to the operations of a socket.
func (d *Desk) Serve(ops control.Ops) {
	desk.Serve(d, ops, Say, Show, Override, Resolve, Score, Verify, Publish, CalendarIn, CalendarOut, CalendarOff)
}

// zone is the one whose days forecasts are about: that of the lists' names, as in the back-test.
func zone() *time.Location { return ddosia.Zone() }

// midnight returns the beginning of the day that lies days after that of t.
func midnight(t time.Time, days int) time.Time {
	y, m, day := t.In(zone()).Date()
	return time.Date(y, m, day+days, 0, 0, 0, 0, zone()).UTC()
}

// sectorOf returns the population of a host's sector, "dk/municipality"; "" where its name says no country or no sector.
func (d *Desk) sectorOf(host string) string {
	country, sector := seawall.CountryOf(host), d.Sectors.Of(host)
	if country == "" || sector == "" {
		return ""
	}
	return country + "/" + sector
}
