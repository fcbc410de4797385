package cache

import "time"

// mayServeStale reports whether e, no longer fresh or invalidated at the given time (zero: not), may be served when the origin
// fails (RFC 9111, section 4.2.4). The owner's maxStale says how long after the end of freshness, and zero forbids it; the
// response's own stale-if-error (RFC 5861, section 4) may allow longer. An invalidation ends freshness, and so e is never
// served for longer than it would have been without.
func (e *Entry) mayServeStale(now, invalidated time.Time, maxStale time.Duration) bool {
	if e.noStale || maxStale <= 0 {
		return false
	}
	since := e.Age(now) - e.Freshness
	if !invalidated.IsZero() {
		since = max(since, now.Sub(invalidated))
	}
	return since <= max(maxStale, e.staleIfError)
}

// mayServeWhile reports whether e, no longer fresh, may be served while the origin is asked whether it still holds, because the
// response says so (stale-while-revalidate: RFC 5861, section 3). What was invalidated may not, and an owner who wants nothing served
// stale has the last word.
func (e *Entry) mayServeWhile(now, invalidated time.Time, maxStale time.Duration) bool {
	return !e.noStale && maxStale > 0 && invalidated.IsZero() && e.Age(now)-e.Freshness < e.staleWhile
}
