package cache

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
)

func recordings(c *Cache) int64 { return c.Stats().Recording }

func TestRecordingLimit(t *testing.T) {
	for _, tt := range []struct {
		o    Options
		want int64
	}{
		{Options{MemoryBytes: 64 << 20}, 8 << 20},
		{Options{MemoryBytes: 64 << 20, MaxEntryBytes: 1 << 20}, 8 << 20},
		{Options{MemoryBytes: 64 << 20, MaxEntryBytes: 32 << 20}, 64 << 20},
	} {
		if got := newCache(t, tt.o).Stats().RecordingLimit; got != tt.want {
			t.Errorf("%+v: got %d, want %d", tt.o, got, tt.want)
		}
	}
}

// However a recording ends, its bytes come back.
func TestRecordingsGiveBack(t *testing.T) {
	const fresh = "Cache-Control: max-age=60"
	hello := []byte("hello")
	for name, end := range map[string]func(*Recording){
		"commit":           func(rec *Recording) { rec.Commit() },
		"commit twice":     func(rec *Recording) { rec.Commit(); rec.Commit() },
		"abandon":          func(rec *Recording) { rec.Abandon() },
		"abandon twice":    func(rec *Recording) { rec.Abandon(); rec.Abandon() },
		"both":             func(rec *Recording) { rec.Commit(); rec.Abandon() },
		"neither stored":   func(rec *Recording) { rec.Abandon(); rec.Commit() },
		"longer than said": func(rec *Recording) { _, _ = rec.Write(hello) },
		"too large":        func(rec *Recording) { _, _ = rec.Write(make([]byte, 1<<19)) },
		"short":            func(rec *Recording) { rec.body = rec.body[:1]; rec.Commit() },
	} {
		c := newCache(t, Options{MemoryBytes: 4 << 20, MaxEntryBytes: 1 << 18})
		rec := c.Begin(courier, request("/a"), response(noon, 200, fresh, "Content-Length: 5"))
		_, _ = rec.Write(hello)
		if got := recordings(c); got < 5 || got > 2000 {
			t.Errorf("%s: a recording of 5 bytes takes %d", name, got)
		}
		end(rec)
		if got := recordings(c); got != 0 {
			t.Errorf("%s: got %d bytes afterwards, want 0", name, got)
		}
		if n, err := rec.Write(hello); n != 5 || err != nil || recordings(c) != 0 {
			t.Errorf("%s: Write afterwards: got %d, %v, %d bytes", name, n, err, recordings(c))
		}
	}
}

// Large files on their way to slow readers give up at the limit, and pages are stored all the same.
func TestRecordingsAreBoundedTogether(t *testing.T) {
	c := newCache(t, Options{MemoryBytes: 64 << 20, MaxEntryBytes: 4 << 20})
	chunk := make([]byte, 128<<10)
	var slow []*Recording
	for i := range 50 {
		rec := c.Begin(courier, request(fmt.Sprintf("/file?v=%d", i)), response(noon, 200, "Cache-Control: max-age=60"))
		for range 8 {
			_, _ = rec.Write(chunk)
		}
		slow = append(slow, rec)
	}
	stats := c.Stats()
	if want := stats.RecordingLimit * 3 / 4; stats.Recording > want || stats.Recording < want/2 {
		t.Errorf("%d bytes of large recordings, want at most %d and not much less", stats.Recording, want)
	}
	for i := range 10 {
		r := request(fmt.Sprintf("/page?n=%d", i))
		if store(t, c, noon, r, strings.Repeat("x", 100_000), "Cache-Control: max-age=60") == nil {
			t.Errorf("page %d was not stored", i)
		}
	}
	for _, rec := range slow {
		rec.Abandon()
	}
	if got := recordings(c); got != 0 {
		t.Errorf("got %d bytes at the end, want 0", got)
	}
}

// A storable answer without room is not one for a single reader: it gets a recording, which stores nothing.
func TestBeginWithoutRoom(t *testing.T) {
	c := newCache(t, Options{})
	c.recording.taken.Store(c.recording.limit)
	rec := c.Begin(courier, request("/a"), response(noon, 200, "Cache-Control: max-age=60"))
	if rec == nil {
		t.Fatal("got no recording")
	}
	if record(t, rec, "hello") != nil {
		t.Error("stored without room")
	}
	if got := recordings(c); got != c.recording.limit {
		t.Errorf("got %d bytes, want %d", got, c.recording.limit)
	}
}

func TestBudgetHoldsForMany(t *testing.T) {
	b := budget{limit: 1 << 20}
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(worker)))
			held := int64(0)
			for range 2000 {
				n := random.Int64N(200 << 10)
				if b.take(n, held) {
					held += n
				} else {
					b.give(held)
					held = 0
				}
				if got := b.taken.Load(); got < 0 || got > b.limit {
					t.Errorf("%d bytes taken of %d", got, b.limit)
				}
			}
			b.give(held)
		})
	}
	wg.Wait()
	if got := b.taken.Load(); got != 0 {
		t.Errorf("got %d bytes at the end, want 0", got)
	}
}
