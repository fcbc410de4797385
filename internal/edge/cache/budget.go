package cache

import "sync/atomic"

// smallBytes is what a recording may take, head and body, and still draw on the quarter of the budget that large ones leave to it.
const smallBytes = 256 << 10

// budget bounds the bytes of all recordings together. Nothing waits for it: what finds no room is not recorded.
type budget struct {
	limit int64
	taken atomic.Int64
}

// take takes n more bytes for a recording that holds held already, and reports whether there was room. The last quarter is for
// recordings of at most smallBytes, so that a few large files on their way to slow readers cannot keep pages from being stored.
func (b *budget) take(n, held int64) bool {
	limit := b.limit
	if held+n > smallBytes {
		limit -= b.limit / 4
	}
	for {
		taken := b.taken.Load()
		if taken+n > limit {
			return false
		}
		if b.taken.CompareAndSwap(taken, taken+n) {
			return true
		}
	}
}

// give gives n bytes back.
func (b *budget) give(n int64) { b.taken.Add(-n) }
