package notify

import (
	"context"
	"encoding/json"
	"time"
)

// State is where a row stands.
type State string

// The states.
const (
	Waiting   State = "waiting"   // to be sent, for the first time or again
	Delivered State = "delivered" // the other side has taken it
	Failed    State = "failed"    // given up
)

// Row is one message for one channel of one receiver, as an [Outbox] keeps it.
type Row struct {
	ID       string // unique; later rows of one channel have greater ones
	Receiver string
	Channel  string
	Key      string    // of the message
	At       time.Time // when the row was made
	Due      time.Time // not to be sent before
	Attempts int
	State    State
	Doc      json.RawMessage // the dispatcher's own; a store neither reads nor changes it
}

// Outbox keeps what is to be sent and what became of it. Times are kept to the millisecond at least. It may be used by several goroutines
// at once. Package outboxtest is what each implementation has to pass.
type Outbox interface {
	// Put adds rows and takes those waiting rows away whose ids are in instead: all of it or, with an error, nothing. A row whose id is
	// there already, and is not among instead, is left as it is; what instead names and is not there, or no longer waits, is passed over.
	Put(ctx context.Context, rows []Row, instead []string) error
	// Due returns the waiting row of a channel with the smallest id among those that are due by now, and true. Without one it returns false,
	// and in the row's Due when the next will be, zero for never.
	Due(ctx context.Context, receiver, channel string, now time.Time) (Row, bool, error)
	// Update overwrites Due, Attempts, State and Doc of the row with r's id. Without such a row it does nothing.
	Update(ctx context.Context, r Row) error
	// List returns rows with ids below before ("" for all), those with the greatest first and at most limit of them; with a state only those
	// in it.
	List(ctx context.Context, state State, before string, limit int) ([]Row, error)
	// Prune forgets rows that no longer wait: those made before a time, and of the others all but the keep with the greatest ids. It returns
	// how many.
	Prune(ctx context.Context, before time.Time, keep int) (int, error)
}
