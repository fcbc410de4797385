package store

import (
	"context"
	"encoding/json"
	"time"
)

// Message is something to be told to somebody, once.
type Message struct {
	ID       string // the caller's; what is written again under an ID is no second message
	Created  time.Time
	Due      time.Time // when it is to be tried next
	Attempts int
	Status   MessageStatus
	Settled  time.Time // when it was delivered, or given up; zero before
	Error    string    // of the last attempt, without secrets; empty when there was none, or it succeeded
	Doc      json.RawMessage
}

// MessageStatus says how a message stands.
type MessageStatus string

// The ways a message can stand. The last two are final.
const (
	Pending   MessageStatus = "pending"
	Delivered MessageStatus = "delivered"
	Failed    MessageStatus = "failed"
)

// Attempt is what came of trying to deliver a message.
type Attempt struct {
	At     time.Time
	Status MessageStatus // Pending: to be tried again at Due
	Due    time.Time
	Error  string
}

// Outbox keeps messages until they are delivered. They enter it by [Machine.Apply], together with what they tell of, or by Enqueue.
type Outbox interface {
	// Enqueue adds messages; those whose ID is there already, settled or not, change nothing. Attempts, Status, Settled and Error are not
	// looked at.
	Enqueue(ctx context.Context, ms []Message) error
	// Due returns the pending messages whose time has come, the one that is due longest first, at most limit.
	Due(ctx context.Context, now time.Time, limit int) ([]Message, error)
	// NextDue returns when the next pending message is due; the zero time when there is none.
	NextDue(ctx context.Context) (time.Time, error)
	// Record counts an attempt and notes what came of it. [ErrNotFound] when there is no pending message of that ID: a settled one stays
	// as it is, so that of two who deliver at once the second changes nothing.
	Record(ctx context.Context, id string, a Attempt) error
	// Messages returns those created at since or later, the latest first, at most limit; 0 for all.
	Messages(ctx context.Context, since time.Time, limit int) ([]Message, error)

	// Beat notes when the dead-man's heartbeat was last sent. An earlier time than the one kept changes nothing.
	Beat(ctx context.Context, at time.Time) error
	// LastBeat returns it; the zero time when there was none.
	LastBeat(ctx context.Context) (time.Time, error)
}
