package lookout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/store/sqlite"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
	"github.com/seawall-project/seawall/internal/watch/reference"
)

// answers is what a lookout in a bubble sees: what each URL answers, which may change at any time.
type answers struct {
	mu     sync.Mutex
	class  map[string]probe.Class // by URL; OK by default
	asked  map[string][]time.Time
	rules  probe.Rules
	at     map[string]string         // by URL, the address where it is found; 192.0.2.10 by default, that of sentinels elsewhere
	cname  map[string]string         // by URL
	pages  map[string]reference.Page // by URL; one called "A page" by default
	leads  map[string]time.Duration  // by URL, by how much this clock is ahead of the one there
	budget *probe.Budget
	begun  time.Time
}

func newWorld(t *testing.T) *answers {
	t.Helper()
	b, err := probe.NewBudget(1)
	if err != nil {
		t.Fatal(err)
	}
	w := &answers{
		class: make(map[string]probe.Class), asked: make(map[string][]time.Time), at: make(map[string]string), cname: make(map[string]string),
		leads: make(map[string]time.Duration), pages: make(map[string]reference.Page),
		budget: b, begun: time.Now(),
	}
	for i, url := range sentinelURLs() {
		w.at[url] = fmt.Sprintf("2001:db8:%d::1", i+1)
	}
	return w
}

// set lets URLs answer so from now on.
func (w *answers) set(c probe.Class, urls ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, u := range urls {
		w.class[u] = c
	}
}

// place says where URLs are found, "none" for nowhere, and by which other name.
func (w *answers) place(addr, cname string, urls ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, u := range urls {
		w.at[u], w.cname[u] = addr, cname
	}
}

// show lets a URL show another page from now on.
func (w *answers) show(url, title, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pages[url] = reference.Page{Title: title, Simhash: probe.Simhash(text)}
}

func (w *answers) times(url string) []time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.asked[url])
}

func (w *answers) Probe(_ context.Context, t probe.Target) probe.Result {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	r := probe.Result{
		URL: t.URL, FinalURL: t.URL, Class: w.class[t.URL], Vantage: "office", At: now.UTC(), Address: addrOf(w.at[t.URL]),
		Phase: probe.PhaseDone, Timings: probe.Timings{
			DNS: time.Millisecond, TCP: 2 * time.Millisecond, TLS: probe.NotReached, TTFB: 40 * time.Millisecond, Body: time.Millisecond, Total: 44 * time.Millisecond,
		}, Evidence: probe.Evidence{Title: "A page", CNAME: w.cname[t.URL]},
	}
	if _, ok := w.class[t.URL]; !ok {
		r.Class = probe.OK
	}
	r.Lead = w.leads[t.URL]
	if p, ok := w.pages[t.URL]; ok {
		r.Evidence.Title, r.Evidence.Simhash = p.Title, p.Simhash
	}
	if err := w.budget.Take(t.Site(), now); err != nil {
		r.Class, r.Phase, r.OverBudget = probe.RefusedTarget, probe.PhaseNone, true
		return r
	}
	w.asked[t.URL] = append(w.asked[t.URL], now)
	return r
}

// addrOf reads where something is found; "none" for nowhere, "" for the usual place.
func addrOf(text string) netip.Addr {
	if text == "none" {
		return netip.Addr{}
	}
	return netip.MustParseAddr(cmp.Or(text, "192.0.2.10"))
}

// Resolves is always so: nobody asks DNS here.
func (w *answers) Resolves(context.Context, ...probe.Target) bool { return true }

func (w *answers) SetRules(r probe.Rules) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rules = r
	return nil
}

func (w *answers) Budget() *probe.Budget { return w.budget }

// sentinels are three sites in three networks.
var sentinels = []Sentinel{
	{"https://one.example/", "AS64500"}, {"https://two.example/", "AS64501"}, {"https://three.example/", "AS64502"},
}

func sentinelURLs() []string {
	var all []string
	for _, s := range sentinels {
		all = append(all, s.URL)
	}
	return all
}

// stage is a lookout on a store in a folder, which may end and begin again.
type stage struct {
	t      *testing.T
	world  *answers
	path   string
	db     store.Store
	desk   *Desk
	l      *Lookout
	stop   func()
	mu     sync.Mutex
	posted []notify.Message
	quiet  *Quiet
	change func(o *Options) // of the next lookout; nil for none
	join   func(l *Lookout) // gives it vantages elsewhere; nil for none
}

func newStage(t *testing.T) *stage { t.Helper(); return newStageWith(t, nil) }

func newStageWith(t *testing.T, change func(o *Options)) *stage {
	t.Helper()
	s := &stage{t: t, world: newWorld(t), path: filepath.Join(t.TempDir(), sqlite.FileName), change: change}
	s.begin(nil)
	t.Cleanup(func() { s.end() })
	return s
}

// begin opens the store, with wrap around it if there is one, and starts the lookout.
func (s *stage) begin(wrap func(store.Store) store.Store) {
	s.t.Helper()
	db, err := sqlite.Open(s.t.Context(), sqlite.Options{Path: s.path})
	if err != nil {
		s.t.Fatal(err)
	}
	s.db = db
	if wrap != nil {
		s.db = wrap(db)
	}
	s.quiet = new(Quiet)
	o := Options{
		Store: s.db, Prober: s.world, Vantage: watch.Vantage{Name: "office", Network: "AS64496", Country: "DK"}, Sentinels: sentinels,
		Logger: slog.New(slog.DiscardHandler), Post: s.post, Quiet: s.quiet,
	}
	if s.change != nil {
		s.change(&o)
	}
	if err := enrol(s.t.Context(), db, o.Vantage, time.Now()); err != nil {
		s.t.Fatal(err)
	}
	s.l, err = New(s.t.Context(), o)
	if err != nil {
		s.t.Fatal(err)
	}
	if s.join != nil {
		s.join(s.l)
	}
	s.desk = &Desk{Store: s.db, Now: time.Now, Changed: s.l.Reread, Measure: s.l.MeasureNow, Adopt: s.l.Adopt}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.l.Run(ctx) }()
	s.stop = func() {
		cancel()
		if err := errors.Join(<-ended, db.Close()); err != nil {
			s.t.Error(err)
		}
	}
}

func (s *stage) end() {
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
}

// crash begins again from what the store holds at this moment, as after a power cut, with a budget that remembers nothing.
func (s *stage) crash() {
	s.t.Helper()
	left := filepath.Join(s.t.TempDir(), sqlite.FileName)
	if err := sqlite.Backup(s.t.Context(), s.path, left); err != nil {
		s.t.Fatal(err)
	}
	s.end()
	budget, err := probe.NewBudget(1)
	if err != nil {
		s.t.Fatal(err)
	}
	s.path, s.world.budget = left, budget
	s.begin(nil)
}

// messages returns what was posted so far.
func (s *stage) messages() []notify.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.posted)
}

func (s *stage) post(_ context.Context, m notify.Message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.posted = append(s.posted, m)
	if len(m.Sites) == 0 {
		s.t.Errorf("a message about no site, which is refused: %+v", m)
	}
	return nil
}

// told returns the kinds of messages about an incident, each once in a row.
func (s *stage) told() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var kinds []string
	for _, m := range s.posted {
		if k := m.Key + " " + m.Kind.String(); len(kinds) == 0 || kinds[len(kinds)-1] != k {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

func (s *stage) add(specs ...Spec) {
	s.t.Helper()
	if sum, err := Add.Ask(s.t.Context(), Here(s.desk), specs); err != nil || len(sum.Wrong) > 0 {
		s.t.Fatalf("add: %v, %v", sum, err)
	}
}

// kept returns the results of the only site that began lately.
func (s *stage) kept(lately time.Duration) []store.Result {
	s.t.Helper()
	sites, err := s.db.Sites(s.t.Context())
	if err != nil || len(sites) != 1 {
		s.t.Fatalf("%d sites, %v", len(sites), err)
	}
	all, err := s.db.Results(s.t.Context(), store.Range{Site: sites[0].ID, From: time.Now().Add(-lately), To: time.Now()})
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

func (s *stage) site(name string) SiteStatus {
	s.t.Helper()
	o, err := Status.Ask(s.t.Context(), Here(s.desk), Filter{})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, site := range o.Sites {
		if site.Name == name {
			return site
		}
	}
	s.t.Fatalf("%s is not watched", name)
	return SiteStatus{}
}
