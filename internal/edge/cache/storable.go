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
	staleWhile   time.Duration // RFC 5861: stale-while-revalidate
	noCache      bool          // not to be used without validation (section 5.2.2.4)
	noStale      bool          // never to be served stale (section 4.2.4)
	negative     bool          // an absence that is remembered for a moment without the origin having said so
	noTransform  bool          // not to be compressed by us (RFC 9110, section 7.7)
	sharable     bool          // may answer requests with Authorization (section 3.5)
	cookie       bool          // the request that brought the body had a Cookie
}

// judge returns the terms on which a shared cache may store resp, the answer to a GET request with traits t (RFC 9111, section
// 3). ok is false when it may not, or when there would be no use in it. With always, the site's owner wants answers to be served stale
// when the origin fails even where they forbid it ([seawall.Site.StaleAlways]).
//
// RFC 9111 makes no difference between requests with and without a Cookie. Neither does judge, but for one: what such a request
// got with no word of how long it may be shared is never served stale, as it may be one reader's own page and a failing origin
// cannot say otherwise.
func judge(t traits, resp *Response, always bool) (terms, bool) {
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
	negative := !explicit && remembersAbsence(t, resp)
	if negative {
		lifetime, explicit = negativeLifetime, true
	}
	personal := t.cookie && (lifetime == 0 || c.noCache) && !c.public
	v := terms{
		date:         date,
		lifetime:     lifetime,
		staleIfError: c.staleIfError.span,
		staleWhile:   c.staleWhile.span,
		noCache:      c.noCache,
		noStale:      (c.noCache || c.revalidate) && !always || personal || negative,
		negative:     negative,
		noTransform:  c.noTransform,
		sharable:     c.shared() || c.mustRevalidate,
		cookie:       t.cookie,
	}
	return v, v.useful(explicit) || hasValidator(resp.Fields)
}

// useful reports whether an entry without a validator can ever be served: while fresh, or stale when the origin fails.
func (v terms) useful(explicit bool) bool {
	return explicit && (v.lifetime > 0 && !v.noCache || !v.noStale)
}

// negativeLifetime is how long it is remembered that there is no such page when the origin does not say for how long.
const negativeLifetime = 10 * time.Second

// remembersAbsence reports whether resp says no more than that there is nothing under this URI, to somebody who told nothing of who
// they are. Such an answer is taken to hold for a moment, as RFC 9111, section 4.2.2, allows for these two statuses, or anybody could
// have the origin look for what is not there as often as they like. It is never served stale, and takes the place of no page that can
// still be served: an origin that finds nothing because it is broken must not take readers' pages along.
func remembersAbsence(t traits, resp *Response) bool {
	return (resp.Status == 404 || resp.Status == 410) && !t.cookie && !t.authorization &&
		!resp.Fields.Has("Cache-Control") && !resp.Fields.Has("Expires") && !resp.Fields.Has("Pragma") && !resp.Fields.Has("Set-Cookie")
}

// Lasting reports whether resp, an error of the origin's, says by itself that it may be stored for everyone. An origin that says so
// has written that page for its readers.
func Lasting(resp Response) bool {
	_, ok := judge(traits{}, &resp, false)
	return ok && !heuristicStatus(resp.Status)
}

// storable applies what forbids storing (RFC 9111, section 3).
func storable(t traits, resp *Response, c *control) bool {
	switch {
	case !aboutResource(resp.Status) || resp.Status == 403 && !c.shared():
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

// aboutResource reports whether a final answer with this status says something about the resource and not about the one request
// that brought it, which anybody could have made so as to have it stored for all. RFC 9111 would let most of them be stored, and
// RFC 9110, section 15.1, even without explicit freshness 414 and 501.
//
// Of the client's errors only 404, 405, 410, 451 and 403 are about the resource. A 403 is as often about who asked, so it is
// stored only if the origin says that it is for everyone, with public or s-maxage. Of the server's errors 505 and 511 (RFC 6585,
// section 6) are not; 206, 226 (RFC 3229) and 304 are parts of an answer.
func aboutResource(status int) bool {
	switch status {
	case 206, 226, 304, 505, 511:
		return false
	case 403, 404, 405, 410, 451:
		return true
	}
	return status >= 200 && status <= 399 || status >= 500 && status <= 599
}

// heuristicStatus reports whether responses with this status may be stored without explicit freshness (RFC 9110, section
// 15.1), save for 206, 414 and 501.
func heuristicStatus(status int) bool {
	switch status {
	case 200, 203, 204, 300, 301, 308, 404, 405, 410:
		return true
	}
	return false
}

// understood reports whether the cache knows what storing a response with this status takes: those of RFC 9110 that need
// nothing special, and 451 of RFC 7725. Others than [aboutResource] allows do not matter.
func understood(status int) bool {
	switch {
	case status >= 200 && status <= 205, status >= 300 && status <= 303, status == 307, status == 308:
		return true
	}
	return status >= 400 && status <= 504
}
