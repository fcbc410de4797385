package agent

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/seawall-project/seawall/internal/bus"
)

// Sending.
const (
	stowEvery  = time.Second
	batch      = 256
	atOnce     = 32 // messages that wait for the bus's word at once
	firstPause = time.Second
	longPause  = 30 * time.Second
)

// send puts what was found into the box and sends what is there, until ctx ends. While the bus takes nothing, it tries less and less often.
func (a *Agent) send(ctx context.Context) {
	second := time.NewTicker(stowEvery)
	defer second.Stop()
	var pause time.Duration
	var again time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-second.C:
		case <-a.post:
			again = time.Time{}
		}
		a.stow(ctx)
		if a.options.Now().Before(again) {
			continue
		}
		if a.empty(ctx) {
			pause = 0
			continue
		}
		pause = min(max(2*pause, firstPause), longPause)
		again = a.options.Now().Add(pause)
	}
}

// stow puts what was found into the box, whether ctx has ended or not.
func (a *Agent) stow(ctx context.Context) {
	ctx = context.WithoutCancel(ctx)
	for len(a.found) > 0 {
		var items []Item
		for range min(len(a.found), findings) {
			items = append(items, <-a.found)
		}
		if err := a.options.Box.Put(ctx, items); err != nil {
			a.counts.lost.Add(int64(len(items)))
			a.lost("results", err)
		}
	}
}

// empty sends what is in the box, and returns false when something is left there.
func (a *Agent) empty(ctx context.Context) bool {
	for ctx.Err() == nil {
		items, err := a.options.Box.Newest(ctx, batch)
		if err != nil {
			a.lost("what waits to be sent", err)
			return false
		}
		if len(items) == 0 {
			return true
		}
		gone := a.publish(ctx, items)
		if err := a.options.Box.Remove(context.WithoutCancel(ctx), gone); err != nil {
			a.lost("what was sent", err)
			return false
		}
		if len(gone) < len(items) {
			return false
		}
	}
	return false
}

// publish sends items and returns the numbers of those that need not be kept: the bus has them, or never takes them.
func (a *Agent) publish(ctx context.Context, items []Item) (gone []int64) {
	var (
		sending sync.WaitGroup
		mu      sync.Mutex // guards gone
		places  = make(chan struct{}, atOnce)
	)
	for _, it := range items {
		places <- struct{}{}
		sending.Go(func() {
			defer func() { <-places }()
			if !a.publishOne(ctx, it) {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			gone = append(gone, it.Number)
		})
	}
	sending.Wait()
	return gone
}

func (a *Agent) publishOne(ctx context.Context, it Item) bool {
	now := a.options.Now()
	m, err := bus.Envelope{Kind: it.Kind, Vantage: a.options.Vantage, Run: it.Run, Sequence: it.Sequence, Sent: now, Payload: it.Payload}.Message()
	if err == nil {
		if it.Kind == bus.Health {
			a.ask(now)
		}
		err = a.options.Bus.Publish(ctx, m)
	}
	switch {
	case err == nil:
		a.counts.sent.Add(1)
		return true
	case errors.Is(err, bus.ErrFull), errors.Is(err, bus.ErrLost), errors.Is(err, bus.ErrClosed), ctx.Err() != nil:
		return false
	}
	a.counts.unsendable.Add(1) // too large, and so for ever
	return true
}
