package cache

import (
	"bytes"
	"strings"
	"time"

	"github.com/seawall-project/seawall"
)

// presizeBytes is the most that a recording takes on the word of a Content-Length alone.
const presizeBytes = 64 << 10

// Recording is a response on its way into the cache while it is streamed to its readers. It belongs to one goroutine. One that
// is not committed is simply dropped. All methods are safe on nil.
type Recording struct {
	cache    *Cache
	key      Key
	uri      string
	maxStale time.Duration
	asked    time.Time // when the request was sent
	entry    *Entry    // without its body; nil once given up or committed
	body     []byte
	size     int64 // the announced length of the body, -1 when there is none
	room     int64 // bytes that the body may take
}

// Begin returns a recording for resp, the answer to r at site, or nil when it may not or need not be stored (RFC 9111, section
// 3). Nothing of r and resp is kept without being copied.
func (c *Cache) Begin(site *seawall.Site, r *seawall.Request, resp Response) *Recording {
	if site == nil || r.Method != methodGet {
		return nil
	}
	v, ok := judge(traitsOf(r), &resp)
	if !ok {
		return nil
	}
	size, ok := contentLength(resp.Fields)
	if !ok {
		return nil
	}
	vary, ok := varyOf(r, resp.Fields)
	if !ok {
		return nil
	}
	t := targetOf(site, r)
	rec := &Recording{
		cache: c, key: c.key(&t), uri: c.uri(&t), maxStale: site.MaxStale, asked: resp.RequestTime,
		entry: newEntry(v, &resp, vary), size: size,
	}
	rec.room = c.maxEntry - rec.entry.weight() - int64(resourceOverhead+len(rec.uri))
	if rec.room < max(size, 0) {
		return nil
	}
	if size > 0 {
		rec.body = make([]byte, 0, min(size, presizeBytes))
	}
	return rec
}

// Fits reports whether the response being recorded may answer r as well, a request with the same [Hit.Key]: whether the fields
// that Vary names are the same (RFC 9111, section 4.1). False once the recording has given up or was committed.
func (rec *Recording) Fits(r *seawall.Request) bool {
	return rec != nil && rec.entry != nil && rec.entry.Fits(r)
}

// Write takes the next bytes of the body. It takes all of p and never fails; a body that outgrows [Options.MaxEntryBytes] or
// its announced length is given up quietly.
func (rec *Recording) Write(p []byte) (int, error) {
	if rec == nil || rec.entry == nil {
		return len(p), nil
	}
	need := int64(len(rec.body)) + int64(len(p))
	if need > rec.room || rec.size >= 0 && need > rec.size {
		rec.entry, rec.body = nil, nil
		return len(p), nil
	}
	if need > int64(cap(rec.body)) {
		rec.grow(need)
	}
	rec.body = append(rec.body, p...)
	return len(p), nil
}

// grow makes room for need bytes, doubling up to what the body can come to.
func (rec *Recording) grow(need int64) {
	limit := rec.room
	if rec.size >= 0 {
		limit = rec.size
	}
	bigger := make([]byte, len(rec.body), max(need, min(2*int64(cap(rec.body)), limit)))
	copy(bigger, rec.body)
	rec.body = bigger
}

// Commit stores the response, whose body is complete, and returns the entry. It returns nil when nothing was stored: the
// recording had given up, the body is not as long as announced, its URI was invalidated after the request was sent, or it is
// an error in whose place lies a page that can still be served stale. It is called once; it may wait for the cache's upkeep.
func (rec *Recording) Commit() *Entry {
	if rec == nil || rec.entry == nil {
		return nil
	}
	e := rec.entry
	rec.entry = nil
	if rec.size >= 0 && int64(len(rec.body)) != rec.size {
		return nil
	}
	if rec.cache.invalidatedSince(rec.asked, rec.key) {
		return nil
	}
	e.Body = fitted(rec.body)
	if !rec.cache.put(rec.key, rec.uri, e, rec.maxStale) {
		return nil
	}
	rec.cache.private.clear(rec.key)
	return e
}

// fitted returns body without more than an eighth of unused room.
func fitted(body []byte) []byte {
	if cap(body)-len(body) > len(body)/8 {
		return bytes.Clone(body)
	}
	return body
}

// contentLength returns the announced length of the body, -1 when there is none. ok is false when the fields contradict each
// other or are malformed (RFC 9112, section 6.3).
func contentLength(f seawall.Fields) (size int64, ok bool) {
	size = -1
	for value := range f.Values("Content-Length") {
		for member := range strings.SplitSeq(value, ",") {
			n, ok := parseLength(strings.Trim(member, " \t"))
			if !ok || size >= 0 && n != size {
				return 0, false
			}
			size = n
		}
	}
	return size, true
}

// parseLength reads digits alone. Numbers beyond 2^53 are refused.
func parseLength(s string) (int64, bool) {
	if s == "" {
		return 0, false
	}
	var n int64
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' || n > 1<<53/10 {
			return 0, false
		}
		n = n*10 + int64(s[i]-'0')
	}
	return n, true
}
