package bus

import (
	"context"
	"errors"
	"fmt"
)

// Errors that callers branch on.
var (
	// ErrFull is returned when the bus keeps as much as it may. The message was not kept.
	ErrFull = errors.New("the bus is full")
	// ErrLost is returned when there is no connection, or no confirmation came. The message may have been kept.
	ErrLost = errors.New("the bus is out of reach")
	// ErrTooLarge is returned for a message beyond [MaxKept] or [MaxTold].
	ErrTooLarge = errors.New("too large for the bus")
	// ErrSubject is returned for a subject that there is not.
	ErrSubject = errors.New("no such subject")
	// ErrClosed is returned by what was closed.
	ErrClosed = errors.New("closed")
)

// The longest messages, in bytes.
const (
	MaxKept = 64 << 10
	MaxTold = 1 << 20
)

// Limits bound what a bus holds. Zero fields have their default.
type Limits struct {
	Bytes      int64 // kept, of all vantages together; 256 MiB
	PerVantage int64 // messages kept of each kind and vantage; 100,000, so that none takes all the room
	InHand     int   // messages that a collector has at once and has not dealt with; 1,024
}

// Settle fills in defaults and refuses what is below zero.
func (l *Limits) Settle() error {
	if l.Bytes < 0 || l.PerVantage < 0 || l.InHand < 0 {
		return fmt.Errorf("limits of the bus: %+v: none may be below zero", *l)
	}
	if l.Bytes == 0 {
		l.Bytes = 256 << 20
	}
	if l.PerVantage == 0 {
		l.PerVantage = 100_000
	}
	if l.InHand == 0 {
		l.InHand = 1024
	}
	return nil
}

// Backlog is how many messages a listener may be behind before the oldest are dropped.
const Backlog = 16

// Message is what goes over the bus.
type Message struct {
	Subject Subject
	Data    []byte // an [Envelope], at most [MaxKept] or [MaxTold] long; the bus does not look
}

// Check returns an error around [ErrSubject] or [ErrTooLarge] when no bus takes the message.
func (m Message) Check() error {
	if err := m.Subject.Check(); err != nil {
		return err
	}
	most := MaxTold
	if m.Subject.Kind.Kept() {
		most = MaxKept
	}
	if len(m.Data) > most {
		return fmt.Errorf("%w: %d bytes on %s, at most %d", ErrTooLarge, len(m.Data), m.Subject, most)
	}
	return nil
}

// Publisher sends messages.
type Publisher interface {
	// Publish returns nil once the bus keeps the message, or, for what is only told, once it was handed over; then nobody may have listened.
	// It may be called at once from many goroutines; each waits for its own answer. It keeps no reference to the message's bytes.
	Publish(ctx context.Context, m Message) error
}

// Collector hands out what is kept.
type Collector interface {
	// Collect takes up what vantages have said, beginning with what was not dealt with before. Of two that collect at once, each message goes
	// to one. It waits for the bus to be there until ctx ends; the queue outlives ctx.
	Collect(ctx context.Context) (Queue, error)
}

// Listener hears what is told.
type Listener interface {
	// Listen hears what is told to a vantage from now on, or, without a connection, once there is one. The queue outlives ctx.
	Listen(ctx context.Context, vantage string) (Queue, error)
}

// Bus is all of it, as the lookout sees it. An agent's has no use for Collect.
type Bus interface {
	Publisher
	Collector
	Listener
	// Close ends every queue and gives back what they were not done with. It may be called twice.
	Close() error
}

// Queue is what arrives. Next is for one goroutine at a time.
type Queue interface {
	// Next waits for a message and returns it with those that are there already, n at most, in the order in which each vantage published
	// them one after the other; what comes again may come later. It ends with ctx's error, or with [ErrClosed].
	Next(ctx context.Context, n int) ([]Delivery, error)
	// Lost returns how many messages were dropped because nobody took them.
	Lost() int64
	// Close ends the queue. What was handed out and is not done comes again to whoever collects next. It may be called twice.
	Close() error
}

// Delivery is a message that arrived.
type Delivery struct {
	Message
	done func()
}

// NewDelivery is for those who carry the bus. Done is called when the receiver has dealt with the message; nil for what is told.
func NewDelivery(m Message, done func()) Delivery { return Delivery{Message: m, done: done} }

// Done says that the message was dealt with, so that it does not come again. Where that word is lost, it does. It may be called twice, and at
// any time.
func (d Delivery) Done() {
	if d.done != nil {
		d.done()
	}
}
