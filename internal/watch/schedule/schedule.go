// Package schedule says whose turn it is: every site once an interval, spread evenly over it, sooner where there is doubt, and never more at
// once than it was told.
//
// A site's turns stay at the same place in the interval as long as its pace does, and at the same place after a restart, so that many sites
// never come due together. A turn that comes while the site's last one is still under way is left out and counted.
package schedule

import (
	"container/heap"
	"context"
	"errors"
	"hash/fnv"
	"sync"
	"time"
)

// Defaults for the zero fields of [Options].
const (
	DefaultInterval = time.Minute
	DefaultAtOnce   = 1024
)

// Options configure a [Schedule]. A zero field means its default, where there is one.
type Options struct {
	// Do takes one turn and returns when it is over, soon after ctx ends at the latest. Required. It is called from many goroutines, never
	// twice at once for one key.
	Do func(ctx context.Context, key string)
	// Interval is the pace in peace.
	Interval time.Duration
	// AtOnce bounds how many turns are under way. When as many are, those that come due wait, and are late.
	AtOnce int
}

// Schedule is a set of keys and when each is due. It is safe for concurrent use.
type Schedule struct {
	options Options
	changed chan struct{} // capacity 1: the first turn may have moved
	slots   chan struct{}

	mu      sync.Mutex // guards what follows
	turns   map[string]*turn
	due     dueHeap
	skipped int64
	late    time.Duration // the most by which a turn began late since it was last asked
}

// turn is when one key is due.
type turn struct {
	key      string
	at       time.Time
	interval time.Duration
	running  bool
	slot     int // in the heap
}

// New returns a schedule without keys.
func New(o Options) (*Schedule, error) {
	if o.Interval == 0 {
		o.Interval = DefaultInterval
	}
	if o.AtOnce == 0 {
		o.AtOnce = DefaultAtOnce
	}
	if o.Do == nil || o.Interval < 0 || o.AtOnce < 0 {
		return nil, errors.New("schedule: Do, a positive Interval and a positive AtOnce are needed")
	}
	return &Schedule{
		options: o,
		changed: make(chan struct{}, 1),
		slots:   make(chan struct{}, o.AtOnce),
		turns:   make(map[string]*turn),
	}, nil
}

// Set makes keys the whole set: new ones come due within one interval from now, those that are gone have no turn again.
func (s *Schedule) Set(now time.Time, keys []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	keep := make(map[string]bool, len(keys))
	for _, key := range keys {
		keep[key] = true
		if s.turns[key] == nil {
			t := &turn{key: key, interval: s.options.Interval}
			t.at = next(now, key, t.interval)
			s.turns[key] = t
			heap.Push(&s.due, t)
		}
	}
	for key, t := range s.turns {
		if !keep[key] {
			delete(s.turns, key)
			heap.Remove(&s.due, t.slot)
		}
	}
	s.wake()
}

// Pace changes how often key has its turn, from now on; zero means the pace of peace. A key that is not there is left alone.
func (s *Schedule) Pace(now time.Time, key string, interval time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if interval <= 0 {
		interval = s.options.Interval
	}
	if t := s.turns[key]; t != nil && t.interval != interval {
		t.interval = interval
		s.move(t, next(now, key, interval))
	}
}

// Soon gives key a turn now, beside its pace. A key that is not there is left alone.
func (s *Schedule) Soon(now time.Time, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.turns[key]; t != nil && now.Before(t.at) {
		s.move(t, now)
	}
}

func (s *Schedule) move(t *turn, at time.Time) {
	t.at = at
	heap.Fix(&s.due, t.slot)
	s.wake()
}

func (s *Schedule) wake() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// next returns the first time after now at which key, with a place of its own in every interval, is due.
func next(now time.Time, key string, interval time.Duration) time.Time {
	h := fnv.New64a()
	_, _ = h.Write([]byte(key))
	place := time.Duration(h.Sum64() % uint64(interval))
	at := now.Truncate(interval).Add(place)
	if !at.After(now) {
		at = at.Add(interval)
	}
	return at
}

// Stats are the gauges of a schedule.
type Stats struct {
	Keys            int
	Running, AtOnce int
	Skipped         int64         // turns left out because the one before was still under way, since the start
	Late            time.Duration // the most by which a turn has begun late since Stats was last called
}

// Stats returns the present gauges.
func (s *Schedule) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	late := s.late
	s.late = 0
	return Stats{Keys: len(s.turns), Running: len(s.slots), AtOnce: s.options.AtOnce, Skipped: s.skipped, Late: late}
}
