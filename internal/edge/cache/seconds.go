package cache

import "time"

// maxSpan is what a number of seconds too large to count stands for (RFC 9111, section 1.2.2).
const maxSpan = 1 << 31 * time.Second

// seconds is the argument of a directive that takes delta-seconds and may come several times.
type seconds struct {
	span    time.Duration // 0 when invalid
	present bool
	invalid bool // malformed, or two that differ
}

// add takes in one occurrence. RFC 9111, section 4.2.1: with contradicting or invalid freshness a response counts as stale.
func (s *seconds) add(d directive) {
	span, ok := parseSeconds(d.value)
	ok = ok && d.argument && !d.broken && (!s.present || !s.invalid && s.span == span)
	s.present = true
	s.invalid = !ok
	if s.span = span; !ok {
		s.span = 0
	}
}

// parseSeconds reads delta-seconds (RFC 9111, section 1.2.2): digits alone. Numbers beyond 2^31 count as 2^31.
func parseSeconds(s string) (time.Duration, bool) {
	if s == "" {
		return 0, false
	}
	var span time.Duration
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		span = min(span*10+time.Duration(s[i]-'0')*time.Second, maxSpan)
	}
	return span, true
}
