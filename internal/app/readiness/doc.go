// Package readiness says before a day that matters what to expect and what is left to do: the outlook and the calendar, which sites lists have named
// before, and what the store knows of drafts, vantages, messages, contacts and backups. It changes nothing, and asks nobody outside.
//
// What it cannot know it calls unknown, never well. What only a configuration or the machine itself says is looked at by package ready.
package readiness

import (
	"context"
	"time"

	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/app/forecasts"
	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/app/orders"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/forecast"
	"github.com/seawall-project/seawall/internal/ready"
)

// Desk is where people ask whether they are ready. All fields are required.
type Desk struct {
	Store     lookout.Store
	State     string // the folder, where a backup leaves its mark
	Now       func() time.Time
	Forecasts *forecasts.Desk
	Orders    *orders.Desk
}

// Op is something that people can have done at this desk.
type Op[In, Out any] = desk.Op[Desk, In, Out]

// Way leads to a desk.
type Way = desk.Way[Desk]

// Look is the only operation.
var Look = Op[Asking, Report]{Name: "ready", Do: (*Desk).look}

// Asking says what there is to be ready for.
type Asking struct {
	Until    time.Time `json:"until"`
	Channels []Channel `json:"channels,omitempty"` // by which people are to be told, as far as the one who asks knows
	Database bool      `json:"database,omitempty"` // the store is in PostgreSQL, whose backups are not ours
}

// Channel is a way to tell a receiver.
type Channel struct {
	Receiver string `json:"receiver"`
	Channel  string `json:"channel"`
}

// Finding is one thing that was looked at.
type Finding = ready.Finding

// Report is what was found.
type Report struct {
	Until    time.Time          `json:"until"`
	Outlook  *forecasts.Outlook `json:"outlook"` // of the countries of the sites that are watched; null where nothing can be said
	Calendar []forecasts.Dated  `json:"calendar"`
	Hints    []forecast.Hint    `json:"hints"` // of the sites that should be more ready than usual, the highest first
	Findings []Finding          `json:"findings"`
	Named    []Named            `json:"named"`
}

// Named is a watched site that lists have named.
type Named struct {
	Site   string    `json:"site"`
	Last   time.Time `json:"last"`
	Times  int       `json:"times"`  // listings, in all feeds
	Drafts int       `json:"drafts"` // that can be made of what was aimed at it
}

// room serves the desk beside a running lookout.
type room struct{ desk *Desk }

// NewRoom returns what builds the room that answers "seawall ready" on the lookout's socket. sectorsFile is as [orders.ReadSectors] has it, aliases are
// other hosts of sites, by host, beside those of the table in the state folder.
func NewRoom(sectorsFile string, aliases map[string][]string) lookout.RoomFunc {
	return func(h lookout.House) (lookout.Room, error) {
		d, err := New(h.Store, h.State, sectorsFile, aliases, h.Now)
		return room{d}, err
	}
}

// New returns a desk on a store and its state folder. The rest is as [NewRoom] has it.
func New(db lookout.Store, state, sectorsFile string, aliases map[string][]string, now func() time.Time) (*Desk, error) {
	sectors, err := orders.ReadSectors(state, sectorsFile)
	if err != nil {
		return nil, err
	}
	return &Desk{
		Store: db, State: state, Now: now, Forecasts: &forecasts.Desk{Store: db, Now: now, Sectors: sectors},
		Orders: &orders.Desk{Store: db, Now: now, Sectors: sectors, Others: orders.OthersOf(db, state, aliases)},
	}, nil
}

// Serve adds the operation.
func (r room) Serve(ops control.Ops) { desk.Serve(r.desk, ops, Look) }

// Run waits for ctx.
func (room) Run(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// The words that a report is written with.
const (
	Act     = ready.Act
	Good    = ready.Good
	Unknown = ready.Unknown
	High    = forecast.High
)
