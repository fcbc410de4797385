package cache

import (
	"time"

	"github.com/seawall-project/seawall"
)

// freshness returns how long a response with fields f and control c stays fresh for a shared cache (RFC 9111, section 4.2.1),
// and whether it said so itself. date is the response's Date. Silence means zero, but see [negativeLifetime].
func freshness(c *control, f seawall.Fields, date time.Time) (lifetime time.Duration, explicit bool) {
	switch {
	case c.sMaxAge.present:
		return c.sMaxAge.span, true
	case c.maxAge.present:
		return c.maxAge.span, true
	case f.Has("Expires") && !c.targeted:
		expires, ok := dateField(f, "Expires")
		if !ok {
			return 0, true
		}
		return min(max(expires.Sub(date), 0), maxSpan), true
	}
	return 0, false
}

// fresh reports whether e may be served without asking (RFC 9111, section 4.2), unless it was invalidated.
func (e *Entry) fresh(now time.Time) bool { return !e.noCache && e.Freshness > e.Age(now) }
