package agent

import (
	"context"
	"sync"
	"time"

	"github.com/seawall-project/seawall/internal/bus"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/message"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// How often this place tests itself: in peace, and at most, however often it is asked to.
const (
	selfEvery = time.Minute
	selfPause = 10 * time.Second
)

// SelfProber asks the sentinels, as [probe.Prober] does.
type SelfProber interface {
	Probe(ctx context.Context, t probe.Target) probe.Result
	Resolves(ctx context.Context, targets ...probe.Target) bool
}

// watchSelf reports how this place fares, once a minute and when that is asked for, until ctx ends.
func (a *Agent) watchSelf(ctx context.Context) {
	sentinels := make([]watch.Sentinel, len(a.options.Sentinels))
	for i, s := range a.options.Sentinels {
		sentinels[i] = watch.Sentinel{Name: s.URL, Network: s.Network, Address: probe.Target{URL: s.URL}.Addr()}
	}
	for {
		began := a.options.Now()
		a.report(ctx, sentinels)
		timer := time.NewTimer(selfPause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		timer.Reset(selfEvery - min(a.options.Now().Sub(began), selfEvery-time.Millisecond))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		case <-a.self:
			timer.Stop()
		}
	}
}

// report asks every sentinel and the resolvers, and says what came of it. Of the sentinels it notes where they were found.
func (a *Agent) report(ctx context.Context, sentinels []watch.Sentinel) {
	h := message.Health{Sentinels: []watch.Sentinel{}, Resolver: true, Addresses: a.options.Addresses}
	found := make([]probe.Result, len(sentinels))
	targets := make([]probe.Target, len(sentinels))
	var asked sync.WaitGroup
	for i, s := range sentinels {
		targets[i].URL = s.Name
		asked.Go(func() { found[i] = a.options.SelfProber.Probe(ctx, targets[i]) })
	}
	if len(sentinels) > 0 {
		asked.Go(func() { h.Resolver = a.options.SelfProber.Resolves(ctx, targets...) })
	}
	asked.Wait()
	if ctx.Err() != nil {
		return
	}
	h.At = a.options.Now().UTC()
	for i := range sentinels {
		if found[i].Class == probe.RefusedTarget {
			continue // over budget: it says nothing about the line
		}
		sentinels[i] = sentinels[i].Answer(found[i])
		h.Sentinels = append(h.Sentinels, sentinels[i])
	}
	if len(h.Sentinels) < len(sentinels) && len(h.Sentinels) < watch.LeastSentinels {
		return // too few could be asked to say anything
	}
	h.Waiting, h.Dropped = a.options.Box.Size()
	a.mu.Lock()
	h.Held, h.OffsetMS = a.held, a.clock.offset(a.options.Now())
	a.mu.Unlock()
	a.bring(ctx, bus.Health, h)
	wake(a.post)
}
