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
	newcomers int         // networks not found since the last prune
	ready     [4]flowHeap // by lane; index 0 orders all waiting networks by how many requests they have waiting
}

const (
	credit      = 300 // milliseconds of origin time
	sharedFlows = 64
	addrLimit   = 64 // addresses told apart inside one network
)

type addrKey = netip.Addr

// flow is one network: what it has had, and what it waits for.
type flow struct {
	tag    float64 // virtual time up to which it was served
	queued int
	open   int // tickets of it at the origin
	lanes  [4]ticketHeap
	at     [4]int // position in fair.ready; -1 when absent

	local float64 // virtual time among its addresses
	addrs map[addrKey]float64
}

func newFair(queueLimit, flowLimit int) fair {
	f := fair{queueLimit: queueLimit, flowLimit: flowLimit, flows: make(map[netip.Prefix]*flow), seed: maphash.MakeSeed()}
	for i := range f.ready {
		f.ready[i].lane = seawall.Lane(i)
	}
	for i := range f.shared {
		f.shared[i] = newFlow()
	}
	return f
}

func newFlow() *flow { return &flow{at: [4]int{-1, -1, -1, -1}} }

// flowOf returns the client's network, known or new. Beyond flowLimit, networks share a few flows.
func (f *fair) flowOf(client seawall.Client) (*flow, addrKey) {
	p := client.Prefix()
	if fl := f.flows[p]; fl != nil {
		return fl, client.Addr
	}
	f.newcomers++
	if len(f.flows) >= f.flowLimit && f.newcomers >= f.flowLimit/4 {
		f.prune()
	}
	if len(f.flows) >= f.flowLimit {
		return f.shared[maphash.Comparable(f.seed, p)%sharedFlows], client.Addr
	}
	fl := newFlow()
	f.flows[p] = fl
	return fl, client.Addr
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

// push queues a ticket. In a full queue the network with the most waiting requests gives one up; when that is the newcomer's own,
// push returns false.
func (f *fair) push(t *Ticket) bool {
	if f.queued >= f.queueLimit && !f.evict(t.flow) {
		return false
	}
	fl := t.flow
	if fl.queued == 0 {
		fl.tag = f.start(fl)
	}
	f.seq++
	t.rank = fl.rank(t.addr, ms(t.class))
	heap.Push(&fl.lanes[t.class.Lane], rankedTicket{t, f.seq})
	fl.queued++
	f.queued++
	f.reorder(fl)
	return true
}

// evict takes one waiting request from the network that has the most, unless that is newcomer.
func (f *fair) evict(newcomer *flow) bool {
	longest := f.ready[0].flows[0]
	if longest.queued <= newcomer.queued+1 {
		return false
	}
	lane := seawall.LanePage
	for _, l := range seawall.Lanes() {
		if len(longest.lanes[l]) > len(longest.lanes[lane]) {
			lane = l
		}
	}
	h := longest.lanes[lane]
	t := h[len(h)-1].Ticket // a leaf: among the last to be served
	f.remove(t)
	t.state = evicted
	close(t.room)
	return true
}

// remove takes a waiting ticket out of the queue.
func (f *fair) remove(t *Ticket) {
	fl := t.flow
	heap.Remove(&fl.lanes[t.class.Lane], t.slot)
	if fl.addrs != nil {
		fl.addrs[t.addr] -= ms(t.class)
	}
	f.left(fl)
}

func (f *fair) left(fl *flow) {
	fl.queued--
	f.queued--
	if fl.queued == 0 {
		fl.addrs, fl.local = nil, 0
	}
	f.reorder(fl)
}

// pop takes the fairest waiting ticket among the lanes that have room; nil when there is none.
func (f *fair) pop(room func(seawall.Lane) bool) *Ticket {
	var best *flow
	var from seawall.Lane
	for _, lane := range seawall.Lanes() {
		h := &f.ready[lane]
		if len(h.flows) == 0 || !room(lane) {
			continue
		}
		if head := h.flows[0]; best == nil || before(head, lane, best, from) {
			best, from = head, lane
		}
	}
	if best == nil {
		return nil
	}
	t := heap.Pop(&best.lanes[from]).(rankedTicket).Ticket
	best.local = max(best.local, t.rank-ms(t.class))
	f.virtual = max(f.virtual, best.tag)
	f.left(best)
	return t
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
			waits = len(fl.lanes[i])
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

// rank places a new request of addr among those of its network.
func (fl *flow) rank(addr addrKey, cost float64) float64 {
	if fl.addrs == nil {
		fl.addrs = make(map[addrKey]float64)
	}
	last, known := fl.addrs[addr]
	if !known && len(fl.addrs) >= addrLimit {
		return fl.local + cost
	}
	rank := max(fl.local, last) + cost
	fl.addrs[addr] = rank
	return rank
}
