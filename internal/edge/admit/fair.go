package admit

import (
	"container/heap"
	"hash/maphash"
	"net/netip"
	"time"

	"github.com/seawall-project/seawall"
)

// fair orders waiting requests so that every network gets an equal share of the origin's time, and inside a network every address.
//
// Time here is virtual and counted in milliseconds of origin time. Each network has a tag: the virtual time up to which it has been
// served. The waiting request with the smallest tag plus cost is next; serving it moves its network's tag on by what it cost. A
// network that was away starts [credit] before the present, so that readers, who ask for little, go before networks that ask all
// the time, and a network cannot save up more than that. When nobody waits, what was used is forgotten: spare time harms nobody.
type fair struct {
	queueLimit, flowLimit int

	queued    int
	seq       uint64
	virtual   float64
	flows     map[netip.Prefix]*flow
	shared    [sharedFlows]*flow // for networks beyond flowLimit
	seed      maphash.Seed
	newcomers int             // networks not found since the last prune
	ready     [lines]flowHeap // by line; index 0 orders all waiting networks by how many requests they have waiting
}

const (
	credit      = 300 // milliseconds of origin time
	sharedFlows = 64
	buckets     = 64 // addresses told apart inside one network, by hash
)

// flow is one network: what it has had, and what it waits for.
type flow struct {
	tag    float64 // virtual time up to which it was served
	queued int
	open   int // tickets of it at the origin
	lines  [lines]ticketHeap
	at     [lines]int // position in fair.ready; -1 when absent

	local float64   // virtual time among its addresses
	addrs []float64 // virtual time up to which each bucket of addresses is served; nil while nothing waits
}

// place is where a request queues: its network, and the bucket of its address there.
type place struct {
	flow   *flow
	bucket uint8
}

func newFair(queueLimit, flowLimit int) fair {
	f := fair{queueLimit: queueLimit, flowLimit: flowLimit, flows: make(map[netip.Prefix]*flow), seed: maphash.MakeSeed()}
	for i := range f.ready {
		f.ready[i].line = line(i)
	}
	for i := range f.shared {
		f.shared[i] = newFlow()
	}
	return f
}

func newFlow() *flow { return &flow{at: [lines]int{-1, -1, -1, -1, -1, -1, -1}} }

// placeOf returns where the client's requests queue.
func (f *fair) placeOf(client seawall.Client) place {
	return place{f.flowOf(client.Prefix()), uint8(maphash.Comparable(f.seed, household(client)) % buckets)}
}

// household is what is told apart inside a network: an IPv4 address, or the /64 of an IPv6 address.
func household(client seawall.Client) netip.Addr {
	if client.Addr.Is4() {
		return client.Addr
	}
	p, err := client.Addr.Prefix(64)
	if err != nil {
		return client.Addr
	}
	return p.Addr()
}

// flowOf returns a network, known or new. Beyond flowLimit, networks share a few flows.
func (f *fair) flowOf(p netip.Prefix) *flow {
	if fl := f.flows[p]; fl != nil {
		return fl
	}
	f.newcomers++
	if len(f.flows) >= f.flowLimit && f.newcomers >= f.flowLimit/4 {
		f.prune()
	}
	if len(f.flows) >= f.flowLimit {
		return f.shared[maphash.Comparable(f.seed, p)%sharedFlows]
	}
	fl := newFlow()
	f.flows[p] = fl
	return fl
}

// prune forgets networks of which nothing is left to know. It runs once in flowLimit/4 newcomers at most, so that its cost is spread.
func (f *fair) prune() {
	f.newcomers = 0
	for p, fl := range f.flows {
		if fl.queued == 0 && fl.open == 0 && fl.tag <= f.virtual-credit {
			delete(f.flows, p)
		}
	}
}

// idle is called when the origin has nothing to do: what was used is forgotten.
func (f *fair) idle() {
	if f.queued == 0 {
		f.virtual += credit
	}
}

func (f *fair) start(fl *flow) float64 { return max(fl.tag, f.virtual-credit) }

// push queues a ticket. In a full queue the network with the most waiting requests gives one up; when that is the newcomer's own, the
// one that would be served last does. push returns false when that is the newcomer.
func (f *fair) push(t *Ticket) bool {
	if f.queued >= f.queueLimit && !f.evict(t) {
		return false
	}
	fl := t.flow
	if fl.queued == 0 {
		fl.tag = f.start(fl)
		fl.addrs = make([]float64, buckets)
	}
	f.seq++
	t.rank = fl.rank(t)
	fl.addrs[t.bucket] = t.rank
	heap.Push(&fl.lines[t.class.line()], rankedTicket{t, f.seq})
	fl.queued++
	f.queued++
	f.reorder(fl)
	return true
}

// evict makes room for t.
func (f *fair) evict(t *Ticket) bool {
	from := f.ready[0].flows[0]
	if from.queued <= t.flow.queued+1 {
		from = t.flow
	}
	victim := from.tail()
	if victim == nil || from == t.flow && victim.rank <= from.rank(t) {
		return false
	}
	f.remove(victim)
	victim.state = evicted
	close(victim.room)
	return true
}

// remove takes a waiting ticket out of the queue, as if it had never asked.
func (f *fair) remove(t *Ticket) {
	heap.Remove(&t.flow.lines[t.class.line()], t.slot)
	t.flow.addrs[t.bucket] -= ms(t.class)
	f.left(t.flow)
}

// recost puts a ticket that was just popped back in line at another cost.
func (f *fair) recost(t *Ticket, cost time.Duration) {
	if t.flow.addrs != nil {
		t.flow.addrs[t.bucket] -= ms(t.class)
	}
	t.class.Cost = cost
	f.push(t) // there is room: it has just been popped
}

func (f *fair) left(fl *flow) {
	fl.queued--
	f.queued--
	if fl.queued == 0 {
		fl.addrs, fl.local = nil, 0
	}
	f.reorder(fl)
}

// pop takes the fairest waiting ticket among those lines whose heads have room; nil when there is none. What is named goes beyond its share
// only when nobody else could go.
func (f *fair) pop(room, shares func(Class) bool) *Ticket {
	best, from := f.fairest(func(c Class) bool { return room(c) && shares(c) })
	if best == nil {
		best, from = f.fairest(room)
	}
	if best == nil {
		return nil
	}
	t := heap.Pop(&best.lines[from]).(rankedTicket).Ticket
	best.local = max(best.local, t.rank-ms(t.class))
	f.virtual = max(f.virtual, best.tag)
	f.left(best)
	return t
}

// fairest returns the network whose turn it is, and the line that its request is in, among those lines whose heads have room.
func (f *fair) fairest(room func(Class) bool) (best *flow, from line) {
	for l := firstLine; l < lines; l++ {
		h := &f.ready[l]
		if len(h.flows) == 0 || !room(h.flows[0].lines[l][0].class) {
			continue
		}
		if head := h.flows[0]; best == nil || before(head, l, best, from) {
			best, from = head, l
		}
	}
	return best, from
}

// charge books a granted ticket's expected cost to its network.
func (f *fair) charge(t *Ticket) {
	fl := t.flow
	fl.open++
	fl.tag = f.start(fl) + ms(t.class)
	if f.queued == 0 {
		f.virtual = max(f.virtual, fl.tag+credit)
	}
	f.reorder(fl)
}

// settle corrects the charge to what such a request really costs, once that is known.
func (f *fair) settle(t *Ticket, cost time.Duration) {
	t.flow.tag += millis(cost) - ms(t.class)
	f.closed(t.flow)
}

// refund takes the charge back: the place was not used.
func (f *fair) refund(t *Ticket) {
	t.flow.tag -= ms(t.class)
	f.closed(t.flow)
}

func (f *fair) closed(fl *flow) {
	fl.open--
	f.reorder(fl)
}

// reorder puts a network where it belongs after its tag or its queue has changed.
func (f *fair) reorder(fl *flow) {
	for i := range f.ready {
		h := &f.ready[i]
		waits := fl.queued
		if i != 0 {
			waits = len(fl.lines[i])
		}
		switch at := fl.at[i]; {
		case waits == 0 && at >= 0:
			heap.Remove(h, at)
		case waits > 0 && at >= 0:
			heap.Fix(h, at)
		case waits > 0:
			heap.Push(h, fl)
		}
	}
}

// rank is where a new request belongs among those of its network, which has one waiting at least.
func (fl *flow) rank(t *Ticket) float64 {
	return max(fl.local, fl.addrs[t.bucket]) + ms(t.class)
}

// tail returns a request that is among the last to be served, nil when none waits.
func (fl *flow) tail() *Ticket {
	longest := firstLine
	for l := range lines {
		if len(fl.lines[l]) > len(fl.lines[longest]) {
			longest = l
		}
	}
	h := fl.lines[longest]
	if len(h) == 0 {
		return nil
	}
	return h[len(h)-1].Ticket // a leaf of the heap
}
