package cache

import (
	"sync/atomic"
	"time"
)

// markSlots is a power of two.
const markSlots = 8192

// marks remembers for some keys when something last happened to them. It is a table of fixed size that forgets: a key that
// lands on another's slot takes it. Times are kept to the millisecond modulo 2^32, about 49 days, so only spans far shorter
// than that have a meaning. Setting and asking neither wait nor allocate.
type marks struct {
	slots [markSlots]atomic.Uint64 // upper half of the key's lo, then the time
}

func (m *marks) slot(k Key) (*atomic.Uint64, uint64) {
	return &m.slots[k.hi%markSlots], k.lo >> 32
}

// set marks k at now.
func (m *marks) set(now time.Time, k Key) {
	slot, tag := m.slot(k)
	slot.Store(tag<<32 | uint64(uint32(now.UnixMilli())))
}

// clear forgets k's mark.
func (m *marks) clear(k Key) {
	slot, tag := m.slot(k)
	if was := slot.Load(); was != 0 && was>>32 == tag {
		slot.CompareAndSwap(was, 0)
	}
}

// since returns how long before t the key k was marked, negative when after, and whether it is remembered.
func (m *marks) since(t time.Time, k Key) (time.Duration, bool) {
	slot, tag := m.slot(k)
	was := slot.Load()
	if was == 0 || was>>32 != tag {
		return 0, false
	}
	age := int32(uint32(t.UnixMilli()) - uint32(was))
	return time.Duration(age) * time.Millisecond, true
}

// privateFor is how long requests for a key are not collapsed after an answer that could not be stored.
const privateFor = 10 * time.Second

// MarkPrivate remembers that the last answer for k could not be shared: for ten seconds [Hit.Collapsible] is false for it, so
// that readers do not queue behind an answer that none of them can use ("hit-for-miss"). The memory is of fixed size and may
// forget early. The zero Key is not remembered.
func (c *Cache) MarkPrivate(now time.Time, k Key) {
	if !k.IsZero() {
		c.private.set(now, k)
	}
}

func (c *Cache) collapsible(now time.Time, k Key) bool {
	if k.IsZero() {
		return false
	}
	age, marked := c.private.since(now, k)
	return !marked || age < 0 || age >= privateFor
}
