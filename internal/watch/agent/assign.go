package agent

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/seawall-project/seawall/internal/bus"
	"github.com/seawall-project/seawall/internal/watch/message"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// listen takes up assignments until ctx ends.
func (a *Agent) listen(ctx context.Context, q bus.Queue) {
	for {
		batch, err := q.Next(ctx, bus.Backlog)
		if err != nil {
			return // ctx, or a bus that was closed
		}
		for _, d := range batch {
			a.hear(d.Message)
		}
	}
}

// hear takes up one assignment. What cannot be read, or is older than what was heard, is counted and left.
func (a *Agent) hear(m bus.Message) {
	arrived := a.options.Now()
	e, err := bus.Open(m)
	if err != nil {
		a.counts.unread.Add(1)
		return
	}
	as, err := message.ReadAssignment(e.Payload)
	if err != nil {
		a.counts.unread.Add(1)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if e.Run == a.last.run && e.Sequence <= a.last.sequence {
		a.counts.unread.Add(1)
		return
	}
	a.last = order{e.Run, e.Sequence}
	a.tell(as.Clock, arrived)
	if as.AskSelf {
		wake(a.self)
	}
	hold := min(time.Duration(as.HoldSeconds)*time.Second, message.MaxHold)
	switch {
	case as.Sites != nil:
		a.take(as, arrived)
	case as.ID != a.held:
		return // renewed is what this place does not have; its next report says so
	}
	a.until = arrived.Add(hold)
	for _, name := range as.Now {
		if _, ok := a.sites[name]; ok {
			a.schedule.Soon(arrived, a.key(name))
		}
	}
}

// warnEvery is how often at most it is logged that a site is not asked.
const warnEvery = 10 * time.Minute

// take makes an assignment the one that is gone by, as far as this place may, and keeps off what attack orders name from now on, also where a site
// redirects to it. The caller holds mu.
func (a *Agent) take(as message.Assignment, now time.Time) {
	if err := a.options.Prober.SetRules(as.Rules()); err != nil {
		a.counts.unread.Add(1)
		a.options.Logger.Warn("an assignment is left, for what it says of attack orders cannot be kept", slog.Any("why", err))
		return
	}
	sites := make(map[string]message.Site, len(as.Sites))
	refused := 0
	for _, s := range as.Sites {
		if err := a.options.Prober.Check(s.Target()); err != nil {
			if refused++; now.Sub(a.warned) >= warnEvery {
				a.warned = now
				a.options.Logger.Warn("this place does not ask all that it is assigned", slog.String("site", s.Name), slog.Any("why", err))
			}
			continue
		}
		sites[s.Name] = s
	}
	a.counts.refused.Store(int64(refused))
	a.sites, a.held = sites, as.ID
	a.schedule.Set(now, a.keys())
	for _, s := range sites {
		a.pace(s, now)
	}
	maps.DeleteFunc(a.doubt, func(name string, _ bool) bool { _, ok := sites[name]; return !ok })
}

// pace gives a site its turns: as often as is asked for, but no more often than the budget allows. The caller holds mu.
func (a *Agent) pace(s message.Site, now time.Time) {
	target := s.Target()
	doubt := s.DoubtSeconds > 0
	every := time.Duration(min(s.EverySeconds, int(message.MaxHold/time.Second))) * time.Second
	a.schedule.Pace(now, a.key(s.Name), max(every, a.options.pace(doubt)))
	switch {
	case doubt && !a.doubt[s.Name]:
		a.doubt[s.Name] = true
		long := min(time.Duration(min(s.DoubtSeconds, int(probe.LongDoubt/time.Second)))*time.Second, probe.LongDoubt)
		if a.options.Prober.Budget().Doubt(target.Site(), now, long) {
			a.schedule.Soon(now, a.key(s.Name))
		}
	case !doubt && a.doubt[s.Name]:
		delete(a.doubt, s.Name)
		a.options.Prober.Budget().Calm(target.Site(), now)
	}
}

// expire ends an assignment that was not renewed.
func (a *Agent) expire(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.held == "" || now.Before(a.until) {
		return
	}
	a.held = ""
	clear(a.sites)
	a.schedule.Set(now, nil)
	a.options.Logger.Warn("the assignment has ended: the lookout has not been heard of")
}

// key returns what a site is called in the schedule. It differs from vantage to vantage, so that they do not all ask in the same second.
func (a *Agent) key(site string) string { return site + "\x00" + a.options.Vantage }

// keys returns those of all sites. The caller holds mu.
func (a *Agent) keys() []string {
	all := slices.Collect(maps.Keys(a.sites))
	for i := range all {
		all[i] = a.key(all[i])
	}
	return all
}
