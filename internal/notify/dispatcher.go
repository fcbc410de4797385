package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

// Times and limits of a [Dispatcher].
const (
	DefaultWait     = 30 * time.Second // in which steps of one incident become one message
	DefaultReminder = 30 * time.Minute
	DefaultWaiting  = 4096 // rows

	UpdateAfter = 2 * time.Minute // between a message and the update of it that more has to be said; doubled with each, up to DefaultReminder

	MassSites   = 5                // more sites than this, in more than one incident …
	MassWindow  = 10 * time.Minute // … that begin to fail within this become one digest
	MassUpdates = 10 * time.Minute // between digests while sites join it

	SendTimeout = 30 * time.Second    // of one try
	Grace       = 5 * time.Second     // for a try that is under way when the dispatcher ends
	GiveUpAfter = 72 * time.Hour      // after which a row is not tried again
	Keep        = 90 * 24 * time.Hour // of rows that no longer wait, to know who was told what
	MaxKept     = 50_000              // of them

	tickEvery     = 5 * time.Second
	pruneEvery    = time.Hour
	storeTimeout  = 10 * time.Second
	storePause    = 30 * time.Second // after a store could not be read
	headTimeout   = 2 * time.Second
	closedFor     = 24 * time.Hour  // that an incident which is over is remembered
	maxKnown      = 20_000          // incidents remembered for a receiver
	firstPause    = 5 * time.Second // after a first failure; doubled with each
	longestPause  = 10 * time.Minute
	jitterPercent = 25
)

// Options configure a [Dispatcher]. Logger is required.
type Options struct {
	Receivers []Receiver
	Outbox    Outbox // nil for one in memory
	Logger    *slog.Logger
	Now       func() time.Time // nil for time.Now
	Rand      *rand.Rand       // of the jitter; nil for a source seeded by the system
	Wait      time.Duration    // 0 for [DefaultWait], negative for none
	Reminder  time.Duration    // 0 for [DefaultReminder], negative for none
	// MaxWaiting bounds the rows that wait, 0 for [DefaultWaiting]. When there are more, those go that matter least: reminders first, and the
	// oldest of them, then what is slow, over, working again, suspected, listed, disrupted. That a site is down, or many are, is never
	// thrown away; of that there is at most one for each site, receiver and channel.
	MaxWaiting int
	// Acknowledged reports whether somebody has taken charge of an incident. Whoever has been told of it then hears no more until it ends.
	// Nil for never. It is called with a lock held: it neither waits nor calls the dispatcher.
	Acknowledged func(key string) bool
	// Maintenance reports whether a site is being worked on, as announced. Of its failures nobody is told until that is over. Nil for never;
	// called like Acknowledged.
	Maintenance func(site string) bool
	// Head returns the signed head of the ledger of evidence as it stands, one line, that goes along with whatever is sent, so that others can tell
	// when the ledger was written anew; "" while there is none. A message does not wait for it longer than two seconds, and goes without one when it
	// fails, which is counted. Nil for none. It is called without a lock held.
	Head func(ctx context.Context) (string, error)

	pause time.Duration // after a first failure; 0 for firstPause
	grace time.Duration // for what is under way when the dispatcher ends; 0 for Grace
}

// Dispatcher decides who is told what and when, and sees to it that it arrives. Its methods may be called by several goroutines at once.
type Dispatcher struct {
	o      Options
	routes []*route

	mu      sync.Mutex
	ledgers []*ledger        // one for each receiver, in order; guarded by mu
	waiting map[string]*held // rows that wait, by id; guarded by mu
	spare   Memory           // rows that the outbox would not take
	made    int              // rows; guarded by mu
	counts  counts           // guarded by mu
}

// route is the way to one channel of one receiver.
type route struct {
	receiver *Receiver
	channel  *Channel
	wake     chan struct{} // holds one
	pause    time.Time     // not to be used before; guarded by the dispatcher's mu, as is the rest
	failures int           // in a row
}

// New returns a dispatcher that has read what the outbox holds: what waits will be sent, and who was told what is known again. What was kept
// from everybody, as by maintenance, is not in the outbox: whoever watches posts the latest message of every incident that is not closed
// again, as it was. Of those, only what is news is told.
func New(ctx context.Context, o Options) (*Dispatcher, error) {
	if o.Logger == nil {
		return nil, errors.New("dispatcher without a logger")
	}
	if err := checkReceivers(o.Receivers); err != nil {
		return nil, err
	}
	d := &Dispatcher{o: o.withDefaults(), waiting: map[string]*held{}}
	for i := range d.o.Receivers {
		r := &d.o.Receivers[i]
		l := &ledger{receiver: r, known: map[string]*known{}}
		for j := range r.Channels {
			l.routes = append(l.routes, &route{receiver: r, channel: &r.Channels[j], wake: make(chan struct{}, 1)})
		}
		d.ledgers = append(d.ledgers, l)
		d.routes = append(d.routes, l.routes...)
	}
	if err := d.recall(ctx); err != nil {
		return nil, fmt.Errorf("read outbox: %w", err)
	}
	return d, nil
}

func (o Options) withDefaults() Options {
	if o.Outbox == nil {
		o.Outbox = new(Memory)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	o.pause, o.grace = orDefault(o.pause, firstPause), orDefault(o.grace, Grace)
	o.Wait = orDefault(o.Wait, DefaultWait)
	o.Reminder = orDefault(o.Reminder, DefaultReminder)
	if o.MaxWaiting <= 0 {
		o.MaxWaiting = DefaultWaiting
	}
	return o
}

func orDefault(d, otherwise time.Duration) time.Duration {
	switch {
	case d == 0:
		return otherwise
	case d < 0:
		return 0
	}
	return d
}

// Post takes a message: that a site fails, that it works again, or of a kind that is said [Kind.Once]. When it returns nil the message is in the
// outbox for whoever should hear of it, or there is a reason why nobody has to, which is counted. An outbox that takes nothing, as on a full disk,
// is no error: the message is then held in memory, logged and counted, and sent all the same. The error says what is wrong with m.
func (d *Dispatcher) Post(ctx context.Context, m Message) error {
	if err := m.check(); err != nil {
		return err
	}
	if !m.Kind.Fails() && !m.Kind.Ends() && !m.Kind.Once() {
		return fmt.Errorf("a message of kind %s is not posted", m.Kind)
	}
	m = m.fit()
	d.mu.Lock()
	defer d.mu.Unlock()
	var c change
	now := d.o.Now()
	for _, l := range d.ledgers {
		d.take(l, m, now, &c)
	}
	d.commit(ctx, &c)
	return nil
}

// Run sends what waits until ctx ends, and then returns nil once its workers have ended.
func (d *Dispatcher) Run(ctx context.Context) error {
	var workers sync.WaitGroup
	for _, r := range d.routes {
		workers.Go(func() { d.work(ctx, r) })
	}
	workers.Go(func() { d.tick(ctx) })
	workers.Wait()
	return nil
}

// tick does what time alone asks for.
func (d *Dispatcher) tick(ctx context.Context) {
	ticker := time.NewTicker(tickEvery)
	defer ticker.Stop()
	var pruned time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		d.mu.Lock()
		now := d.o.Now()
		var c change
		for _, l := range d.ledgers {
			d.review(l, now, &c)
		}
		d.commit(ctx, &c)
		d.mu.Unlock()
		if now.Sub(pruned) >= pruneEvery {
			pruned = now
			d.prune(ctx, now)
		}
	}
}

func (d *Dispatcher) prune(ctx context.Context, now time.Time) {
	if _, err := d.o.Outbox.Prune(ctx, now.Add(-Keep), MaxKept); err != nil && ctx.Err() == nil {
		d.o.Logger.Error("outbox cannot be pruned", slog.Any("error", err))
	}
	_, _ = d.spare.Prune(ctx, now.Add(-closedFor), DefaultWaiting)
}

func (d *Dispatcher) acknowledged(key string) bool {
	return d.o.Acknowledged != nil && d.o.Acknowledged(key)
}

// atWork reports whether all of a message's sites are being worked on.
func (d *Dispatcher) atWork(sites []Site) bool {
	if d.o.Maintenance == nil {
		return false
	}
	for _, s := range sites {
		if !d.o.Maintenance(s.Name) {
			return false
		}
	}
	return true
}
