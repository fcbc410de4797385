package cache

import (
	"strings"
	"time"

	"github.com/seawall-project/seawall"
)

// strongAfter is how much older than its Date a Last-Modified has to be for the response to be told from any other by it.
const strongAfter = time.Minute

// validators are what a stored response can be compared by (RFC 9110, section 8.8).
type validators struct {
	etag     string    // opaque tag with its quotes, without "W/"; empty when there is none, or none that is well-formed
	weak     bool      // whether it began with "W/"
	etagSent string    // as the origin wrote it
	etagWeak string    // for what we made of the body
	modified string    // Last-Modified as the origin wrote it; empty when there is none, or none that is well-formed
	changed  time.Time // Last-Modified, else Date, for a client's If-Modified-Since (RFC 9111, section 4.3.2)
}

func validatorsOf(f seawall.Fields, date time.Time) validators {
	v := validators{changed: date}
	if tag, weak, ok := entityTag(f); ok {
		v.etag, v.weak, v.etagSent, v.etagWeak = tag, weak, f.Get("ETag"), "W/"+tag
	}
	if t, ok := dateField(f, "Last-Modified"); ok {
		v.modified, v.changed = f.Get("Last-Modified"), t
	}
	return v
}

func hasValidator(f seawall.Fields) bool {
	v := validatorsOf(f, time.Time{})
	return v.validates()
}

// validates reports whether the origin can be asked if the response still holds.
func (v *validators) validates() bool { return v.etag != "" || v.modified != "" }

// Conditional appends to dst, the fields of a request to the origin, the conditions that ask whether e still holds (RFC 9111,
// section 4.3.1), and returns the result. dst must hold no conditional fields and no Range of the client's own.
func (e *Entry) Conditional(dst seawall.Fields) seawall.Fields {
	if e.etag != "" {
		dst = append(dst, seawall.Field{Name: "If-None-Match", Value: e.etagSent})
	}
	if e.modified != "" {
		dst = append(dst, seawall.Field{Name: "If-Modified-Since", Value: e.modified})
	}
	return dst
}

// NotModified reports whether r, which e may answer, is a conditional request to be answered with 304 and no body (RFC 9111,
// section 4.3.2; RFC 9110, section 13.2.2): If-None-Match by weak comparison, and only without it If-Modified-Since. A
// malformed condition does not hold, so the client gets the whole response.
func (e *Entry) NotModified(r *seawall.Request) bool {
	if e.Status != 200 || r.Method != methodGet && r.Method != methodHead {
		return false
	}
	if r.Fields.Has("If-None-Match") {
		return e.noneMatch(r.Fields)
	}
	since := r.Fields.Get("If-Modified-Since")
	if since == "" {
		return false
	}
	if since == e.modified {
		return true
	}
	t, ok := dateField(r.Fields, "If-Modified-Since")
	return ok && !e.changed.After(t)
}

// noneMatch reports whether an If-None-Match of f names e (RFC 9110, section 13.1.2).
func (e *Entry) noneMatch(f seawall.Fields) bool {
	for i := range f {
		if len(f[i].Name) != len("If-None-Match") || !strings.EqualFold(f[i].Name, "If-None-Match") {
			continue
		}
		if f[i].Value == "*" || e.etag != "" && listsTag(f[i].Value, e.etag) {
			return true
		}
	}
	return false
}
