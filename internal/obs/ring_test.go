package obs

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/seawall-project/seawall"
)

// ids is an observer that keeps the ids of outcomes in order.
type ids []seawall.RequestID

func (s *ids) observe(o *seawall.Outcome) { *s = append(*s, o.ID) }

func putAll(r *Ring, first, last seawall.RequestID) {
	for id := first; id <= last; id++ {
		r.Put(seawall.Outcome{ID: id})
	}
}

func ended(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// TestRingFull holds that the newest are dropped and counted, and that the oldest come out in order.
func TestRingFull(t *testing.T) {
	r := NewRing(3)
	putAll(r, 1, 5)
	if r.Len() != 3 || r.Cap() != 3 || r.Dropped() != 2 {
		t.Errorf("got %d of %d and %d dropped, want 3 of 3 and 2", r.Len(), r.Cap(), r.Dropped())
	}
	var got ids
	r.Run(ended(t), got.observe)
	if want := (ids{1, 2, 3}); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	putAll(r, 6, 6)
	if r.Len() != 1 || r.Dropped() != 2 {
		t.Errorf("after making room: got %d waiting and %d dropped, want 1 and 2", r.Len(), r.Dropped())
	}
}

func TestRingDefault(t *testing.T) {
	if got := NewRing(0).Cap(); got != DefaultRing {
		t.Errorf("got %d, want %d", got, DefaultRing)
	}
}

// TestRingRun hands outcomes over while it runs, to every observer in turn, and after its end those that were still waiting.
func TestRingRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewRing(4)
		var first, second, order ids
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			r.Run(ctx, first.observe, second.observe, func(o *seawall.Outcome) {
				order.observe(o)
				if o.ID == 3 {
					cancel()
					putAll(r, 4, 5) // these come when the end has come
				}
			})
		}()
		putAll(r, 1, 2)
		synctest.Wait()
		if want := (ids{1, 2}); !slices.Equal(first, want) || !slices.Equal(second, want) {
			t.Errorf("while running: got %v and %v, want %v", first, second, want)
		}
		putAll(r, 3, 3)
		<-done
		if want := (ids{1, 2, 3, 4, 5}); !slices.Equal(first, want) || !slices.Equal(second, want) || !slices.Equal(order, want) {
			t.Errorf("at the end: got %v, %v and %v, want %v", first, second, order, want)
		}
		if r.Len() != 0 || r.Dropped() != 0 {
			t.Errorf("got %d waiting and %d dropped, want none", r.Len(), r.Dropped())
		}
	})
}

// TestRingLosesNothingUncounted puts from many goroutines at once while a reader falls behind.
func TestRingLosesNothingUncounted(t *testing.T) {
	const writers, each = 8, 500
	r := NewRing(16)
	var tally Tally
	ctx, cancel := context.WithCancel(t.Context())
	var reader, writer sync.WaitGroup
	reader.Go(func() { r.Run(ctx, tally.Observe) })
	for range writers {
		writer.Go(func() {
			for range each {
				r.Put(seawall.Outcome{Action: seawall.ActionForward})
			}
		})
	}
	writer.Wait()
	cancel()
	reader.Wait()
	if got := tally.Counts().Forward + r.Dropped(); got != writers*each {
		t.Errorf("got %d seen and %d dropped, together %d, want %d", tally.Counts().Forward, r.Dropped(), got, writers*each)
	}
}

func TestRingPutAllocatesNothing(t *testing.T) {
	r, o := NewRing(8), seawall.Outcome{Site: "www.example.org"}
	if got := testing.AllocsPerRun(100, func() { r.Put(o) }); got != 0 {
		t.Errorf("got %v allocations, want 0", got)
	}
}
