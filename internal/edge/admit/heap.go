package admit

import (
	"time"
)

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// ms is what a network is charged for a request.
func ms(c Class) float64 { return millis(c.Cost) }

// turn is what a request counts for when it is decided whose turn it is.
func turn(c Class) float64 { return ms(c) + millis(c.effect.Weight.Later()) }

// rankedTicket is a waiting ticket with the order it came in, which breaks ties.
type rankedTicket struct {
	*Ticket
	seq uint64
}

// ticketHeap holds one network's waiting tickets of one line, smallest rank first. It implements heap.Interface.
type ticketHeap []rankedTicket

func (h ticketHeap) Len() int { return len(h) }

func (h ticketHeap) Less(i, j int) bool {
	if h[i].rank != h[j].rank {
		return h[i].rank < h[j].rank
	}
	return h[i].seq < h[j].seq
}

func (h ticketHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].slot, h[j].slot = i, j
}

func (h *ticketHeap) Push(x any) {
	t := x.(rankedTicket)
	t.slot = len(*h)
	*h = append(*h, t)
}

func (h *ticketHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = rankedTicket{}
	*h = old[:len(old)-1]
	return t
}

// flowHeap holds the networks that wait in one line, the one whose head is next first. With [noLine] it holds every waiting network,
// the one with the most waiting requests first. It implements heap.Interface.
type flowHeap struct {
	line  line
	flows []*flow
}

func (h *flowHeap) Len() int { return len(h.flows) }

func (h *flowHeap) Less(i, j int) bool {
	a, b := h.flows[i], h.flows[j]
	if h.line == noLine {
		return a.queued > b.queued
	}
	return before(a, h.line, b, h.line)
}

// before reports whether the head of a's line la is to be served before the head of b's line lb.
func before(a *flow, la line, b *flow, lb line) bool {
	ha, hb := a.lines[la][0], b.lines[lb][0]
	ka, kb := a.tag+turn(ha.class), b.tag+turn(hb.class)
	if ka != kb {
		return ka < kb
	}
	return ha.seq < hb.seq
}

func (h *flowHeap) Swap(i, j int) {
	h.flows[i], h.flows[j] = h.flows[j], h.flows[i]
	h.flows[i].at[h.line], h.flows[j].at[h.line] = i, j
}

func (h *flowHeap) Push(x any) {
	fl := x.(*flow)
	fl.at[h.line] = len(h.flows)
	h.flows = append(h.flows, fl)
}

func (h *flowHeap) Pop() any {
	last := len(h.flows) - 1
	fl := h.flows[last]
	h.flows[last] = nil
	h.flows = h.flows[:last]
	fl.at[h.line] = -1
	return fl
}
