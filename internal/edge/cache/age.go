package cache

import (
	"strings"
	"time"

	"github.com/seawall-project/seawall"
)

// initialAge returns the corrected initial age of a response (RFC 9111, section 4.2.3). date is its Date.
func initialAge(resp *Response, date time.Time) time.Duration {
	apparent := max(resp.ResponseTime.Sub(date), 0)
	delay := max(resp.ResponseTime.Sub(resp.RequestTime), 0)
	return min(max(apparent, ageField(resp.Fields)+min(delay, maxSpan)), maxSpan)
}

// ageField returns the Age of a response as it came. Of several the first counts, and an invalid one is ignored (RFC 9111,
// section 5.1).
func ageField(f seawall.Fields) time.Duration {
	first, _, _ := strings.Cut(f.Get("Age"), ",")
	age, _ := parseSeconds(strings.Trim(first, " \t"))
	return age
}

// Age returns the current age of e (RFC 9111, section 4.2.3), at most about 136 years; it is to be sent as the Age field, in
// whole seconds. A clock that went back adds nothing.
func (e *Entry) Age(now time.Time) time.Duration {
	resident := max(now.Sub(e.Stored), 0)
	return e.initialAge + min(resident, maxSpan)
}
