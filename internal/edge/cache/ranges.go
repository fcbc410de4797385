package cache

import (
	"strings"

	"github.com/seawall-project/seawall"
)

// Part is what of a stored body a request gets.
type Part uint8

// The parts.
const (
	Whole       Part = iota // all of it, 200
	Some                    // one range, 206 (RFC 9110, section 15.3.7)
	NothingOfIt             // a range beyond its end, 416 (section 15.5.17)
)

// Range says what part of e's body answers r: for [Some], the bytes from first up to, not including, end. Several ranges, units other
// than bytes, malformed ranges, and an If-Range that does not hold get the whole (RFC 9110, sections 14.2 and 13.1.5).
func (e *Entry) Range(r *seawall.Request) (part Part, first, end int64) {
	if r.Method != methodGet || e.Status != 200 {
		return Whole, 0, 0
	}
	spec, ok := onlyValue(r.Fields, "Range")
	if !ok || !e.ifRange(r.Fields) {
		return Whole, 0, 0
	}
	if len(spec) < len("bytes=") || !strings.EqualFold(spec[:len("bytes=")], "bytes=") {
		return Whole, 0, 0
	}
	return cutRange(strings.Trim(spec[len("bytes="):], " \t"), int64(len(e.Body)))
}

// cutRange reads one range-spec (RFC 9110, section 14.1.1) of a body with size bytes.
func cutRange(spec string, size int64) (part Part, first, end int64) {
	from, to, dash := strings.Cut(spec, "-")
	switch {
	case !dash:
		return Whole, 0, 0
	case from == "":
		n, ok := parseLength(to)
		if !ok {
			return Whole, 0, 0
		}
		first, end = max(size-n, 0), size
	default:
		var ok bool
		if first, ok = parseLength(from); !ok {
			return Whole, 0, 0
		}
		if end = size; to != "" {
			last, ok := parseLength(to)
			if !ok || last < first {
				return Whole, 0, 0
			}
			end = min(last+1, size)
		}
	}
	if first >= end {
		return NothingOfIt, 0, 0
	}
	return Some, first, end
}

// ifRange reports whether a Range counts: there is no If-Range, or it names exactly what is stored, by a strong entity-tag or by its
// Last-Modified, which has to be a minute older than its Date to be one (RFC 9110, sections 13.1.5 and 8.8.2.2).
func (e *Entry) ifRange(f seawall.Fields) bool {
	if !f.Has("If-Range") {
		return true
	}
	value, ok := onlyValue(f, "If-Range")
	if !ok || value == "" {
		return false
	}
	if tag, rest, weak, isTag := cutTag(value); isTag {
		return rest == "" && !weak && !e.weak && tag == e.etag
	}
	date, dated := dateField(e.Fields, "Date")
	return e.modified != "" && value == e.modified && dated && date.Sub(e.changed) >= strongAfter
}

// onlyValue returns the value of the field called name when there is exactly one.
func onlyValue(f seawall.Fields, name string) (value string, ok bool) {
	n := 0
	for v := range f.Values(name) {
		value = v
		n++
	}
	return value, n == 1
}
