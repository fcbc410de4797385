package coordinator

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seawall-project/seawall/internal/bus"
	"github.com/seawall-project/seawall/internal/watch/message"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// Bus is what the coordinator needs of one.
type Bus interface {
	bus.Publisher
	bus.Collector
}

// Options are what a Coordinator is built from. Bus, Take and Logger are required.
type Options struct {
	Bus Bus
	// Take is given what has come in, about once a second, by one goroutine. While it fails it is given the same again. What was given may come
	// again after a restart.
	Take func(ctx context.Context, reports []Report) error
	// Local says that this process asks every site too, with the budget of one of three vantages.
	Local  bool
	Logger *slog.Logger
	Now    func() time.Time // nil means time.Now
}

// maxVantages is how many vantages there may be.
const maxVantages = 64

// Coordinator speaks to vantages. Run it once. Its other methods may be called at any time.
type Coordinator struct {
	options Options
	run     string
	begun   time.Time

	mu       sync.Mutex // guards what follows
	sequence int64
	dealer   *dealer
	sites    []Site
	rules    map[string]forbidden // by registrable domain
	known    map[string]bool      // names of sites
	list     []Vantage
	vantages map[string]*place
	doubt    map[string]time.Time // site → when its doubt ends
	dirty    bool
	dealt    time.Time
	counts   counts
}

// place is what is known of one vantage.
type place struct {
	told    []domain  // what it is to ask
	not     forbidden // what it is told not to
	id      string    // of both
	full    bool      // it has to be told all of it
	sent    time.Time
	fullAt  time.Time // when it was last told all
	askSelf bool
	now     []string       // sites to be asked at once
	clock   *message.Clock // to be answered
	health  order          // of the last health report
	heard   time.Time
	held    string
	waiting int64
	dropped int64
}

// order is where a report stands among those of a vantage's run.
type order struct {
	run      string
	sequence int64
	at       time.Time // by the vantage's clock
	heard    time.Time // by this machine's
}

// New builds a coordinator without sites and vantages.
func New(o Options) (*Coordinator, error) {
	if o.Bus == nil || o.Take == nil || o.Logger == nil {
		return nil, errors.New("coordinator: Bus, Take and Logger are needed")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Coordinator{
		options: o, begun: o.Now(), run: strings.ToLower(rand.Text()[:16]), dealer: newDealer(o.Local), known: make(map[string]bool),
		vantages: make(map[string]*place), doubt: make(map[string]time.Time),
	}, nil
}

// SetSites replaces the list of sites. Who opted out, is paused or is named by an attack order must not be on it.
func (c *Coordinator) SetSites(sites []Site) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sites, c.dirty = slices.Clone(sites), true
	clear(c.known)
	for _, s := range sites {
		c.known[s.Name] = true
	}
	maps.DeleteFunc(c.doubt, func(name string, _ time.Time) bool { return !c.known[name] })
}

// SetVantages replaces the list of vantages that are assigned sites and listened to, this process's own not among them.
func (c *Coordinator) SetVantages(vantages []Vantage) error {
	if len(vantages) > maxVantages {
		return fmt.Errorf("%d vantages, at most %d", len(vantages), maxVantages)
	}
	names := make(map[string]bool, len(vantages))
	for _, v := range vantages {
		if err := bus.CheckName(v.Name); err != nil {
			return err
		}
		if names[v.Name] {
			return fmt.Errorf("two vantages are called %s", v.Name)
		}
		names[v.Name] = true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list, c.dirty = slices.Clone(vantages), true
	maps.DeleteFunc(c.vantages, func(name string, _ *place) bool { return !names[name] })
	for name := range names {
		if c.vantages[name] == nil {
			c.vantages[name] = &place{full: true}
		}
	}
	return nil
}

// Doubt has a site asked twice as often until then, ten minutes at most; a time that has passed ends that.
func (c *Coordinator) Doubt(site string, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.options.Now()
	_, was := c.doubt[site]
	if is := c.known[site] && until.After(now); is {
		c.doubt[site] = until
		c.dirty = c.dirty || !was
		return
	}
	delete(c.doubt, site)
	c.dirty = c.dirty || was
}

// AskSelf has a vantage test itself at once, and report.
func (c *Coordinator) AskSelf(vantage string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.vantages[vantage]; p != nil {
		p.askSelf = true
	}
}

// AskNow has the vantages whose turn a site is ask it at once, and returns their names. What they find comes in as always, as soon as their budgets
// have room. Of a vantage that has been asked for too much at once, nothing more is asked: it is among full, not among asked.
func (c *Coordinator) AskNow(site string) (asked, full []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, p := range c.vantages {
		if !slices.ContainsFunc(p.told, func(x domain) bool { return x.holds(site) }) {
			continue
		}
		wanted := slices.Contains(p.now, site)
		if !wanted && len(p.now) >= message.MaxNow {
			full = append(full, name)
			continue
		}
		if !wanted {
			p.now = append(p.now, site)
		}
		asked = append(asked, name)
	}
	slices.Sort(asked)
	slices.Sort(full)
	return asked, full
}

// Run speaks and listens until ctx ends, and returns nil; else why there is no bus.
func (c *Coordinator) Run(ctx context.Context) error {
	q, err := c.collect(ctx)
	if ctx.Err() != nil && q == nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("coordinator: %w", err)
	}
	var parts sync.WaitGroup
	parts.Go(func() { c.receive(ctx, q) })
	parts.Go(func() { c.assign(ctx) })
	parts.Wait()
	return q.Close()
}

// retry is how long to wait for a bus that is out of reach, and for a Take that failed.
const retry = 5 * time.Second

// collect begins to listen, as soon as the bus can be reached.
func (c *Coordinator) collect(ctx context.Context) (bus.Queue, error) {
	for {
		timed, cancel := context.WithTimeout(ctx, retry)
		q, err := c.options.Bus.Collect(timed)
		cancel()
		if err == nil || errors.Is(err, bus.ErrClosed) || ctx.Err() != nil {
			return q, err
		}
		c.options.Logger.Warn("the bus does not answer", slog.Any("error", err))
		if !sleep(ctx, retry) {
			return nil, ctx.Err()
		}
	}
}

// sleep waits, and returns false when ctx ends first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// interval returns how often each vantage asks a site of a domain: the domain's budget is shared by its sites.
func (x *domain) interval(doubt bool) time.Duration {
	gets := probe.PeaceGETs
	if doubt {
		gets = probe.DoubtGETs
	}
	return probe.Window / time.Duration(gets/seats) * time.Duration(len(x.sites))
}

// holds reports whether a domain has a site of that name.
func (x *domain) holds(site string) bool {
	return slices.ContainsFunc(x.sites, func(s Site) bool { return s.Name == site })
}
