package store

import (
	"context"
	"encoding/json"
	"time"
)

// Vantage is a place from which is measured.
type Vantage struct {
	Name      string
	Network   string // its autonomous system, such as "AS64496"
	Country   string // ISO 3166-1 alpha-2
	PublicKey string // its nkey; empty for one that is part of this program
	Added     time.Time
	Removed   time.Time // zero while it may take part
}

// Health is how a vantage fared from At on, until the next one.
type Health struct {
	Vantage string
	At      time.Time
	Health  string // as the state machine calls it: healthy, impaired, blind
	Doc     json.RawMessage
}

// Vantages keeps the places from which is measured, and when each of them could see.
type Vantages interface {
	// PutVantage adds a vantage, or replaces what is known of the one with that name.
	PutVantage(ctx context.Context, v Vantage) error
	// Vantages returns every vantage, those that were removed too, in order of name.
	Vantages(ctx context.Context) ([]Vantage, error)
	// HealthHistory returns how a vantage, or with "" every one, fared between two times: what was noted then, and of each the last that was
	// noted earlier, which says how it began. In order of time, then vantage. Entries are written by [Machine.Apply].
	HealthHistory(ctx context.Context, vantage string, from, to time.Time) ([]Health, error)
}

// Budget is what was spent at a host, so that a restart is no new budget.
type Budget struct {
	Host string
	At   time.Time // of the last request
	Doc  json.RawMessage
}

// Budgets keeps budgets, one row for each host.
type Budgets interface {
	// PutBudgets replaces what is kept of these hosts. What is kept with a later At stays.
	PutBudgets(ctx context.Context, bs []Budget) error
	// ChangeBudget replaces what is kept of a host by what change makes of it, while nobody else, in any process, changes that. Where nothing is kept
	// was is zero but for the host. An error of change is returned, and nothing is changed.
	ChangeBudget(ctx context.Context, host string, change func(was Budget) (Budget, error)) error
	// Budgets returns those of since or later, in order of host.
	Budgets(ctx context.Context, since time.Time) ([]Budget, error)
}
