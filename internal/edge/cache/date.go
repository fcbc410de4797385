package cache

import (
	"strings"
	"time"

	"github.com/seawall-project/seawall"
)

// The three forms of an HTTP-date (RFC 9110, section 5.6.7), the zone left out.
const (
	imfFixdate = "Mon, 02 Jan 2006 15:04:05"
	rfc850     = "Monday, 02-Jan-06 15:04:05"
	asctime    = "Mon Jan _2 15:04:05 2006"
	zone       = " GMT"
)

// parseDate reads an HTTP-date in any of its three forms. Names and zone are taken in any case; nothing else is forgiven.
func parseDate(s string) (time.Time, bool) {
	layout := asctime
	if cut := len(s) - len(zone); cut > 0 && strings.EqualFold(s[cut:], zone) {
		s = s[:cut]
		if layout = imfFixdate; len(s) != len(imfFixdate) {
			layout = rfc850
		}
	}
	afterDay := len(layout) - strings.IndexByte(layout, ',')
	if layout != rfc850 && len(s) != len(layout) || layout == rfc850 && len(s)-strings.IndexByte(s, ',') != afterDay {
		return time.Time{}, false
	}
	if strings.ContainsRune(s, '.') || layout == asctime && strings.ContainsRune(s, ',') {
		return time.Time{}, false // time.Parse would take a fraction of a second
	}
	t, err := time.Parse(layout, s)
	return t, err == nil
}

// dateField returns the value of the date field called name. ok is false when it is missing, malformed, or there are two that
// differ.
func dateField(f seawall.Fields, name string) (t time.Time, ok bool) {
	first := f.Get(name)
	for value := range f.Values(name) {
		if value != first {
			return time.Time{}, false
		}
	}
	return parseDate(first)
}

// formatDate writes t as an HTTP-date.
func formatDate(t time.Time) string { return t.UTC().Format(imfFixdate + zone) }
