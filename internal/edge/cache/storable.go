package cache

import (
	"time"

	"github.com/seawall-project/seawall"
)

// Response is the head of an origin's answer.
type Response struct {
	Status int            // final, 200 to 599
	Fields seawall.Fields // as received; what is stored is copied
	// RequestTime is when the request was sent, ResponseTime when the head was received (RFC 9111, section 4.2.3).
	RequestTime, ResponseTime time.Time
}

// terms are the conditions under which a response may be kept and used.
type terms struct {
	date         time.Time     // the origin's, or when the response was received
	lifetime     time.Duration // RFC 9111, section 4.2.1
	staleIfError time.Duration // RFC 5861
	noCache      bool          // not to be used without validation (section 5.2.2.4)
	noStale      bool          // never to be served stale (section 4.2.4)
	sharable     bool          // may answer requests with Authorization (section 3.5)
	cookie       bool          // the request that brought the body had a Cookie
}

// judge returns the terms on which a shared cache may store resp, the answer to a GET request with traits t (RFC 9111, section
// 3). ok is false when it may not, or when there would be no use in it.
//
// RFC 9111 makes no difference between requests with and without a Cookie. Neither does judge, but for one: what such a request
// got with no word of how long it may be shared is never served stale, as it may be one reader's own page and a failing origin
// cannot say otherwise.
func judge(t traits, resp *Response) (terms, bool) {
	c := controlOf(resp.Fields)
	if !storable(t, resp, &c) {
		return terms{}, false
	}
	date, ok := dateField(resp.Fields, "Date")
	if !ok {
		date = resp.ResponseTime
	}
	lifetime, explicit := freshness(&c, resp.Fields, date)
	if !explicit && !heuristicStatus(resp.Status) {
		return terms{}, false
	}
	v := terms{
		date:         date,
		lifetime:     lifetime,
		staleIfError: c.staleIfError.span,
		noCache:      c.noCache,
		noStale:      c.noCache || c.revalidate || t.cookie && lifetime == 0 && !c.public,
		sharable:     c.shared() || c.mustRevalidate,
		cookie:       t.cookie,
	}
	return v, v.useful(explicit) || hasValidator(resp.Fields)
}

// useful reports whether an entry without a validator can ever be served: while fresh, or stale when the origin fails.
func (v terms) useful(explicit bool) bool {
	return explicit && (v.lifetime > 0 && !v.noCache || !v.noStale)
}

// storable applies what forbids storing (RFC 9111, section 3).
func storable(t traits, resp *Response, c *control) bool {
	switch {
	case resp.Status < 200 || resp.Status > 599 || resp.Status == 206 || resp.Status == 304:
		return false
	case c.torn || c.private || t.noStore:
		return false
	case c.mustUnderstand && !understood(resp.Status):
		return false
	case c.noStore && !c.mustUnderstand: // section 5.2.2.3
		return false
	case t.authorization && !c.shared() && !c.mustRevalidate: // section 3.5
		return false
	case (resp.Fields.Has("Set-Cookie") || resp.Fields.Has("Set-Cookie2")) && !c.shared():
		return false
	}
	return true
}

// heuristicStatus reports whether responses with this status may be stored without explicit freshness (RFC 9110, section
// 15.1), save for 206.
func heuristicStatus(status int) bool {
	switch status {
	case 200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501:
		return true
	}
	return false
}

// understood reports whether the cache knows what storing a response with this status takes: those of RFC 9110 that need
// nothing special, and 451 of RFC 7725.
func understood(status int) bool {
	switch {
	case status >= 200 && status <= 205, status >= 300 && status <= 303, status == 307, status == 308:
		return true
	case status >= 400 && status <= 417, status == 421, status == 422, status == 426, status == 451:
		return true
	}
	return status >= 500 && status <= 505
}
