package cache

import (
	"sync/atomic"
	"time"

	"github.com/seawall-project/seawall"
)

// Entry is one stored response. It is immutable and shared: nobody changes it or anything it points to, aside from the cache's own mark
// of use and the compressed forms of the body that it adds. It is not to be copied, and stays valid after it has left the cache.
type Entry struct {
	Status int
	// Fields are as to be sent, Date included. There are no connection-specific fields, no Set-Cookie, no Age (see
	// [Entry.Age]) and no Content-Length (it is the length of Body).
	Fields seawall.Fields
	Body   []byte
	// Freshness is how long after its origin made it the response is fresh (RFC 9111, section 4.2.1), to be compared with
	// Age. It does not mean fresh by itself: no-cache forbids use without validation whatever it says.
	Freshness time.Duration
	Stored    time.Time // when the response, or the 304 that renewed it, was received
	Asked     time.Time // when the request that brought it, or the 304 that renewed it, was sent

	used         atomic.Int64  // see [Entry.use]
	initialAge   time.Duration // at Stored
	staleIfError time.Duration
	staleWhile   time.Duration
	noCache      bool
	noStale      bool
	negative     bool
	coded        coded
	sharable     bool
	cookie       bool
	vary         []varied
	tags         tags
	validators
}

// newEntry returns an entry without a body for a response that may be stored on terms v.
func newEntry(v terms, resp *Response, vary []varied) *Entry {
	fields := storedFields(resp.Fields, formatDate(v.date))
	e := &Entry{
		Status:       resp.Status,
		Fields:       fields,
		Freshness:    v.lifetime,
		Stored:       resp.ResponseTime,
		Asked:        resp.RequestTime,
		initialAge:   initialAge(resp, v.date),
		staleIfError: v.staleIfError,
		staleWhile:   v.staleWhile,
		noCache:      v.noCache,
		noStale:      v.noStale,
		negative:     v.negative,
		sharable:     v.sharable,
		cookie:       v.cookie,
		vary:         vary,
		tags:         tagsOf(fields),
		validators:   validatorsOf(fields, v.date),
	}
	e.coded.allowed = transformable(resp.Status, fields, v.noTransform)
	e.used.Store(useAt(e.Stored))
	return e
}

// useAt is the mark of something that happened at now: about a quarter of a second, with room for one bit.
func useAt(now time.Time) int64 { return now.UnixMilli() >> 8 << 1 }

// use marks e as used at now. Of two marks the greater is the later; within one quarter of a second, whatever was used counts
// as later than what was only stored. The mark is written once in that time, so that everybody's page is not a line of memory
// that all cores fight for.
func (e *Entry) use(now time.Time) {
	if mark := useAt(now) | 1; e.used.Load() != mark {
		e.used.Store(mark)
	}
}

// Fits reports whether r selects e among the responses stored for one URI: whether the fields that Vary names are the same as
// in the request that brought e (RFC 9111, section 4.1). It does not compare the URI, nor what else r may demand.
func (e *Entry) Fits(r *seawall.Request) bool {
	for i := range e.vary {
		if !e.vary[i].fits(r) {
			return false
		}
	}
	return true
}

// What an entry takes besides its bytes, and what one more key does in the store: rounded up from the sizes on a 64-bit machine.
const (
	entryOverhead    = 512
	resourceOverhead = 384
	fieldOverhead    = 32
	variedOverhead   = 48
)

// weight returns how many bytes e takes.
func (e *Entry) weight() int64 {
	n := entryOverhead + e.tags.bytes() + len(e.etagWeak) + cap(e.Body) + fieldBytes(e.Fields) + cap(e.Fields)*fieldOverhead
	if e.mayCode() {
		n += reserve(cap(e.Body))
	}
	for i := range e.vary {
		n += variedOverhead + len(e.vary[i].name) + len(e.vary[i].value)
	}
	return int64(n)
}
