package schedule

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// Run gives every key its turns until ctx ends, and returns when the last turn is over. Its error is ctx's.
func (s *Schedule) Run(ctx context.Context) error {
	var turns sync.WaitGroup
	defer turns.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		wait, some := s.untilDue(time.Now())
		if some && wait <= 0 {
			select {
			case s.slots <- struct{}{}:
			case <-ctx.Done():
				return ctx.Err()
			}
			t := s.take(time.Now())
			if t == nil {
				<-s.slots
				continue
			}
			turns.Go(func() {
				defer s.done(t)
				s.options.Do(ctx, t.key)
			})
			continue
		}
		if some {
			timer.Reset(wait)
		}
		select {
		case <-timer.C:
		case <-s.changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// untilDue returns how long it is until somebody's turn. some is false when there are no keys.
func (s *Schedule) untilDue(now time.Time) (wait time.Duration, some bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.due) == 0 {
		return 0, false
	}
	return s.due[0].at.Sub(now), true
}

// take returns whose turn it is, and puts that key's next turn in its place; nil when it is nobody's, or when the last turn of that key is not
// over.
func (s *Schedule) take(now time.Time) *turn {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.due) == 0 || now.Before(s.due[0].at) {
		return nil
	}
	t := s.due[0]
	s.late = max(s.late, now.Sub(t.at))
	t.at = next(now, t.key, t.interval)
	heap.Fix(&s.due, t.slot)
	if t.running {
		s.skipped++
		return nil
	}
	t.running = true
	return t
}

func (s *Schedule) done(t *turn) {
	<-s.slots
	s.mu.Lock()
	defer s.mu.Unlock()
	t.running = false
}

// dueHeap has the next turn first.
type dueHeap []*turn

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].slot, h[j].slot = i, j
}

func (h *dueHeap) Push(x any) {
	t := x.(*turn)
	t.slot = len(*h)
	*h = append(*h, t)
}

func (h *dueHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return t
}
