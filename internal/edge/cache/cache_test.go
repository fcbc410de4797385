package cache

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestNewRefusesWhatCannotWork(t *testing.T) {
	for name, o := range map[string]Options{
		"no memory":          {},
		"too little memory":  {MemoryBytes: MinMemoryBytes - 1},
		"negative entry":     {MemoryBytes: 1 << 20, MaxEntryBytes: -1},
		"entry over memory":  {MemoryBytes: 1 << 20, MaxEntryBytes: 1<<20 + 1},
		"entry over limit":   {MemoryBytes: 1 << 40, MaxEntryBytes: MaxEntryBytesLimit + 1},
		"every key ignored":  {MemoryBytes: 1 << 20, IgnoredQueryKeys: []string{"*"}},
		"star in the middle": {MemoryBytes: 1 << 20, IgnoredQueryKeys: []string{"a*b"}},
		"parameter":          {MemoryBytes: 1 << 20, IgnoredQueryKeys: []string{"a=b"}},
	} {
		if c, err := New(o); err == nil {
			c.Close()
			t.Errorf("%s: got no error", name)
		}
	}
}

func TestDefaultEntrySize(t *testing.T) {
	for memory, want := range map[int64]int64{1 << 20: 1 << 16, 1 << 40: 32 << 20} {
		if got := newCache(t, Options{MemoryBytes: memory}).maxEntry; got != want {
			t.Errorf("memory %d: got %d, want %d", memory, got, want)
		}
	}
}

func TestStats(t *testing.T) {
	c := newCache(t, Options{MemoryBytes: 1 << 20})
	want := Stats{BytesLimit: 1 << 20, TrialLimit: 1 << 20 / 10, PurgesLimit: purgesMax, CompressionsLimit: c.presses.limit, RecordingLimit: 1 << 17}
	if got := c.Stats(); got != want {
		t.Errorf("empty: got %+v, want %+v", got, want)
	}
	body := strings.Repeat("a", 10_000)
	store(t, c, noon, request("/a"), body, "Cache-Control: max-age=60")
	store(t, c, noon, request("/b"), body, "Cache-Control: max-age=60")
	if got := c.Stats(); got.Entries != 2 || got.Bytes < 20_000 || got.Bytes > 24_000 {
		t.Errorf("two entries of 10,000 bytes: got %+v", got)
	}
}

func TestCloseTwiceAndUseAfter(t *testing.T) {
	c := newCache(t, Options{MemoryBytes: MinMemoryBytes})
	c.Close()
	c.Close()
	for range 100 {
		store(t, c, noon, request("/a"), strings.Repeat("a", 1000), "Cache-Control: max-age=60")
		for range 100 {
			c.Lookup(noon, courier, request("/a"))
		}
	}
	if got := c.Stats(); got.Bytes > got.BytesLimit {
		t.Errorf("got %+v", got)
	}
}

func TestBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCache(t, Options{MemoryBytes: MinMemoryBytes})
		for range 200 {
			store(t, c, time.Now(), request("/a"), strings.Repeat("a", 1000), "Cache-Control: max-age=60")
			for range 100 {
				c.Lookup(time.Now(), courier, request("/a"))
			}
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := c.Lookup(time.Now(), courier, request("/a")).State; got != Stale {
			t.Errorf("after a minute: got %v, want stale", got)
		}
	})
}
