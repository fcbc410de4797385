package lookout

import (
	"context"
	"log/slog"
	"time"

	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// Times of judging.
const (
	judgeEvery  = time.Second
	rememberIn  = time.Minute     // the machine's memory is kept as often in peace
	rememberNot = 5 * time.Second // but not again within this, whatever happens
	learnEvery  = time.Minute     // what probes showed of sites is taken up as often
	hushEvery   = 5 * time.Second // and open incidents are looked through
)

// judge takes in what was found, once a second, until ctx ends.
func (l *Lookout) judge(ctx context.Context) error {
	tick := time.NewTicker(judgeEvery)
	defer tick.Stop()
	var took, hushed time.Time
	l.review(ctx)
	l.repeat(ctx)
	l.roundMade(l.Now())
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		found := l.drain()
		l.keep(ctx, found)
		events := l.observe(found)
		l.follow(ctx, events)
		now := l.Now()
		if now.Sub(hushed) >= hushEvery {
			hushed = now
			l.review(ctx)
		}
		if now.Sub(took) >= learnEvery {
			took = now
			l.takeUp()
			l.listen(now)
			l.keepBudget(ctx, false)
		}
		l.roundMade(now)
	}
}

// roundMade notes a sign of life. While there is nobody to ask, nothing more is wanted.
func (l *Lookout) roundMade(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.judged = now
	if len(l.sites) == 0 || l.asked.IsZero() {
		l.asked = now
	}
}

// drain returns what has come.
func (l *Lookout) drain() []finding {
	var all []finding
	for range waiting {
		select {
		case f := <-l.results:
			all = append(all, f)
		default:
			return all
		}
	}
	return all
}

// keep stores results, and what they can be checked by where the class changed.
func (l *Lookout) keep(ctx context.Context, found []finding) {
	if len(found) == 0 {
		return
	}
	rows := make([]store.Result, 0, len(found))
	var evidence []store.Evidence
	l.mu.Lock()
	for i := range found {
		f := &found[i]
		site, ok := l.sites[f.host]
		if !ok {
			continue // removed meanwhile
		}
		l.compare(site, f)
		key := f.key
		if key == (store.Key{}) {
			key = store.Key{Vantage: f.r.Vantage, Run: l.run, Sequence: l.sequence.Add(1)}
		}
		row := store.FromProbe(site.ID, key, &f.r)
		row.Inside = l.machine.IsInside(f.host, f.r.Vantage)
		rows = append(rows, row)
		at := sight{f.host, f.r.Vantage}
		if now := verdictOf(&f.r); l.proven[at] != now {
			l.proven[at] = now
			evidence = append(evidence, store.EvidenceOf(site.ID, key, &f.r))
		}
		f.r.Evidence.Body = nil
		if f.r.At.After(l.found[at].At) { // what comes late is history
			l.found[at] = f.r
		}
		l.learn(f.host, &f.r)
		l.counts.note(f.r.Class)
	}
	l.mu.Unlock()
	if _, err := l.Store.Append(ctx, rows); err != nil {
		l.lost(ctx, "results", err)
	}
	if len(evidence) == 0 {
		return
	}
	for i, e := range evidence {
		evidence[i].Body = e.Body[:min(len(e.Body), store.MaxBody)]
	}
	if err := l.Store.PutEvidence(ctx, evidence...); err != nil {
		l.lost(ctx, "evidence", err)
	}
}

// observe tells the machine, and returns what it says.
func (l *Lookout) observe(found []finding) []watch.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range found {
		site, ok := l.sites[f.host]
		if !ok || f.late {
			continue
		}
		fact := watch.ReadingOf(f.host, f.r)
		if f.r.URL != site.URL {
			fact.Reading.TTFB = 0 // of another page, which may be a slow one
		}
		l.machine.Observe(fact)
	}
	return l.machine.Tick(l.Now())
}

// follow does what events ask for: keep them, change the pace, ask the sentinels again, tell people.
func (l *Lookout) follow(ctx context.Context, events []watch.Event) {
	now := l.Now()
	var step store.Step
	touched := make(map[string]bool)
	for _, e := range events {
		l.write(&step, e, touched)
		if e.AskAgain != nil {
			l.askSelf(e.AskAgain.Vantage)
		}
	}
	l.mu.Lock()
	doubts := false
	for host := range touched {
		l.state(&step, host, now)
		doubts = l.pace(host, now) || doubts
	}
	for host := range l.paces {
		doubts = l.pace(host, now) || doubts
	}
	since := now.Sub(l.memory)
	if len(events) > 0 && since >= rememberNot || since >= rememberIn {
		l.remember(&step)
	}
	l.mu.Unlock()
	if doubts {
		l.keepBudget(ctx, false) // so that a crash is no second doubt
	}
	if !empty(step) {
		if err := l.Store.Apply(ctx, step); err != nil {
			l.lost(ctx, "what follows from results", err)
			l.mu.Lock()
			l.unsettled = true // the end of an incident may have been among it
			l.mu.Unlock()
		}
	}
	l.tell(ctx, events)
}

func empty(s store.Step) bool {
	return len(s.States)+len(s.Snapshots)+len(s.Transitions)+len(s.Incidents)+len(s.Health) == 0
}

// pace gives a site the turns that the machine wants for it, and reports whether a doubt began. Where vantages elsewhere have a part of its budget,
// this one has fewer. The caller holds mu.
func (l *Lookout) pace(host string, now time.Time) (doubts bool) {
	p := l.machine.Pace(host, now)
	every := p.Every
	if l.others != nil {
		every = max(every, sharedDoubt)
	}
	switch {
	case p.Doubt && l.paces[host] != every:
		l.paces[host] = every
		l.Prober.Budget().Doubt(targetOf(l.sites[host]).Site(), now, p.Until.Sub(now))
		l.schedule.Pace(now, host, every)
		l.schedule.Soon(now, host)
		l.doubtElsewhere(host, p.Until)
		return true
	case !p.Doubt && l.paces[host] != 0:
		delete(l.paces, host)
		l.Prober.Budget().Calm(targetOf(l.sites[host]).Site(), now)
		l.schedule.Pace(now, host, 0)
		l.doubtElsewhere(host, time.Time{})
	}
	return false
}

// sharedDoubt is how often this vantage asks in doubt when it has one part of three of the budget.
const sharedDoubt = probe.Window * seatsInAll / probe.DoubtGETs

// takeUp tells the machine what probes showed of sites, when that is new.
func (l *Lookout) takeUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.unlearnt {
		return
	}
	snapshot, err := l.machine.Snapshot()
	if err != nil {
		l.Logger.Error("the lookout cannot say where it stands", slog.Any("error", err))
		return
	}
	l.rebuild(snapshot)
}

// remember adds the machine's memory to a step. The caller holds mu.
func (l *Lookout) remember(step *store.Step) {
	state, err := l.machine.Snapshot()
	if err != nil {
		l.Logger.Error("the lookout cannot say where it stands", slog.Any("error", err))
		return
	}
	doc, err := pack(memory{Machine: state, Learned: l.addresses(), Traits: l.traits(), Proven: l.proofs()})
	if err != nil {
		l.Logger.Error("the lookout cannot say where it stands", slog.Any("error", err))
		return
	}
	step.Snapshots = append(step.Snapshots, store.Snapshot{Version: watch.SnapshotVersion, Doc: doc})
	l.memory = l.Now()
}
