package cache

import (
	"slices"
	"time"

	"github.com/maypok86/otter/v2"
)

// maxVariants is how many responses may be stored for one URI; the oldest goes first.
const maxVariants = 8

// resource is what is stored under one key: the responses of one URI, newest first. It is immutable.
type resource struct {
	uri      string
	variants []*Entry
}

// weight returns how many bytes the resource takes.
func (r *resource) weight() int64 {
	n := int64(resourceOverhead + len(r.uri))
	for _, e := range r.variants {
		n += e.weight()
	}
	return n
}

// with returns the resource with e in front, at most limit bytes with at least e in it. Responses that e makes unreachable go:
// see [Entry.displaces].
func (r *resource) with(e *Entry, limit int64) *resource {
	next := &resource{uri: r.uri, variants: make([]*Entry, 1, min(len(r.variants)+1, maxVariants))}
	next.variants[0] = e
	limit -= next.weight()
	for _, old := range r.variants {
		if e.displaces(old) {
			continue
		}
		if limit -= old.weight(); limit < 0 || len(next.variants) == maxVariants {
			break
		}
		next.variants = append(next.variants, old)
	}
	return next
}

// displaces reports whether old has no use beside the newer e: the same requests select both, or one of both claims not to vary
// and the newer word counts.
func (e *Entry) displaces(old *Entry) bool {
	return len(e.vary) == 0 || len(old.vary) == 0 || sameVary(e.vary, old.vary)
}

// without returns the resource without e, nil when nothing is left.
func (r *resource) without(e *Entry) *resource {
	rest := slices.DeleteFunc(slices.Clone(r.variants), func(old *Entry) bool { return old == e })
	if len(rest) == 0 {
		return nil
	}
	return &resource{uri: r.uri, variants: rest}
}

// shields reports whether r holds, in e's place, a page that may still be served when the origin fails while e is itself an
// error: an origin that breaks down does not take its last good answer along.
func (r *resource) shields(e *Entry, maxStale time.Duration) bool {
	return e.Status >= 500 && slices.ContainsFunc(r.variants, func(old *Entry) bool {
		return old.Status < 500 && e.displaces(old) && old.mayServeStale(e.Stored, maxStale)
	})
}

// put stores e under key, unless what is stored is worth more. It reports whether e was stored and returns when the store is
// within its bounds again.
func (c *Cache) put(key Key, uri string, e *Entry, maxStale time.Duration) bool {
	stored := false
	c.store.Compute(key, func(old *resource, found bool) (*resource, otter.ComputeOp) {
		if !found || old.uri != uri {
			old = &resource{uri: uri}
		}
		if stored = !old.shields(e, maxStale); !stored {
			return nil, otter.CancelOp
		}
		return old.with(e, c.memory/2), otter.WriteOp
	})
	c.store.CleanUp()
	return stored
}

// replace puts next in the place of prev, or nothing when next is nil. It does nothing when prev is no longer stored: it was
// evicted, invalidated, or something newer came in the meantime.
func (c *Cache) replace(key Key, uri string, prev, next *Entry) {
	c.store.Compute(key, func(old *resource, found bool) (*resource, otter.ComputeOp) {
		if !found || old.uri != uri || !slices.Contains(old.variants, prev) {
			return nil, otter.CancelOp
		}
		rest := old.without(prev)
		switch {
		case next == nil && rest == nil:
			return nil, otter.InvalidateOp
		case next == nil:
			return rest, otter.WriteOp
		case rest == nil:
			rest = &resource{uri: uri}
		}
		return rest.with(next, c.memory/2), otter.WriteOp
	})
	c.store.CleanUp()
}
