package origin

import (
	"sync/atomic"
	"time"
)

// Stats are what the origin has done since [New].
type Stats struct {
	Busy     time.Duration // time that workers spent at work, summed over workers; work under way is added when it ends
	Workers  int
	Requests int64 // dynamic requests: those that took or waited for a worker, and the refused
	Front    int64 // requests answered without a worker: assets, the feed, bodies that are too large
	Refused  int64 // requests answered 502 because the queue was full
}

type counts struct {
	requests, front, refused atomic.Int64
}

// Stats returns the present counts. It is cheap.
func (o *Origin) Stats() Stats {
	return Stats{
		Busy:     o.pool.busyTime(),
		Workers:  o.pool.workers,
		Requests: o.counts.requests.Load(),
		Front:    o.counts.front.Load(),
		Refused:  o.counts.refused.Load(),
	}
}
