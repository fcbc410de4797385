package cache

import "sync"

// seen remembers which keys have lately been stored once: 31 bits of each, in a table of fixed size whose buckets forget the oldest. A key
// that was not stored is taken for one that was about once in two hundred million.
type seen struct {
	mu      sync.Mutex // guards buckets
	buckets [][bucketKeys]uint32
}

const (
	bucketKeys = 8
	seenKey    = 4 // bytes that remembering a key takes
)

// newSeen takes about so many bytes.
func newSeen(bytes int64) *seen {
	return &seen{buckets: make([][bucketKeys]uint32, max(bytes/(bucketKeys*seenKey), 1))}
}

// bytes returns what the table takes.
func (s *seen) bytes() int64 { return int64(len(s.buckets)) * bucketKeys * seenKey }

// add remembers k as the newest of its bucket, and reports whether it was remembered already.
func (s *seen) add(k Key) bool {
	mark := uint32(k.lo>>32) | 1 // never 0, which is an empty place
	s.mu.Lock()
	defer s.mu.Unlock()
	bucket := &s.buckets[k.hi%uint64(len(s.buckets))]
	known := false
	before := mark
	for i, m := range bucket {
		bucket[i] = before
		if before = m; m == mark {
			known = true
			break
		}
	}
	return known
}
