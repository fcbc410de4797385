// Package store says what the lookout keeps and how it is asked for: small interfaces over plain values.
//
// Two packages keep it, store/sqlite in a file and store/postgres in a server; store/storetest holds both to the contracts written here.
// What is asked most is cheap: a site's results lie together in order of time, and the current state of every site is a table of its own.
//
// Promises. What a call that returned nil has written outlives a crash of the program and of the machine. A call that returned an error has
// written nothing, or for [Results.Append] nothing that makes the same call again do harm. Writers wait for one another, never for readers.
// Every method may be called at once with every other; a context that ends makes a call return its error, and a write that was under way is
// undone.
//
// Times are kept to the millisecond and come back in UTC; the zero time means "not". Documents are JSON that the store does not look into.
package store

import (
	"context"
	"errors"
)

// Errors that callers branch on.
var (
	// ErrNotFound is returned when what was named is not there.
	ErrNotFound = errors.New("not found")
	// ErrTooLarge is returned when something is longer than the store keeps.
	ErrTooLarge = errors.New("too large to be kept")
	// ErrDamaged is returned when the store cannot be trusted any more. The error around it says what to do.
	ErrDamaged = errors.New("the store is damaged")
	// ErrNewer is returned when a newer Seawall has written the store.
	ErrNewer = errors.New("the store was written by a newer version")
)

// Store is all of it. Packages that use a part take that part's interface.
type Store interface {
	Sites
	Results
	Rollups
	Evidences
	Machine
	Incidents
	Vantages
	Budgets
	Retainer
	Orders
	Claims
	Forecasts

	// Close waits for what is under way and releases the store. It may be called twice.
	Close() error
}

// Machine is what the state machine keeps, so that it goes on after a restart where it stood.
type Machine interface {
	// Apply writes everything that follows from one step of the state machine, or none of it: a message to be sent is never without the
	// incident it tells of, and no transition without the state it led to.
	Apply(ctx context.Context, s Step) error
	// States returns the current state of every site that has one, in order of site.
	States(ctx context.Context) ([]State, error)
	// Snapshots returns the state machine's memory, the global one first, then in order of site.
	Snapshots(ctx context.Context) ([]Snapshot, error)
	// Transitions returns what lies in r, of site 0 those of every site, in order of time, and of writing where times are equal.
	Transitions(ctx context.Context, r Range) ([]Transition, error)
}
