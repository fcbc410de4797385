package admit

import (
	"strings"
	"time"

	"github.com/seawall-project/seawall"
)

// Ticket is one request's place: first in the queue, then at the origin. Whoever holds a ticket ends it exactly once, with
// [Ticket.Leave] while it waits or [Ticket.Done] after it was granted.
type Ticket struct {
	c     *Controller
	class Class
	path  string // for learning; valid as long as the request, see Outlive
	query string

	entered time.Time
	granted time.Time
	room    chan struct{}
	state   ticketState // guarded by c.mu

	place
	cohort uint32  // of the limit's, 0 for none
	rank   float64 // order inside its network and lane
	slot   int     // position in its network's heap
}

type ticketState uint8

const (
	waiting ticketState = iota
	granted
	evicted
	ended
)

// open is the channel of every ticket that never had to wait.
var open = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

// Enter asks for a place at the origin for r, whose class is class. It never blocks: the ticket's [Ticket.Settled] says when the
// answer is there, often at once. When the queue is full and r's network already holds its part of it, Enter returns nil.
func (c *Controller) Enter(now time.Time, r *seawall.Request, class Class) *Ticket {
	t := &Ticket{c: c, class: class, path: r.Path, query: r.Query, entered: now, room: open}
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.gauges()
	t.place = c.fair.placeOf(r.Client)
	if c.fair.queued == 0 && c.hasRoom(now, class) {
		c.grant(now, t)
		return t
	}
	t.room = make(chan struct{})
	if !c.fair.push(t) {
		return nil
	}
	c.dispatch(now)
	return t
}

// Settled is closed once the ticket is granted or evicted, see [Ticket.Granted].
func (t *Ticket) Settled() <-chan struct{} { return t.room }

// Granted reports whether the request may go to the origin now. It is false while the ticket waits, and after another network's
// request took its place in a full queue.
func (t *Ticket) Granted() bool {
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	return t.state == granted
}

// Waited is how long the request waited, up to now if it still does.
func (t *Ticket) Waited(now time.Time) time.Duration {
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	if !t.granted.IsZero() {
		now = t.granted
	}
	return max(0, now.Sub(t.entered))
}

// Outlive lets the ticket be held for longer than its request lasts.
func (t *Ticket) Outlive() {
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	t.path, t.query = strings.Clone(t.path), strings.Clone(t.query)
}

// Leave gives the place up without having used it, whether it was granted or not. Leaving twice does nothing.
func (t *Ticket) Leave(now time.Time) {
	c := t.c
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.gauges()
	switch t.state {
	case waiting:
		c.feel(now, now.Sub(t.entered))
		c.fair.remove(t)
	case granted:
		c.limit.end(t.cohort, unknown, t.class.key, 0)
		c.fair.refund(t)
		c.free(t)
	}
	t.state = ended
	c.dispatch(now)
}

// Result is what came of a request at the origin.
type Result struct {
	// Cost is the time the origin took to make the answer. Zero teaches nothing.
	Cost time.Duration
	// Known is false for answers that say the path does not exist (404 and the like), which are not worth a template.
	Known bool
	// Overloaded says that the origin refused, gave up or timed out: it has too much to do.
	Overloaded bool
}

// Done ends a granted ticket, and teaches the controller what the request cost.
func (t *Ticket) Done(now time.Time, res Result) {
	c := t.c
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.gauges()
	if t.state != granted {
		return
	}
	crowded := c.fair.queued > 0 || 2*c.busy > c.limit.value()
	switch {
	case res.Overloaded:
		c.limit.end(t.cohort, refused, t.class.key, 0)
		c.fair.settle(t, t.class.Cost)
	case res.Cost > 0:
		how := first
		if c.templates.known(t.class.key) {
			how = answered
		}
		c.limit.end(t.cohort, how, t.class.key, res.Cost)
		c.fair.settle(t, c.fairCost(res.Cost, c.templates.learn(t, res, crowded)))
	default:
		c.limit.end(t.cohort, unknown, t.class.key, 0)
		c.fair.settle(t, t.class.Cost)
	}
	c.free(t)
	t.state = ended
	c.dispatch(now)
}

// fairCost is what a request is charged to its network: what was expected, unless it took far longer than the crowd explains.
func (c *Controller) fairCost(took, expected time.Duration) time.Duration {
	own := time.Duration(float64(took) / c.limit.slowness())
	if own > 2*expected {
		return own
	}
	return expected
}

func (c *Controller) free(t *Ticket) {
	c.busy--
	c.lanes[t.class.Lane]--
	if t.class.named() {
		c.named--
	}
	if c.busy == 0 {
		c.fair.idle()
	}
}

// hasRoom reports whether one more request of the class may go to the origin.
func (c *Controller) hasRoom(now time.Time, class Class) bool {
	l := c.limit.value()
	if c.busy >= l {
		return false
	}
	return now.UnixNano() >= c.pressureUntil.Load() || c.lanes[class.Lane] < max(1, l/2)
}

// shares reports whether one more request of the class keeps to what rules leave to all that they name.
func (c *Controller) shares(class Class) bool {
	return !class.named() || c.named < class.effect.Share.Of(c.limit.value())
}

// dispatch grants waiting tickets, fairest first, as long as there is room.
func (c *Controller) dispatch(now time.Time) {
	for c.fair.queued > 0 {
		t := c.fair.pop(func(class Class) bool { return c.hasRoom(now, class) }, c.shares)
		if t == nil {
			return
		}
		if cost := c.templates.cost(t.class.key); cost > 2*t.class.Cost {
			c.fair.recost(t, cost) // learned while it waited: it is dearer than it looked, so its turn comes later
			continue
		}
		c.feel(now, now.Sub(t.entered))
		c.grant(now, t)
		close(t.room)
	}
}

func (c *Controller) grant(now time.Time, t *Ticket) {
	t.state, t.granted = granted, now
	c.busy++
	c.lanes[t.class.Lane]++
	if t.class.named() {
		c.named++
	}
	t.cohort = c.limit.admit(now, c.busy, c.fair.queued > 0 || c.busy >= c.limit.value())
	c.fair.charge(t)
}
