package membus

import (
	"context"
	"slices"

	"github.com/seawall-project/seawall/internal/bus"
)

// queue is a [bus.Queue]: of what is kept, or of what is told to a vantage.
type queue struct {
	conn    *Conn
	vantage string        // to which it listens; "" when it collects
	heard   []bus.Message // and not taken; at most [bus.Backlog]
	lost    int64
	closed  bool
}

// Next implements [bus.Queue].
func (q *queue) Next(ctx context.Context, n int) ([]bus.Delivery, error) {
	h := q.conn.hub
	for {
		h.mu.Lock()
		changed := h.changed
		batch, closed := q.take(max(n, 1)), q.closed
		h.mu.Unlock()
		switch {
		case closed:
			return nil, bus.ErrClosed
		case len(batch) > 0:
			return batch, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// take returns what may be handed out now, n at most. The hub's mutex is held.
func (q *queue) take(n int) []bus.Delivery {
	if q.closed || q.conn.cut {
		return nil
	}
	var batch []bus.Delivery
	if q.vantage != "" {
		n = min(n, len(q.heard))
		for _, m := range q.heard[:n] {
			batch = append(batch, bus.NewDelivery(m, nil))
		}
		q.heard = slices.Delete(q.heard, 0, n)
		return batch
	}
	h := q.conn.hub
	n = min(n, len(h.waiting), h.limits.InHand-len(h.inHand))
	for _, it := range h.waiting[:max(n, 0)] {
		h.inHand[it] = q
		batch = append(batch, bus.NewDelivery(it.Message, func() { h.done(it) }))
	}
	h.waiting = slices.Delete(h.waiting, 0, len(batch))
	return batch
}

// Lost implements [bus.Queue].
func (q *queue) Lost() int64 {
	q.conn.hub.mu.Lock()
	defer q.conn.hub.mu.Unlock()
	return q.lost
}

// Close implements [bus.Queue].
func (q *queue) Close() error {
	q.conn.hub.mu.Lock()
	defer q.conn.hub.mu.Unlock()
	q.close()
	return nil
}

// close ends the queue. The hub's mutex is held.
func (q *queue) close() {
	h := q.conn.hub
	q.closed = true
	h.ears = slices.DeleteFunc(h.ears, func(ear *queue) bool { return ear == q })
	q.conn.queues = slices.DeleteFunc(slices.Clone(q.conn.queues), func(one *queue) bool { return one == q })
	h.giveBack(q)
}
