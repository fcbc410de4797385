// Package obs lets people and programs see what Seawall does: the ring that carries every [seawall.Outcome] away from the request
// path, the metrics, and the sampled log. All three read the ring, and nothing else reports.
package obs

import (
	"context"
	"sync/atomic"

	"github.com/seawall-project/seawall"
)

// DefaultRing is how many outcomes wait to be read at most.
const DefaultRing = 8192

// Ring carries outcomes from the request path to its readers. When readers fall behind, the newest outcomes are dropped and counted:
// a reader of the site never waits for a log.
type Ring struct {
	ch      chan seawall.Outcome
	dropped atomic.Int64
}

// NewRing returns a ring of the given size; 0 means [DefaultRing].
func NewRing(size int) *Ring {
	if size == 0 {
		size = DefaultRing
	}
	return &Ring{ch: make(chan seawall.Outcome, size)}
}

// Put hands an outcome over. It never blocks.
func (r *Ring) Put(o seawall.Outcome) {
	select {
	case r.ch <- o:
	default:
		r.dropped.Add(1)
	}
}

// Len returns how many outcomes are waiting.
func (r *Ring) Len() int { return len(r.ch) }

// Cap returns how many may wait.
func (r *Ring) Cap() int { return cap(r.ch) }

// Dropped returns how many have been lost so far.
func (r *Ring) Dropped() int64 { return r.dropped.Load() }

// Run hands every outcome to each of the observers, in order, until ctx ends; then it hands over what is still in the ring and
// returns. Observers are called from one goroutine and should be quick.
func (r *Ring) Run(ctx context.Context, observers ...func(*seawall.Outcome)) {
	for {
		select {
		case o := <-r.ch:
			observe(&o, observers)
		case <-ctx.Done():
			r.drain(observers)
			return
		}
	}
}

func (r *Ring) drain(observers []func(*seawall.Outcome)) {
	for {
		select {
		case o := <-r.ch:
			observe(&o, observers)
		default:
			return
		}
	}
}

func observe(o *seawall.Outcome, observers []func(*seawall.Outcome)) {
	for _, f := range observers {
		f(o)
	}
}
