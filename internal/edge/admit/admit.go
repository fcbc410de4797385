// Package admit protects one origin from more work than it can do, without knowing who is bad.
//
// It learns what each kind of request costs the origin ([Class]), finds out how much the origin can do at once (limit.go), and, when
// more is asked than that, gives every network its fair share of the origin's time (fair.go). What counts is time at the origin,
// never the number of requests: one search may cost as much as thirty pages, and the floods this is built for ask for little else.
//
// The order of service is start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996) between /24 and /48 networks, and inside one
// network between its addresses, with a small credit for networks that asked for little lately. The limit follows the gradient of
// latency, divided by expected cost, over what is asked at once. Distress is felt by the time requests wait, as in DAGOR
// (Zhou et al., SoCC 2018): above 20 ms, no lane may take more than half the limit. When that goes on, what rules name ([Class.Under]) queues apart, in later turn.
//
// [Controller.Classify] and [Controller.Load] only read: they neither wait nor allocate. [Controller.Enter] and what follows from it
// change the state, under one mutex that is never held across a wait. Time is always passed in.
package admit

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seawall-project/seawall"
)

// Defaults for the zero fields of [Options].
const (
	DefaultStart     = 16
	DefaultMin       = 4
	DefaultMax       = 512
	DefaultQueue     = 1024
	DefaultTemplates = 4096
	DefaultNetworks  = 16384
)

// SojournTarget is how long a request may wait before the origin counts as in distress.
const SojournTarget = 20 * time.Millisecond

// pressureHold is how long pressure is remembered after the last request that waited too long.
const pressureHold = time.Second

// Distress begins when requests have waited too long for distressAfter on end, and ends distressHold after the last one that did. So a burst
// of a moment is none, and it neither comes nor goes with every request.
const (
	distressAfter = 250 * time.Millisecond
	distressHold  = 5 * time.Second
)

// Options configure a [Controller]. A zero field means its default.
type Options struct {
	Start, Min, Max int // requests at the origin at once: at first, at least, at most
	Queue           int // requests waiting at once
	Templates       int // kinds of request told apart, see [Class]
	Networks        int // /24 and /48 networks whose recent use is remembered
}

// Controller admits requests to one origin. It is safe for concurrent use.
type Controller struct {
	templates *templates

	pressureUntil atomic.Int64 // unix nanoseconds
	distressUntil atomic.Int64 // unix nanoseconds
	limitGauge    atomic.Int64
	inFlightGauge atomic.Int64
	queuedGauge   atomic.Int64
	networksGauge atomic.Int64

	mu    sync.Mutex // guards what follows
	limit limit
	fair  fair
	lanes [4]int // requests at the origin, by lane
	named int    // requests at the origin that a rule names
	busy  int    // requests at the origin
	spell spell
}

// New returns a controller with nothing at the origin.
func New(o Options) (*Controller, error) {
	o = o.withDefaults()
	if o.Min < 1 || o.Start < o.Min || o.Max < o.Start || o.Queue < 1 || o.Templates < 16 || o.Networks < 16 {
		return nil, fmt.Errorf("admit: options out of order: %+v", o)
	}
	templates := newTemplates(o.Templates)
	c := &Controller{
		templates: templates,
		limit:     newLimit(o.Start, o.Min, o.Max, templates.cost),
		fair:      newFair(o.Queue, o.Networks),
	}
	c.gauges()
	return c, nil
}

func (o Options) withDefaults() Options {
	set := func(v *int, def int) {
		if *v == 0 {
			*v = def
		}
	}
	set(&o.Start, DefaultStart)
	set(&o.Min, DefaultMin)
	set(&o.Max, max(DefaultMax, o.Start))
	set(&o.Queue, DefaultQueue)
	set(&o.Templates, DefaultTemplates)
	set(&o.Networks, DefaultNetworks)
	return o
}

// Classify says which lane a request takes and what it will probably cost the origin. It reads only.
func (c *Controller) Classify(r *seawall.Request) Class {
	lane := laneOf(r)
	key := c.templates.key(lane, r)
	return Class{Lane: lane, Cost: c.templates.cost(key), key: key}
}

// Load is how the origin stands, as far as admission can tell.
type Load struct {
	Pressure bool // requests have been waiting longer than [SojournTarget] within the last second
	Distress bool // so for a quarter of a second on end, and no longer than five seconds ago
	InFlight int
	Limit    int
	Queued   int
}

// Load returns the present load. It reads only.
func (c *Controller) Load(now time.Time) Load {
	return Load{
		Pressure: now.UnixNano() < c.pressureUntil.Load(),
		Distress: now.UnixNano() < c.distressUntil.Load(),
		InFlight: int(c.inFlightGauge.Load()),
		Limit:    int(c.limitGauge.Load()),
		Queued:   int(c.queuedGauge.Load()),
	}
}

// Stats are the gauges of a controller, each beside its limit.
type Stats struct {
	Load
	QueueLimit                int
	Templates, TemplatesLimit int
	Networks, NetworksLimit   int
}

// Stats returns the present gauges.
func (c *Controller) Stats(now time.Time) Stats {
	return Stats{
		Load:           c.Load(now),
		QueueLimit:     c.fair.queueLimit,
		Templates:      c.templates.len(),
		TemplatesLimit: c.templates.limit,
		Networks:       int(c.networksGauge.Load()),
		NetworksLimit:  c.fair.flowLimit,
	}
}

// gauges publishes the state for readers that take no lock. The caller holds mu.
func (c *Controller) gauges() {
	c.limitGauge.Store(int64(c.limit.value()))
	c.inFlightGauge.Store(int64(c.busy))
	c.queuedGauge.Store(int64(c.fair.queued))
	c.networksGauge.Store(int64(len(c.fair.flows)))
}
