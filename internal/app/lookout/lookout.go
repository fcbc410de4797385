// Package lookout runs the lookout: it asks the watched sites in turn, judges what comes of it, keeps it, and tells people.
//
// A result goes one way: schedule → probe → store and state machine → store, pace, messages. One goroutine judges, so what happened has one
// order. When the store takes nothing, as on a full disk, judging and telling go on, and what could not be kept is counted; when nobody can be
// told, what is to be said waits in the outbox. [Desk] is what people do with it, whether it runs or not.
package lookout

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
	"github.com/seawall-project/seawall/internal/watch/schedule"
)

// Prober asks sites, as [probe.Prober] does.
type Prober interface {
	Probe(ctx context.Context, t probe.Target) probe.Result
	Resolves(ctx context.Context, targets ...probe.Target) bool
	SetRules(r probe.Rules) error
	Budget() *probe.Budget
}

// Options are what a Lookout is built from. Store, Prober, Vantage.Name and Logger are required.
type Options struct {
	Store     store.Store
	Prober    Prober
	Vantage   watch.Vantage // this place
	Sentinels []Sentinel    // by which it tests its own line; without three in different networks it stays unchecked
	AtOnce    int           // probes under way; 0 means the schedule's default
	Logger    *slog.Logger
	Now       func() time.Time // nil means time.Now

	// Post takes what people should be told; nil tells nobody.
	Post func(ctx context.Context, m notify.Message) error
	// Named returns what attack orders name, by host, those too to which sites may redirect; nil for nothing. It is read with the watch list,
	// so call [Lookout.Reread] when it has changed. When it fails, what it said last holds.
	Named func(ctx context.Context) (map[string]probe.Listed, error)
	// Provider returns who runs the network of an address, as an autonomous system (AS64500); "" when that is not known. nil knows none.
	Provider func(netip.Addr) string
	// NameServers returns the name servers of a domain, as [probe.Prober.NameServers] does; nil asks for none.
	NameServers func(ctx context.Context, domain string) ([]string, error)
	// Quiet is told, every few seconds, of whom people are to hear nothing; nil for nobody.
	Quiet *Quiet
}

// Lookout is a built lookout. Run it once.
type Lookout struct {
	Options
	schedule *schedule.Schedule
	turns    *probe.Turns
	results  chan finding
	run      string // names this run of the program in the keys of results
	sequence atomic.Int64
	counts   counts
	health   chan struct{} // capacity 1: the sentinels are to be asked at once
	others   *vantages     // elsewhere; nil without a bus; set before Run

	rereading sync.Mutex // held while lists are taken up, before mu; guards lists and behind
	lists     lists      // as they were taken up last
	behind    bool       // what goes with them was not, see spread

	mu       sync.Mutex              // guards what follows
	named    map[string]probe.Listed // what Named said last
	knows    bool                    // Named has said something
	machine  *watch.Machine
	places   []watch.Vantage         // elsewhere, that take part
	where    map[string][]netip.Addr // by their names, their addresses as far as known
	sites    map[string]store.Site   // watched now, by host
	all      map[string]store.Site   // and every other that the store has
	shared   map[string]bool         // registrable domains that were watched since the start
	paces    map[string]time.Duration
	found    map[sight]probe.Result // the last one of each host from each vantage, without its body
	proven   map[sight]verdict      // what evidence was last kept of
	memory   time.Time              // when the machine's memory was last kept
	learned  map[string]learned     // by host, what probes showed of it
	unlearnt bool                   // the machine does not know all that was learned
	judged   time.Time              // when the last judging was done
	asked    time.Time              // when the last turn of a site was over; while none is watched, as judged

	begun     time.Time                // when this lookout was built
	unsettled bool                     // the store may take incidents for open that the machine does not know
	before    map[int64]watch.Incident // while unsettled, how those stood that the machine knew before it was built anew

	neighbours map[string]string // what watched sites share with others, as [watch.Site.Shared] names it → one of them
	besideWhy  map[string]string // by vantage, why sentinels do not count, as it was logged last

	heard map[string]time.Time // when vantages elsewhere last said how they fare
}

// finding is a result and which site it is of.
type finding struct {
	host string
	r    probe.Result
	key  store.Key // of a vantage elsewhere; zero for this process's own
	late bool      // too late to be judged
}

// sight is a host from a vantage.
type sight struct{ host, vantage string }

// verdict is what was made of a result. Evidence is kept when it changes.
type verdict struct {
	class    probe.Class
	assessed probe.Assessments
	known    bool
}

func verdictOf(r *probe.Result) verdict {
	return verdict{r.Class, probe.Together(r.Assessment...), true}
}

// waiting is how many findings may wait to be judged; whoever brings more waits.
const waiting = 4096

// New builds a lookout from what the store holds: the watch list, and where the state machine stood.
func New(ctx context.Context, o Options) (*Lookout, error) {
	if o.Store == nil || o.Prober == nil || o.Logger == nil || o.Vantage.Name == "" {
		return nil, errors.New("lookout: Store, Prober, Logger and the vantage's name are needed")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	l := &Lookout{
		Options: o, results: make(chan finding, waiting), run: rand.Text()[:12], health: make(chan struct{}, 1),
		shared: make(map[string]bool), paces: make(map[string]time.Duration), found: make(map[sight]probe.Result), proven: make(map[sight]verdict), where: make(map[string][]netip.Addr), learned: make(map[string]learned),
		besideWhy: make(map[string]string), heard: make(map[string]time.Time), turns: probe.NewTurns(o.Prober, o.Now),
		begun: o.Now(), before: make(map[int64]watch.Incident),
	}
	var err error
	if l.schedule, err = schedule.New(schedule.Options{Do: l.ask, AtOnce: o.AtOnce}); err != nil {
		return nil, err
	}
	if err := l.recall(ctx); err != nil {
		return nil, err
	}
	return l, nil
}

// Run watches until ctx ends, keeps where it stands, and returns nil.
func (l *Lookout) Run(ctx context.Context) error {
	g, running := errgroup.WithContext(ctx)
	g.Go(func() error { return ended(l.schedule.Run(running)) })
	g.Go(func() error { return l.judge(running) })
	g.Go(func() error { return l.watchSelf(running) })
	g.Go(func() error { return l.watchLists(running) })
	g.Go(func() error { return l.watchServers(running) })
	g.Go(func() error { return l.retain(running) })
	err := g.Wait()
	l.rest(context.WithoutCancel(ctx))
	return err
}

// ended turns the end of a context into a quiet end.
func ended(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}

// ask is one turn of a site.
func (l *Lookout) ask(ctx context.Context, host string) {
	defer l.turnOver()
	target, ok := l.targetAt(host)
	if !ok || !l.Prober.Budget().Wait(ctx, target.Site(), l.Now) {
		return
	}
	if target, ok = l.targetAt(host); !ok {
		return // it was paused meanwhile
	}
	r := l.turns.Take(ctx, target)
	if ctx.Err() != nil && r.Class != probe.OK {
		return // broken off, which says nothing about the site
	}
	if r.OverBudget {
		return // nor does this: the next turn goes on from there
	}
	l.deliver(ctx, finding{host: host, r: r})
}

// turnOver notes that a site had its turn, also one for which its budget had no room.
func (l *Lookout) turnOver() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = l.Now()
}

func (l *Lookout) deliver(ctx context.Context, f finding) {
	select {
	case l.results <- f:
	case <-ctx.Done():
	}
}

// targetAt returns what is asked for at a host, and false when that is not watched.
func (l *Lookout) targetAt(host string) (probe.Target, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	site, ok := l.sites[host]
	return targetOf(site), ok
}

func targetOf(s store.Site) probe.Target { return probe.Target{URL: s.URL, Page: s.Page} }

// GCPercent is what a process that is a lookout gives to [debug.SetGCPercent]. Pages come and go much faster than what is remembered of sites, so
// it pays to collect them often: memory matters more here than the little CPU time.
const GCPercent = 50

// keepFor is how long the store may take for one thing.
const keepFor = 30 * time.Second

// retain forgets what is old and sums up what is not, once an interval.
func (l *Lookout) retain(ctx context.Context) error {
	tick := time.NewTicker(store.Bucket)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		now := l.Now()
		if err := l.Store.Roll(ctx, now.Add(-store.Bucket)); err != nil {
			l.lost(ctx, "results could not be summed up", err)
			continue
		}
		if _, err := l.Store.Retain(ctx, store.Usual(now)); err != nil {
			l.lost(ctx, "old results could not be removed", err)
		}
	}
}

// lost notes that the store did not take something.
func (l *Lookout) lost(ctx context.Context, what string, err error) {
	if ctx.Err() != nil {
		return
	}
	l.counts.lost.Add(1)
	l.Logger.Error("the store fails", slog.String("what", what), slog.Any("error", err))
}

// rest keeps where everything stands, at the end.
func (l *Lookout) rest(ctx context.Context) {
	ctx, cancel := context.WithTimeoutCause(ctx, keepFor, fmt.Errorf("the store took more than %v", keepFor))
	defer cancel()
	step := store.Step{}
	l.mu.Lock()
	l.remember(&step)
	l.mu.Unlock() // so that nobody who asks how it stands waits for the store
	if err := l.Store.Apply(ctx, step); err != nil {
		l.lost(ctx, "where the lookout stands", err)
	}
	l.keepBudget(ctx, true)
}

// Status returns how a site stands, and false when it is not watched.
func (l *Lookout) Status(host string) (watch.Status, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.machine.Status(host)
}
