package lookout

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// Sentinel is a site by which a vantage tests its own line. Its people have agreed to that.
type Sentinel struct {
	URL     string
	Network string // the autonomous system or prefix it is in
}

// How often the sentinels are asked: in peace, and at most, however often the machine wants to know.
const (
	selfEvery = time.Minute
	selfPause = 10 * time.Second
)

// watchSelf asks the sentinels once a minute, and at once when the machine wants to know, until ctx ends.
func (l *Lookout) watchSelf(ctx context.Context) error {
	if len(l.Sentinels) == 0 {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.machine.Observe(watch.Fact{At: l.Now(), Report: &watch.HealthReport{Vantage: l.Vantage.Name}}) // unchecked, whatever it was before
		return nil
	}
	tick := time.NewTicker(selfEvery)
	defer tick.Stop()
	sentinels := namesOf(l.Sentinels)
	for {
		l.report(ctx, sentinels)
		if !sleep(ctx, selfPause) {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-l.health:
		}
	}
}

// askSelf has a vantage's sentinels asked at once.
func (l *Lookout) askSelf(vantage string) {
	if vantage != l.Vantage.Name {
		if l.others != nil {
			l.others.coordinator.AskSelf(vantage)
		}
		return
	}
	select {
	case l.health <- struct{}{}:
	default: // they are about to be
	}
}

// report asks every sentinel and the resolvers, and tells the machine. Of the sentinels it notes where they were found.
func (l *Lookout) report(ctx context.Context, sentinels []watch.Sentinel) {
	found := make([]probe.Result, len(l.Sentinels))
	targets := make([]probe.Target, len(l.Sentinels))
	r := &watch.HealthReport{Vantage: l.Vantage.Name}
	var asked sync.WaitGroup
	for i, s := range l.Sentinels {
		targets[i].URL = s.URL
		asked.Go(func() { found[i] = l.Prober.Probe(ctx, targets[i]) })
	}
	asked.Go(func() { r.Resolver = l.Prober.Resolves(ctx, targets...) })
	asked.Wait()
	if ctx.Err() != nil {
		return
	}
	var leads []time.Duration
	for i := range sentinels {
		if found[i].Class == probe.RefusedTarget {
			continue // over budget, or opted out: it says nothing about the line
		}
		sentinels[i] = sentinels[i].Answer(found[i])
		r.Sentinels = append(r.Sentinels, sentinels[i])
		if found[i].Lead != 0 {
			leads = append(leads, found[i].Lead)
		}
	}
	if len(r.Sentinels) < len(l.Sentinels) && len(r.Sentinels) < watch.LeastSentinels {
		return // too few could be asked to say anything
	}
	if off := l.checkClock(leads); !watch.Believable(off) {
		r.Offset = off
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	r.Sentinels = l.independent(r.Vantage, r.Sentinels)
	l.machine.Observe(watch.Fact{At: l.Now(), Report: r})
}

// clockWarns is from where on a clock that is off is worth a line in the log: what is told of times is off by as much.
const clockWarns = 5 * time.Second

// checkClock holds this machine's clock against those of the sentinels, and returns by how much it is ahead.
func (l *Lookout) checkClock(leads []time.Duration) time.Duration {
	off := watch.ClockOff(leads)
	before := time.Duration(l.counts.clock.Swap(int64(off)))
	if off.Abs() >= clockWarns && before.Abs() < clockWarns {
		l.Logger.Warn("this machine's clock is off, and so are the times that are told", slog.Duration("ahead", off.Round(time.Second)))
	}
	return off
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
