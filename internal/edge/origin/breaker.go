package origin

import (
	"sync/atomic"
	"time"
)

// State is whether an origin of a [Group] is asked.
type State uint8

// The states of the circuit breaker before each origin.
const (
	Closed   State = iota // it is asked
	HalfOpen              // it has been left alone long enough; one request at a time tries it
	Open                  // it is left alone
)

// String returns the name used in metrics and JSON.
func (s State) String() string {
	switch s {
	case Closed:
		return "closed"
	case HalfOpen:
		return "half_open"
	default:
		return "open"
	}
}

// What it takes to leave an origin alone, and for how long.
const (
	strikesMost   = 15 // in a row: three times no answer, or five times one that says it cannot
	strikeSilent  = 5
	strikeRefused = 3

	backoffFirst = time.Second
	backoffMost  = time.Minute
)

// breaker keeps count of how one origin fares. Reading takes no lock; whoever changes it holds the group's.
type breaker struct {
	open      atomic.Bool
	until     atomic.Int64 // unix nanoseconds: when an open breaker may be tried
	trying    atomic.Bool  // the one trial is under way
	strikes   atomic.Int64
	epoch     atomic.Uint64 // counts the times it opened; what was asked before that says nothing of now
	ejections atomic.Uint64

	streak int       // times it opened without a long peace between
	closed time.Time // when it closed last
}

func (b *breaker) state(now time.Time) State {
	switch {
	case !b.open.Load():
		return Closed
	case now.UnixNano() >= b.until.Load():
		return HalfOpen
	default:
		return Open
	}
}

// try takes the one trial of a half-open breaker.
func (b *breaker) try(now time.Time) bool {
	return b.state(now) == HalfOpen && b.trying.CompareAndSwap(false, true)
}

// strike counts a failure. spare is false for the last origin there is: it stays closed, since asking it is all that can be done. jitter
// is from 0 to 1.
func (b *breaker) strike(now time.Time, weight int64, spare bool, jitter float64) {
	strikes := b.strikes.Add(weight)
	if strikes > strikesMost {
		b.strikes.Store(strikesMost)
	}
	switch {
	case b.open.Load(), strikes >= strikesMost && spare:
		b.eject(now, jitter)
	}
}

// eject opens the breaker, or keeps it open for longer.
func (b *breaker) eject(now time.Time, jitter float64) {
	if !b.open.Load() {
		b.ejections.Add(1)
		if now.Sub(b.closed) > backoffMost {
			b.streak = 0
		}
	}
	b.epoch.Add(1)
	b.until.Store(now.Add(backoff(b.streak, jitter)).UnixNano())
	b.streak++
	b.open.Store(true)
}

// heal closes the breaker.
func (b *breaker) heal(now time.Time) {
	b.strikes.Store(0)
	if b.open.Load() {
		b.closed = now
		b.open.Store(false)
	}
}

// backoff is how long an origin is left alone that was left alone n times before: a second, doubled each time, a minute at most, and a
// quarter more or less, so that several Seawalls do not come back together.
func backoff(n int, jitter float64) time.Duration {
	d := backoffMost
	if n < 6 {
		d = min(backoffFirst<<n, backoffMost)
	}
	return time.Duration(float64(d) * (0.75 + jitter/2))
}
