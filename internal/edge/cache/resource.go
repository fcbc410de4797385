package cache

import (
	"slices"
	"time"
)

// maxVariants is how many responses may be stored for one URI; the least recently used one goes first.
const maxVariants = 8

// resource is what is stored under one key: the responses of one URI, newest first. It is immutable, the responses' marks of
// use aside.
type resource struct {
	uri         string
	invalidated time.Time // of the URI, the last time; zero when it never was or that is forgotten
	variants    []*Entry
}

// weight returns how many bytes the resource takes.
func (r *resource) weight() int64 {
	n := int64(resourceOverhead + len(r.uri))
	for _, e := range r.variants {
		n += e.weight()
	}
	return n
}

// invalidatedAt returns the resource with an invalidation at that time in its book.
func (r *resource) invalidatedAt(at time.Time) *resource {
	if !at.After(r.invalidated) {
		return r
	}
	return &resource{uri: r.uri, invalidated: at, variants: r.variants}
}

// suspect returns when r was invalidated if e does not prove to be from after: its request was not sent later. Otherwise it
// returns the zero time.
func (r *resource) suspect(e *Entry) time.Time {
	if r.invalidated.IsZero() || e.Asked.After(r.invalidated) {
		return time.Time{}
	}
	return r.invalidated
}

// with returns the resource with e in front, at most limit bytes with at least e in it. Responses that e makes unreachable go:
// see [Entry.displaces].
func (r *resource) with(e *Entry, limit int64) *resource {
	next := &resource{uri: r.uri, invalidated: r.invalidated, variants: make([]*Entry, 1, len(r.variants)+1)}
	next.variants[0] = e
	for _, old := range r.variants {
		if !e.displaces(old) {
			next.variants = append(next.variants, old)
		}
	}
	for weight := next.weight(); len(next.variants) > 1 && (len(next.variants) > maxVariants || weight > limit); {
		i := 1 + leastUsed(next.variants[1:])
		weight -= next.variants[i].weight()
		next.variants = slices.Delete(next.variants, i, i+1)
	}
	return next
}

// leastUsed returns the index of the least recently used of variants, of several the one stored first.
func leastUsed(variants []*Entry) int {
	least, use := 0, variants[0].used.Load()
	for i, e := range variants {
		if u := e.used.Load(); u <= use {
			least, use = i, u
		}
	}
	return least
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
	return &resource{uri: r.uri, invalidated: r.invalidated, variants: rest}
}

// shields reports whether r holds, in e's place, a page that is worth more: see [resource.prefers].
func (r *resource) shields(e *Entry, maxStale time.Duration) bool {
	return slices.ContainsFunc(r.variants, func(old *Entry) bool { return e.displaces(old) && r.prefers(old, e, maxStale) })
}

// prefers reports whether old, which could still be served, is not to make room for e. An origin that breaks down or refuses
// one stranger does not take its last good answer along, and an answer from before an invalidation does not replace one from
// after.
func (r *resource) prefers(old, e *Entry, maxStale time.Duration) bool {
	suspect := r.suspect(old)
	if (!suspect.IsZero() || !old.fresh(e.Stored)) && !old.mayServeStale(e.Stored, suspect, maxStale) {
		return false
	}
	return suspect.IsZero() && !r.suspect(e).IsZero() || e.yieldsTo(old)
}

// yieldsTo reports whether e is an answer of lesser worth than old: an error of the server against anything else, an error of
// the client's, other than that there is no such page, against a page or a redirect, and so an absence that the origin says no more of.
func (e *Entry) yieldsTo(old *Entry) bool {
	switch {
	case e.negative:
		return old.Status < 400
	case e.Status >= 500:
		return old.Status < 500
	case e.Status == 404 || e.Status == 410:
		return false
	}
	return e.Status >= 400 && old.Status < 400
}
