package rules

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"github.com/seawall-project/seawall"
)

// The samples of a [Book]. One of fullPer requests replaces one, so that a full book speaks of the last fullPer times as many.
const (
	DefaultSamples = 2048
	MinSamples     = 300 // fewer say nothing of one in a hundred: of so many, none is less than that with 95 % certainty
	fullPer        = 16
)

// Book is a sample of what readers of one site asked for in peace: hashes under a secret of what [Compile] looks at, from which no path,
// word or reader can be told. It is safe for concurrent use. The nil Book keeps nothing.
type Book struct {
	limit int
	full  atomic.Bool

	mu      sync.Mutex // guards samples
	samples []sample
}

// sample is one request as a [look], without its text.
type sample struct {
	base    uint64
	hashes  [seawall.MaxRuleSegments]uint32
	classes [seawall.MaxRuleSegments]class
	n       uint8 // segments; 0 for what no rule can fit
}

// NewBook returns a book of so many samples at most.
func NewBook(samples int) *Book { return &Book{limit: max(1, samples)} }

// Note takes a request into the sample, or not: once the book is full, one in sixteen.
func (b *Book) Note(r *seawall.Request) {
	if b == nil || b.full.Load() && rand.IntN(fullPer) > 0 { //nolint:gosec // a sample, no secret
		return
	}
	var s sample
	var l look
	if base, ok := baseOf(r.Method, r.Query); ok && l.read(r.Path) {
		s = sample{base: base, hashes: l.hashes, classes: l.classes, n: uint8(l.n)} //nolint:gosec // at most 8
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.samples) < b.limit {
		b.samples = append(b.samples, s)
		b.full.Store(len(b.samples) == b.limit)
		return
	}
	b.samples[rand.IntN(b.limit)] = s //nolint:gosec // a sample, no secret
}

// Len returns how many requests are in the book, and how many there may be.
func (b *Book) Len() (n, limit int) {
	if b == nil {
		return 0, 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.samples), b.limit
}

// Count returns how many of the requests in the book fit a rule of m, whether that has ended or not, and how many there are. Parts of
// segments are not in the book and count as fitting, so it is never too few.
func (b *Book) Count(m *Matcher) (fit, of int) {
	if b == nil || m == nil {
		n, _ := b.Len()
		return 0, n
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.samples {
		if b.samples[i].fits(m) {
			fit++
		}
	}
	return fit, len(b.samples)
}

func (s *sample) fits(m *Matcher) bool {
	l := look{n: int(s.n), hashes: s.hashes, classes: s.classes}
	for _, shape := range m.shapes[l.n] {
		if len(m.rules[l.key(s.base, shape)]) > 0 {
			return true
		}
	}
	return false
}
