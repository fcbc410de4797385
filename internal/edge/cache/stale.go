package cache

import "time"

// mayServeStale reports whether e, no longer fresh, may be served when the origin fails (RFC 9111, section 4.2.4). The owner's
// maxStale says how long after the end of freshness, and zero forbids it; the response's own stale-if-error (RFC 5861, section
// 4) may allow longer.
func (e *Entry) mayServeStale(now time.Time, maxStale time.Duration) bool {
	if e.noStale || maxStale <= 0 {
		return false
	}
	return e.Age(now)-e.Freshness <= max(maxStale, e.staleIfError)
}
