package admit

import (
	"hash/maphash"
	"math"
	"sync/atomic"
	"time"

	"github.com/seawall-project/seawall"
)

// SeedCost is what a request of an unknown template is expected to cost.
const SeedCost = 10 * time.Millisecond

const (
	costFloor = 500 * time.Microsecond
	costCeil  = 30 * time.Second

	wideFrom   = 32 // words told apart under one directory
	slotsEach  = 4  // slots for each template, with its share of directories
	segmentMax = 6  // path segments looked at
	queryMax   = 8  // query keys looked at

	learnAlpha   = 0.15 // weight of a sample, once there were some
	crowdSamples = 8    // samples from which a template met in a crowd is known
	crowdDown    = 0.25 // until then, weight of a sample that is smaller than expected
	crowdUp      = 0.1  // and of one that is larger
)

// templates is the table of what kinds of request have cost. A template is the lane, the path with its variable segments made equal,
// and the set of query keys. Digits, hex strings and other machine-made segments are made equal at once. Of words, the first wideFrom
// under one directory are told apart and all others are equal, so that a flood of random words is a few templates and not thousands.
//
// Readers take no lock: slots are only added, and a full table is replaced whole. Templates beyond the limit share the slot "other".
type templates struct {
	seed  maphash.Seed
	limit int
	table atomic.Pointer[table]
	other slot
}

// table is open addressing. It has room for limit templates and three times as many directories and words on the way to them, and is at
// most half full.
type table struct {
	slots  []slot
	limit  int64
	used   atomic.Int64 // slots taken
	leaves atomic.Int64 // of those, templates
}

// slot is a template, or a directory or word on the way to templates. A directory's cost is that of what is right under it.
type slot struct {
	key     atomic.Uint64 // 0 = empty
	cost    atomic.Uint64 // nanoseconds as float64 bits; 0 = nothing learned
	samples atomic.Uint32
	kids    atomic.Uint32
	leaf    atomic.Bool // a template, not a directory
}

func newTemplates(limit int) *templates {
	t := &templates{seed: maphash.MakeSeed(), limit: limit}
	t.table.Store(newTable(limit))
	return t
}

func newTable(limit int) *table {
	size := 32
	for size < 2*slotsEach*limit {
		size *= 2
	}
	return &table{slots: make([]slot, size), limit: int64(limit)}
}

// full reports whether there may be no room for another template and its directories.
func (t *table) full() bool {
	return t.leaves.Load() >= t.limit || t.used.Load()+segmentMax+1 > slotsEach*t.limit
}

func (t *templates) len() int { return int(t.table.Load().leaves.Load()) }

// known reports whether anything was learned of template k or its directory.
func (t *templates) known(k templateKey) bool {
	tab := t.table.Load()
	leaf, dir := tab.find(k.leaf), tab.find(k.dir)
	return leaf != nil && leaf.cost.Load() != 0 || dir != nil && dir.cost.Load() != 0
}

// cost returns what a request of template k is expected to cost: what its like has cost, else what other requests under the same
// directory have, else [SeedCost].
func (t *templates) cost(k templateKey) time.Duration {
	tab := t.table.Load()
	for _, key := range [...]uint64{k.leaf, k.dir} {
		if s := tab.find(key); s != nil && s.cost.Load() != 0 {
			return s.expect()
		}
	}
	if tab.full() && t.other.cost.Load() != 0 {
		return t.other.expect()
	}
	return SeedCost
}

func (s *slot) expect() time.Duration { return time.Duration(math.Float64frombits(s.cost.Load())) }

// templateKey names a template and the directory it is in.
type templateKey struct{ leaf, dir uint64 }

// key returns the template of a request.
func (t *templates) key(lane seawall.Lane, r *seawall.Request) templateKey {
	return t.walk(t.table.Load(), lane, r.Path, r.Query, nil)
}

// walk hashes lane, path shape and query keys. Every literal segment is shown to visit, if there is one, with its parent.
func (t *templates) walk(tab *table, lane seawall.Lane, path, query string, visit func(parent, child uint64)) templateKey {
	h := mix(uint64(lane), 1)
	dir := h
	for range segmentMax {
		seg, rest, more := nextSegment(path)
		dir = h
		if kind := shapeOf(seg); kind != shapeWord {
			h = mix(h, uint64(kind))
		} else {
			child := mix(h, maphash.String(t.seed, seg))
			if visit != nil {
				visit(h, child)
			}
			if tab.find(child) == nil && tab.wide(h) {
				child = mix(h, uint64(shapeAny))
			}
			h = child
		}
		if !more {
			break
		}
		path = rest
	}
	return templateKey{leaf: mix(h, t.queryKeys(query)) | 1, dir: dir}
}

// queryKeys hashes the set of query keys, in any order and without their values.
func (t *templates) queryKeys(query string) uint64 {
	var sum uint64
	for range queryMax {
		if query == "" {
			break
		}
		var key string
		key, query = nextQueryKey(query)
		sum += maphash.String(t.seed, key)
	}
	return sum
}

// learn takes what a finished request cost. A template is worth a slot only once the origin has answered for it, so a flood cannot
// fill the table faster than the origin works. It returns what such a request is expected to cost from now on.
//
// While the origin is crowded, what it takes holds waiting inside it, and what is known is left as it is: expectations that followed a
// crowd would hide it. Only templates met in a crowd learn, and lean to the quick answers.
func (t *templates) learn(tk *Ticket, res Result, crowded bool) time.Duration {
	sample := min(costCeil, max(costFloor, res.Cost))
	tab := t.table.Load()
	s := tab.find(tk.class.key.leaf)
	if s == nil && res.Known {
		s = t.add(tab, tk)
	}
	switch {
	case s == nil && res.Known:
		return t.other.learn(sample, crowded)
	case s == nil:
		return sample
	}
	if dir := t.table.Load().find(tk.class.key.dir); dir != nil {
		if crowded && s.cost.Load() == 0 && dir.cost.Load() != 0 {
			sample = min(sample, dir.expect()) // what is new and slow in a crowd is like its neighbours until it proves dearer
		}
		dir.learn(sample, crowded)
	}
	return s.learn(sample, crowded)
}

func (t *templates) add(tab *table, tk *Ticket) *slot {
	if tab.full() {
		tab = t.renew(tab)
	}
	key := t.walk(tab, tk.class.Lane, tk.path, tk.query, func(parent, child uint64) {
		if p := tab.claim(parent, false); p != nil && p.kids.Load() < wideFrom && tab.find(child) == nil && tab.claim(child, false) != nil {
			p.kids.Add(1)
		}
	})
	return tab.claim(key.leaf, true)
}

// renew replaces a full table by one that keeps the templates that were seen most, in at most half of the room.
func (t *templates) renew(old *table) *table {
	tab := newTable(t.limit)
	for floor := uint32(1 << 16); floor > 1; floor /= 4 {
		old.copyTo(tab, floor)
	}
	t.table.Store(tab)
	return tab
}

func (s *slot) learn(sample time.Duration, crowded bool) time.Duration {
	n := s.samples.Load()
	s.samples.Store(min(n+1, math.MaxUint16*2))
	x, cost := float64(sample), math.Float64frombits(s.cost.Load())
	cost += alpha(n, x, cost, crowded) * (x - cost)
	s.cost.Store(math.Float64bits(cost))
	return time.Duration(cost)
}

// alpha is how much the sample x, the nth of its template, moves what is expected.
func alpha(n uint32, x, cost float64, crowded bool) float64 {
	switch {
	case n == 0:
		return 1
	case !crowded:
		return max(learnAlpha, 1/float64(n+1))
	case n < crowdSamples && x < cost:
		return crowdDown
	case n < crowdSamples:
		return crowdUp
	case x < cost/4:
		return learnAlpha / 2
	default:
		return 0
	}
}
