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

// watchSelf reports how this place fares, once a minute and when that is asked for, until ctx ends.
func (a *Agent) watchSelf(ctx context.Context) {
	for {
		began := a.options.Now()
		a.report(ctx)
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

// report asks every sentinel and says what came of it.
func (a *Agent) report(ctx context.Context) {
	sentinels := a.options.Sentinels
	found := make([]probe.Result, len(sentinels))
	var asked sync.WaitGroup
	for i, s := range sentinels {
		asked.Go(func() { found[i] = a.options.SelfProber.Probe(ctx, probe.Target{URL: s.URL}) })
	}
	asked.Wait()
	if ctx.Err() != nil {
		return
	}
	h := message.Health{At: a.options.Now().UTC(), Sentinels: []watch.Sentinel{}, Addresses: a.options.Addresses}
	for i, s := range sentinels {
		if found[i].Class == probe.RefusedTarget {
			continue // over budget: it says nothing about the line
		}
		vote := found[i].Class.Vote()
		h.Sentinels = append(h.Sentinels, watch.Sentinel{
			Name: s.URL, Network: s.Network, OK: vote == probe.Up || vote == probe.Degraded || vote == probe.Protected,
		})
		h.Resolver = h.Resolver || found[i].Phase > probe.PhaseDNS
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
