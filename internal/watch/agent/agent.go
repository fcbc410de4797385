package agent

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seawall-project/seawall/internal/bus"
	"github.com/seawall-project/seawall/internal/watch/message"
	"github.com/seawall-project/seawall/internal/watch/probe"
	"github.com/seawall-project/seawall/internal/watch/schedule"
)

// Prober asks sites, as [probe.Prober] does. Of it, the agent expects that it refuses what this place must not ask.
type Prober interface {
	SetRules(r probe.Rules) error
	Check(t probe.Target) error
	Probe(ctx context.Context, t probe.Target) probe.Result
	Budget() *probe.Budget
}

// Bus is what the agent needs of one.
type Bus interface {
	bus.Publisher
	bus.Listener
}

// Item is what waits to be sent, or is about to.
type Item struct {
	Number   int64 // the box's own
	Kind     bus.Kind
	Run      string
	Sequence int64
	Payload  []byte
}

// Box keeps what waits to be sent, and what the agent has to remember, over a restart. It bounds what it keeps: where that is too much, the oldest
// go, and are counted.
type Box interface {
	// Put adds items, whose Number does not matter.
	Put(ctx context.Context, items []Item) error
	// Newest returns what was put last, n at most, the newest first.
	Newest(ctx context.Context, n int) ([]Item, error)
	// Remove forgets the items with these numbers.
	Remove(ctx context.Context, numbers []int64) error
	// Size returns how many items wait, and how many were dropped ever.
	Size() (waiting, dropped int64)

	// Budget returns what was kept last. ended says that nothing can have been sent since: the program ended as it should, or never ran.
	Budget(ctx context.Context) (state probe.BudgetState, ended bool, err error)
	// KeepBudget replaces it.
	KeepBudget(ctx context.Context, state probe.BudgetState, ended bool) error
}

// Options are what an Agent is built from. Vantage, Bus, Box, Prober and Logger are required.
type Options struct {
	Vantage string
	Bus     Bus
	Box     Box
	// Prober asks the assigned sites. Its budget has to be that of Share vantages.
	Prober Prober
	// Share is how many vantages share each site's budget, 1 to 3; 0 means 3.
	Share int
	// Sentinels are sites by which this place tests its own line, at most 16, and SelfProber asks them. Without three of them in different
	// networks, the place stays unchecked.
	Sentinels  []Sentinel
	SelfProber SelfProber
	// Addresses are this place's own, which the lookout is told: sites in the same network are seen from inside, and this place has no vote on them.
	Addresses []netip.Addr
	AtOnce    int // probes under way; 0 means the schedule's default
	Logger    *slog.Logger
	Now       func() time.Time // nil means time.Now
}

// Sentinel is a site by which a vantage tests its own line. Its people have agreed to that.
type Sentinel struct {
	URL     string
	Network string // the autonomous system or prefix it is in
}

// maxSentinels is how many sentinels there may be.
const maxSentinels = 16

// Agent measures. Run it once.
type Agent struct {
	options  Options
	schedule *schedule.Schedule
	inTurn   *probe.Turns
	run      string // names this run of the program in the keys of results
	sequence atomic.Int64
	found    chan Item     // what is not in the box yet
	post     chan struct{} // capacity 1: sending may have become possible
	self     chan struct{} // capacity 1: the sentinels are to be asked at once
	begin    time.Time     // not before this is anything asked

	mu    sync.Mutex // guards what follows
	sites map[string]message.Site
	doubt map[string]bool // sites whose budget is raised
	held  string          // the assignment gone by; "" for none
	until time.Time       // when it ends
	last  order           // the assignment that was heard last
	asked []time.Time     // when the last health reports were sent
	clock clock
	// turns are how many probes have begun in this minute, by registrable domain.
	minute time.Time
	turns  map[string]int
	warned time.Time // when a refusal was last logged

	counts counts
}

// order is where an assignment stands among those of the lookout's run.
type order struct {
	run      string
	sequence int64
}

// findings is how many results may wait for the box; whoever brings more waits.
const findings = 4096

// New builds an agent.
func New(ctx context.Context, o Options) (*Agent, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	a := &Agent{
		options: o, run: strings.ToLower(rand.Text()[:16]), found: make(chan Item, findings), post: make(chan struct{}, 1), self: make(chan struct{}, 1),
		sites: make(map[string]message.Site), doubt: make(map[string]bool), inTurn: probe.NewTurns(o.Prober, o.Now),
	}
	var err error
	if a.schedule, err = schedule.New(schedule.Options{Do: a.turn, AtOnce: o.AtOnce, Interval: o.pace(false)}); err != nil {
		return nil, err
	}
	return a, a.recall(ctx)
}

func (o *Options) check() error {
	if o.Share == 0 {
		o.Share = probe.PeaceGETs
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	switch {
	case o.Bus == nil || o.Box == nil || o.Prober == nil || o.Logger == nil:
		return errors.New("agent: Bus, Box, Prober and Logger are needed")
	case o.Share < 1 || o.Share > probe.PeaceGETs:
		return fmt.Errorf("agent: the budget is shared by 1 to %d vantages, not %d", probe.PeaceGETs, o.Share)
	case len(o.Sentinels) > maxSentinels:
		return fmt.Errorf("agent: %d sentinels, at most %d", len(o.Sentinels), maxSentinels)
	case len(o.Sentinels) > 0 && o.SelfProber == nil:
		return errors.New("agent: sentinels need a SelfProber")
	}
	return bus.CheckName(o.Vantage)
}

// pace returns the shortest time between two turns of a site that the budget of this place allows.
func (o *Options) pace(doubt bool) time.Duration {
	gets := probe.PeaceGETs
	if doubt {
		gets = probe.DoubtGETs
	}
	return probe.Window / time.Duration(gets/o.Share)
}

// recall takes up what was sent before a restart. Where the program did not end as it should, that is not known, and nothing is asked until it can no
// longer matter.
func (a *Agent) recall(ctx context.Context) error {
	state, ended, err := a.options.Box.Budget(ctx)
	if err != nil {
		return fmt.Errorf("agent: %w", err)
	}
	now := a.options.Now()
	a.options.Prober.Budget().Import(state, now)
	if !ended {
		a.begin = now.Add(probe.Window)
	}
	return nil
}

// rememberEvery is how often the budget is kept.
const rememberEvery = time.Minute

// Run measures and sends until ctx ends, puts what was found into the box, and returns nil.
func (a *Agent) Run(ctx context.Context) error {
	q, err := a.options.Bus.Listen(ctx, a.options.Vantage)
	if err != nil {
		return fmt.Errorf("agent: %w", err)
	}
	a.remember(ctx, false)
	var parts sync.WaitGroup
	parts.Go(func() { _ = a.schedule.Run(ctx) })
	parts.Go(func() { a.listen(ctx, q) })
	parts.Go(func() { a.send(ctx) })
	parts.Go(func() { a.watchSelf(ctx) })
	parts.Go(func() { a.tick(ctx) })
	parts.Wait()
	rest, cancel := context.WithTimeout(context.WithoutCancel(ctx), restFor)
	defer cancel()
	a.stow(rest)
	a.remember(rest, true)
	return q.Close()
}

// restFor is how long the end may take.
const restFor = 10 * time.Second

// tick ends assignments that were not renewed, and keeps the budget, until ctx ends.
func (a *Agent) tick(ctx context.Context) {
	second := time.NewTicker(time.Second)
	defer second.Stop()
	kept := a.options.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-second.C:
		}
		now := a.options.Now()
		a.expire(now)
		if now.Sub(kept) >= rememberEvery {
			kept = now
			a.remember(ctx, false)
		}
	}
}

func (a *Agent) remember(ctx context.Context, ended bool) {
	if err := a.options.Box.KeepBudget(ctx, a.options.Prober.Budget().Export(a.options.Now()), ended); err != nil && ctx.Err() == nil {
		a.lost("what was asked of sites", err)
	}
}

// Connected is to be called when the line to the lookout has come up: what waits is sent, and the lookout hears how this place fares.
func (a *Agent) Connected() {
	wake(a.post)
	wake(a.self)
}

// wake makes whoever waits for c go on, now or the next time.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// lost notes that the box did not take something.
func (a *Agent) lost(what string, err error) {
	a.counts.failed.Add(1)
	a.options.Logger.Error("the outbox fails", slog.String("what", what), slog.Any("error", err))
}
