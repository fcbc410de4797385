package cache

import (
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/maypok86/otter/v2"
)

// The cache has two segments. Whatever anybody can make up any number of, answers to URLs with a query and errors, lives in the trial
// segment until it is stored a second time; it may take a tenth of the memory, so that a flood of made-up URLs flushes that tenth and
// nothing else. What is stored again while the first time is still remembered ([seen]) goes to the main segment, where popularity decides.
const trialShare = 10

// segment holds resources within a number of bytes.
type segment struct {
	*otter.Cache[Key, *resource]
	limit int64
}

// tally counts what is stored, in both segments.
type tally struct{ variants, tags atomic.Int64 }

func (t *tally) add(r *resource, sign int64) {
	t.variants.Add(sign * int64(len(r.variants)))
	for _, e := range r.variants {
		if n := len(e.tags.list); n > 0 {
			t.tags.Add(sign * int64(n))
		}
	}
}

func (c *Cache) newSegment(limit int64) (*segment, error) {
	store, err := otter.New(&otter.Options[Key, *resource]{
		MaximumWeight:    uint64(limit),
		Weigher:          func(_ Key, res *resource) uint32 { return uint32(res.weight()) },
		OnAtomicDeletion: func(e otter.DeletionEvent[Key, *resource]) { c.tally.add(e.Value, -1) },
		Executor:         c.keeper.run,
	})
	if err != nil {
		return nil, fmt.Errorf("build cache: %w", err)
	}
	return &segment{store, limit}, nil
}

// get returns what is stored under key.
func (c *Cache) get(key Key) (*resource, bool) {
	if res, ok := c.main.GetIfPresent(key); ok {
		return res, true
	}
	return c.trial.GetIfPresent(key)
}

// segmentFor returns where an answer is to be stored under key. It notes that it was seen.
func (c *Cache) segmentFor(key Key, query bool, e *Entry) *segment {
	if !query && e.Status < 400 {
		return c.main
	}
	known := c.seen.add(key)
	if _, at := c.main.GetIfPresent(key); at || known {
		return c.main
	}
	return c.trial
}

// update replaces what s holds under key with what change returns, or removes it when that is nil; it does nothing when change returns
// what there was. old is nil when there is nothing.
func (c *Cache) update(s *segment, key Key, change func(old *resource) *resource) {
	s.Compute(key, func(old *resource, found bool) (*resource, otter.ComputeOp) {
		if !found {
			old = nil
		}
		next := change(old)
		switch next {
		case old:
			return nil, otter.CancelOp
		case nil:
			return nil, otter.InvalidateOp
		}
		c.tally.add(next, 1)
		return next, otter.WriteOp
	})
}

// put stores e under key, unless what is stored is worth more or e is from before a purge. It reports whether e was stored and returns
// when the store is within its bounds again.
func (c *Cache) put(rec *Recording, e *Entry) bool {
	s := c.segmentFor(rec.key, rec.query, e)
	var moved *resource
	if s == c.main {
		moved, _ = c.trial.GetIfPresent(rec.key)
	}
	stored := false
	c.update(s, rec.key, func(old *resource) *resource {
		base := old
		if base == nil {
			base = moved
		}
		if base == nil || base.uri != rec.uri {
			base = &resource{uri: rec.uri}
		}
		base = base.invalidatedAt(c.invalidatedSince(e.Asked, rec.key))
		if stored = !base.shields(e, rec.maxStale) && !c.purges.cover(rec.site, rec.uri, e); !stored {
			return old
		}
		return base.with(e, s.limit/2)
	})
	if stored && moved != nil {
		c.trial.Invalidate(rec.key)
	}
	s.CleanUp()
	return stored
}

// replace puts next in the place of prev, or nothing when next is nil. It does nothing when prev is no longer stored: it was
// evicted, purged, or something newer came in the meantime.
func (c *Cache) replace(key Key, uri string, prev, next *Entry) {
	for _, s := range []*segment{c.main, c.trial} {
		c.update(s, key, func(old *resource) *resource {
			if old == nil || old.uri != uri || !slices.Contains(old.variants, prev) {
				return old
			}
			rest := old.without(prev)
			switch {
			case next == nil:
				return rest
			case rest == nil:
				rest = &resource{uri: uri, invalidated: old.invalidated}
			}
			return rest.with(next, s.limit/2)
		})
		s.CleanUp()
	}
}
