package agent

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/seawall-project/seawall/internal/bus"
	"github.com/seawall-project/seawall/internal/bus/membus"
	"github.com/seawall-project/seawall/internal/watch/message"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// memBox is a [Box] in memory.
type memBox struct {
	mu     sync.Mutex
	items  []Item
	number int64
	state  probe.BudgetState
	ended  bool
	broken error
}

func newBox() *memBox { return &memBox{ended: true} }

func (b *memBox) Put(_ context.Context, items []Item) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, it := range items {
		b.number++
		it.Number = b.number
		b.items = append(b.items, it)
	}
	return b.broken
}

func (b *memBox) Newest(_ context.Context, n int) ([]Item, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	last := slices.Clone(b.items[max(0, len(b.items)-n):])
	slices.Reverse(last)
	return last, b.broken
}

func (b *memBox) Remove(_ context.Context, numbers []int64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.items = slices.DeleteFunc(b.items, func(it Item) bool { return slices.Contains(numbers, it.Number) })
	return b.broken
}

func (b *memBox) Size() (waiting, dropped int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return int64(len(b.items)), 0
}

func (b *memBox) Budget(context.Context) (probe.BudgetState, bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state, b.ended, nil
}

func (b *memBox) KeepBudget(_ context.Context, state probe.BudgetState, ended bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.state, b.ended = state, ended
	return nil
}

// prober asks nobody. It takes from its budget as the real one does, and refuses hosts that are not below example.org.
type prober struct {
	budget *probe.Budget
	answer probe.Class
	deaf   bool // its resolvers fail

	mu    sync.Mutex
	began []probe.Result
	rules probe.Rules
}

func newProber(t *testing.T, share int) *prober {
	t.Helper()
	b, err := probe.NewBudget(share)
	check(t, err)
	return &prober{budget: b, answer: probe.OK}
}

func (p *prober) Check(t probe.Target) error {
	if t.Site() != "example.org" && t.Site() != "example.net" {
		return &probe.RefusedURL{URL: t.URL, Why: "not on the list"}
	}
	return nil
}

func (p *prober) SetRules(r probe.Rules) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rules = r
	return nil
}

func (p *prober) Budget() *probe.Budget { return p.budget }

func (p *prober) Probe(_ context.Context, t probe.Target) probe.Result {
	r := probe.Result{URL: t.URL, Class: p.answer, Phase: probe.PhaseDone, At: time.Now().UTC(), Address: netip.MustParseAddr("192.0.2.10")}
	if err := p.budget.Take(t.Site(), time.Now()); err != nil {
		r.Class = probe.RefusedTarget
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.began = append(p.began, r)
	return r
}

func (p *prober) Resolves(context.Context, ...probe.Target) bool { return !p.deaf }

// gets returns when GET were sent.
func (p *prober) gets() (at []time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.began {
		if r.Class != probe.RefusedTarget {
			at = append(at, r.At)
		}
	}
	return at
}

// stage is an agent on a bus in memory, and the lookout that it talks to.
type stage struct {
	*testing.T
	agent    *Agent
	box      *memBox
	prober   *prober
	line     *membus.Conn
	lookout  *membus.Conn
	sequence int64
	got      []arrival
}

// arrival is a message as the lookout got it.
type arrival struct {
	bus.Envelope
	at time.Time
}

// play runs an agent in a bubble while during does.
func play(t *testing.T, change func(o *Options), during func(s *stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		hub, err := membus.New(bus.Limits{})
		check(t, err)
		s := &stage{T: t, box: newBox(), prober: newProber(t, 3), line: hub.Agent("cph-1"), lookout: hub.Lookout()}
		o := Options{Vantage: "cph-1", Bus: s.line, Box: s.box, Prober: s.prober, Logger: slog.New(slog.DiscardHandler)}
		if change != nil {
			change(&o)
			s.box = o.Box.(*memBox)
		}
		s.agent, err = New(t.Context(), o)
		check(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.agent.Run(ctx) }()
		synctest.Wait()
		during(s)
		cancel()
		check(t, <-ended)
		check(t, s.line.Close())
		check(t, s.lookout.Close())
	})
}

// assign tells the agent something.
func (s *stage) assign(a message.Assignment) {
	s.Helper()
	s.sequence++
	s.assignAs("lookout", s.sequence, a)
}

func (s *stage) assignAs(run string, sequence int64, a message.Assignment) {
	s.Helper()
	payload, err := json.Marshal(a)
	check(s.T, err)
	m, err := bus.Envelope{Kind: bus.Assign, Vantage: "cph-1", Run: run, Sequence: sequence, Sent: time.Now(), Payload: payload}.Message()
	check(s.T, err)
	check(s.T, s.lookout.Publish(s.Context(), m))
	synctest.Wait()
}

func site(name string, every int) message.Site {
	return message.Site{Name: name, URL: "https://" + name + "/", EverySeconds: every}
}

// collect takes what has arrived.
func (s *stage) collect() {
	s.Helper()
	q, err := s.lookout.Collect(s.Context())
	check(s.T, err)
	for {
		ctx, cancel := context.WithTimeout(s.Context(), time.Millisecond)
		batch, err := q.Next(ctx, 1000)
		cancel()
		if err != nil {
			check(s.T, q.Close())
			return
		}
		for _, d := range batch {
			e, err := bus.Open(d.Message)
			check(s.T, err)
			s.got = append(s.got, arrival{e, time.Now()})
			d.Done()
		}
	}
}

// results returns the results that arrived.
func (s *stage) results() (all []message.Result) {
	s.Helper()
	for _, e := range s.got {
		if e.Kind == bus.Result {
			r, err := message.ReadResult("cph-1", e.Payload)
			check(s.T, err)
			all = append(all, r)
		}
	}
	return all
}

// healths returns the health reports that arrived.
func (s *stage) healths() (all []message.Health) {
	s.Helper()
	for _, e := range s.got {
		if e.Kind == bus.Health {
			h, err := message.ReadHealth(e.Payload)
			check(s.T, err)
			all = append(all, h)
		}
	}
	return all
}

// once holds that no key came twice.
func (s *stage) once() {
	s.Helper()
	seen := map[int64]bool{}
	for _, e := range s.got {
		if e.Run != s.agent.run || seen[e.Sequence] {
			s.Errorf("run %s, sequence %d came twice, or is of another run", e.Run, e.Sequence)
		}
		seen[e.Sequence] = true
	}
}
