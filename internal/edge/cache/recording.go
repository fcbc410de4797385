package cache

import (
	"bytes"
	"strings"
	"time"

	"github.com/seawall-project/seawall"
)

// presizeBytes is the most that a recording takes on the word of a Content-Length alone.
const presizeBytes = 64 << 10

// Recording is a response on its way into the cache while it is streamed to its readers. It belongs to one goroutine, which ends
// it with [Recording.Commit] or [Recording.Abandon]: until then its bytes count against [Stats.RecordingLimit]. All methods are
// safe on nil.
type Recording struct {
	cache    *Cache
	key      Key
	uri      string
	site     string
	query    bool // whether the URI has a query
	maxStale time.Duration
	entry    *Entry // without its body; nil once given up, abandoned or committed
	body     []byte
	size     int64 // the announced length of the body, -1 when there is none
	room     int64 // bytes that the body may take
	held     int64 // bytes taken from the budget of all recordings
}

// Begin returns a recording for resp, the answer to r at site, or nil when it may not or need not be stored (RFC 9111, section
// 3): among others when r has a body or a Range, so that [Cache.Lookup] may have called it a Bypass and it was forwarded as it
// came. An answer that could be stored while other recordings take all the room gets one that has given up. Nothing of r and
// resp is kept without being copied.
func (c *Cache) Begin(site *seawall.Site, r *seawall.Request, resp Response) *Recording {
	traits := traitsOf(r)
	if site == nil || r.Method != methodGet || traits.body || traits.ranged {
		return nil
	}
	v, ok := judge(traits, &resp, site.StaleAlways)
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
		cache: c, key: c.key(&t), uri: c.uri(&t), site: site.Name, maxStale: site.MaxStale,
		entry: newEntry(v, &resp, vary), size: size,
	}
	rec.query = strings.Contains(rec.uri, "?")
	head := rec.entry.weight() + int64(resourceOverhead+len(rec.uri))
	rec.room = c.maxEntry - head
	if rec.room < max(size, 0) {
		return nil
	}
	presize := min(max(size, 0), presizeBytes)
	if !rec.take(head + presize) {
		rec.Abandon()
		return rec
	}
	rec.body = make([]byte, 0, presize)
	return rec
}

// take takes n more bytes from the budget of all recordings.
func (rec *Recording) take(n int64) bool {
	if !rec.cache.recording.take(n, rec.held) {
		return false
	}
	rec.held += n
	return true
}

// Write takes the next bytes of the body. It takes all of p and never fails; a body that outgrows [Options.MaxEntryBytes], its
// announced length or the room that all recordings have together is given up quietly.
func (rec *Recording) Write(p []byte) (int, error) {
	if rec == nil || rec.entry == nil {
		return len(p), nil
	}
	need := int64(len(rec.body)) + int64(len(p))
	if need > rec.room || rec.size >= 0 && need > rec.size || need > int64(cap(rec.body)) && !rec.grow(need) {
		rec.Abandon()
		return len(p), nil
	}
	rec.body = append(rec.body, p...)
	return len(p), nil
}

// grow makes room for need bytes, doubling up to what the body can come to. It reports whether the budget allowed that.
func (rec *Recording) grow(need int64) bool {
	limit := rec.room
	if rec.size >= 0 {
		limit = rec.size
	}
	size := max(need, min(2*int64(cap(rec.body)), limit))
	if !rec.take(size - int64(cap(rec.body))) {
		return false
	}
	bigger := make([]byte, len(rec.body), size)
	copy(bigger, rec.body)
	rec.body = bigger
	return true
}

// Abandon ends the recording without storing anything. It may be called twice and after [Recording.Commit], and does nothing
// then.
func (rec *Recording) Abandon() {
	if rec == nil {
		return
	}
	rec.cache.recording.give(rec.held)
	rec.entry, rec.body, rec.held = nil, nil, 0
}

// Commit stores the response, whose body is complete, and returns the entry. It returns nil when nothing was stored: the
// recording had given up, the body is not as long as announced, or what is stored is worth more: an answer from after an
// invalidation that this one is from before, or, where this one is an error, a page that can still be served. It ends the
// recording; it may wait for the cache's upkeep.
func (rec *Recording) Commit() *Entry {
	if rec == nil || rec.entry == nil {
		return nil
	}
	defer rec.Abandon()
	e := rec.entry
	if rec.size >= 0 && int64(len(rec.body)) != rec.size {
		return nil
	}
	e.Body = fitted(rec.body)
	if e.weight()+int64(resourceOverhead+len(rec.uri)) > rec.cache.maxEntry {
		e.coded.allowed = false
	}
	if !rec.cache.put(rec, e) {
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
