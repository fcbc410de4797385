// Package membus is the bus in memory, for tests: the same promises as bus/jetstream without a server, and a line that can be cut.
//
// It blocks on channels alone, so that it works in a testing/synctest bubble.
package membus

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/seawall-project/seawall/internal/bus"
)

// Hub is what every connection leads to. It is safe for concurrent use.
type Hub struct {
	limits bus.Limits

	mu      sync.Mutex // guards what follows, and every connection and queue
	waiting []*item    // kept and not handed out, in the order in which they are handed out
	inHand  map[*item]*queue
	bytes   int64
	count   map[bus.Subject]int64
	ears    []*queue
	changed chan struct{} // closed and replaced when anything has changed
	next    uint64
}

// item is a kept message.
type item struct {
	bus.Message
	number uint64
}

// New returns a hub that holds nothing.
func New(l bus.Limits) (*Hub, error) {
	if err := l.Settle(); err != nil {
		return nil, err
	}
	return &Hub{
		limits: l, inHand: make(map[*item]*queue), count: make(map[bus.Subject]int64), changed: make(chan struct{}),
	}, nil
}

// Lookout returns a connection that may do everything.
func (h *Hub) Lookout() *Conn { return &Conn{hub: h} }

// Agent returns a connection of a vantage: it may publish what this vantage says and listen to what it is told, nothing else.
func (h *Hub) Agent(vantage string) *Conn { return &Conn{hub: h, only: vantage} }

// Kept returns how many messages are kept, those in hand included.
func (h *Hub) Kept() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.waiting) + len(h.inHand)
}

// turn tells all who wait that something has changed. h.mu is held.
func (h *Hub) turn() {
	close(h.changed)
	h.changed = make(chan struct{})
}

// keep adds a message to what is kept. h.mu is held.
func (h *Hub) keep(m bus.Message) error {
	if h.bytes+int64(len(m.Data)) > h.limits.Bytes || h.count[m.Subject] >= h.limits.PerVantage {
		return fmt.Errorf("publish on %s: %w", m.Subject, bus.ErrFull)
	}
	h.next++
	h.waiting = append(h.waiting, &item{m, h.next})
	h.bytes += int64(len(m.Data))
	h.count[m.Subject]++
	h.turn()
	return nil
}

// tell hands a message to whoever listens. h.mu is held.
func (h *Hub) tell(m bus.Message) {
	for _, q := range h.ears {
		if q.vantage != m.Subject.Vantage || q.conn.cut {
			continue
		}
		if len(q.heard) >= bus.Backlog {
			q.heard = q.heard[1:]
			q.lost++
		}
		q.heard = append(q.heard, m)
	}
	h.turn()
}

// done forgets a message for good.
func (h *Hub) done(it *item) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, there := h.inHand[it]; !there {
		return
	}
	delete(h.inHand, it)
	h.bytes -= int64(len(it.Data))
	if h.count[it.Subject]--; h.count[it.Subject] == 0 {
		delete(h.count, it.Subject)
	}
	h.turn()
}

// giveBack makes what a queue was not done with wait again, before what came later. h.mu is held.
func (h *Hub) giveBack(q *queue) {
	for it, holder := range h.inHand {
		if holder == q {
			delete(h.inHand, it)
			h.waiting = append(h.waiting, it)
		}
	}
	slices.SortFunc(h.waiting, func(a, b *item) int { return int(int64(a.number) - int64(b.number)) })
	h.turn()
}

// Conn is a connection to a hub. It is a [bus.Bus].
type Conn struct {
	hub    *Hub
	only   string // the vantage it belongs to; "" for the lookout
	cut    bool
	closed bool
	queues []*queue
}

var _ bus.Bus = (*Conn)(nil)

// Cut breaks the line, or mends it.
func (c *Conn) Cut(cut bool) {
	c.hub.mu.Lock()
	defer c.hub.mu.Unlock()
	c.cut = cut
	c.hub.turn()
}

// Publish implements [bus.Publisher].
func (c *Conn) Publish(ctx context.Context, m bus.Message) error {
	if err := m.Check(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	m.Data = bytes.Clone(m.Data)
	c.hub.mu.Lock()
	defer c.hub.mu.Unlock()
	switch {
	case c.closed:
		return bus.ErrClosed
	case c.cut:
		return bus.ErrLost
	case c.only != "" && (c.only != m.Subject.Vantage || !m.Subject.Kind.Kept()):
		return fmt.Errorf("publish on %s: not for %s", m.Subject, c.only)
	case m.Subject.Kind.Kept():
		return c.hub.keep(m)
	}
	c.hub.tell(m)
	return nil
}

// Collect implements [bus.Collector].
func (c *Conn) Collect(ctx context.Context) (bus.Queue, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if c.only != "" {
		return nil, fmt.Errorf("collect: not for %s", c.only)
	}
	return c.open(&queue{conn: c})
}

// Listen implements [bus.Listener].
func (c *Conn) Listen(_ context.Context, vantage string) (bus.Queue, error) {
	if err := (bus.Subject{Kind: bus.Assign, Vantage: vantage}).Check(); err != nil {
		return nil, err
	}
	if c.only != "" && c.only != vantage {
		return nil, fmt.Errorf("listen to %s: not for %s", vantage, c.only)
	}
	return c.open(&queue{conn: c, vantage: vantage})
}

func (c *Conn) open(q *queue) (bus.Queue, error) {
	c.hub.mu.Lock()
	defer c.hub.mu.Unlock()
	if c.closed {
		return nil, bus.ErrClosed
	}
	c.queues = append(c.queues, q)
	if q.vantage != "" {
		c.hub.ears = append(c.hub.ears, q)
	}
	return q, nil
}

// Close implements [bus.Bus].
func (c *Conn) Close() error {
	c.hub.mu.Lock()
	defer c.hub.mu.Unlock()
	c.closed = true
	for _, q := range c.queues {
		q.close()
	}
	return nil
}
