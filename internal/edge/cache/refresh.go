package cache

import (
	"slices"

	"github.com/seawall-project/seawall"
)

// Refresh takes in resp, the 304 with which the origin answered the conditional request for stale (RFC 9111, section 4.3.4),
// and returns the renewed entry to serve. The renewed entry is stored in the place of stale if that is still there and the
// updated fields allow it; what they no longer allow is removed. r is the request that was validated.
//
// It returns nil when resp is not a 304 or speaks of another response than stale, which then proves nothing: the request is to
// be sent again without conditions.
func (c *Cache) Refresh(site *seawall.Site, r *seawall.Request, stale *Entry, resp Response) *Entry {
	if site == nil || stale == nil || r.BodySize != 0 || resp.Status != 304 || !stale.confirmedBy(resp.Fields) {
		return nil
	}
	resp.Status = stale.Status
	resp.Fields = updatedFields(stale.Fields, dated(resp))
	v, storable := judge(traits{cookie: stale.cookie}, &resp, site.StaleAlways)
	if !storable {
		v = terms{date: resp.ResponseTime, noCache: true, noStale: true}
	}
	vary, selectable := varyOf(r, resp.Fields)
	next := newEntry(v, &resp, vary)
	next.Body = stale.Body
	next.inheritCoded(stale)

	t := targetOf(site, r)
	key, uri := c.key(&t), c.uri(&t)
	fits := next.weight()+int64(resourceOverhead+len(uri)) <= c.maxEntry
	switch asker := traitsOf(r); {
	case !storable || !selectable || !fits:
		c.replace(key, uri, stale, nil)
	case asker.noStore || asker.authorization && !next.sharable: // this one answer is not to be kept
	default:
		c.replace(key, uri, stale, next)
	}
	return next
}

// dated returns the fields of resp with a Date, so that the stored one never outlives a renewal.
func dated(resp Response) seawall.Fields {
	if resp.Fields.Has("Date") {
		return resp.Fields
	}
	date := seawall.Field{Name: "Date", Value: formatDate(resp.ResponseTime)}
	return append(slices.Clip(resp.Fields), date)
}

// confirmedBy reports whether a 304 with fields f is about e: the validators that it names are e's own.
func (e *Entry) confirmedBy(f seawall.Fields) bool {
	if f.Has("ETag") {
		tag, weak, ok := entityTag(f)
		return ok && tag == e.etag && (weak || !e.weak)
	}
	if f.Has("Last-Modified") {
		return f.Get("Last-Modified") == e.modified
	}
	return true
}
