package app

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/edge/admit"
	"github.com/seawall-project/seawall/internal/edge/origin"
	"github.com/seawall-project/seawall/internal/obs"
)

// way is the way to one site's origins, looked after until it is closed.
type way struct {
	*origin.Group
	stop context.CancelFunc
	done chan struct{}
}

// newWay returns the way to the origins of s, and begins to look after them. Whether they have too much to do, admission says.
func newWay(o Options, s *config.Site, admission *admit.Controller) (*way, error) {
	up := &s.Upstream
	group, err := origin.NewGroup(origin.GroupOptions{
		URLs:    s.Origins,
		InOrder: up.InOrder,
		Origin: origin.Options{Dial: o.Dial, Now: o.Now, Timeouts: origin.Timeouts{
			Connect: up.Timeouts.Connect, TLS: up.Timeouts.TLS, FirstByte: up.Timeouts.FirstByte,
			BetweenBytes: up.Timeouts.BetweenBytes, Whole: up.Timeouts.Whole,
		}},
		Check: origin.Check{
			Host: s.Name, TLS: s.TLS != config.TLSOff,
			Path: up.Health.Path, Interval: up.Health.Every, Timeout: up.Health.Timeout,
		},
		Pressed: func() bool { return admission.Load(o.Now()).Pressure },
	})
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background()) // a way outlives what made it, and is closed
	w := &way{group, stop, make(chan struct{})}
	go func() {
		defer close(w.done)
		group.Run(ctx)
	}()
	return w, nil
}

// Close ends the looking after and waits for it, and closes the origins. It may be called twice.
func (w *way) Close() {
	w.stop()
	<-w.done
	w.Group.Close()
}

// originGauges tell how a site's origins fare.
func originGauges(labels prometheus.Labels, stats func() origin.GroupStats) []obs.Gauge {
	sum := func(of func(origin.Stats) int) func() float64 {
		return func() float64 {
			n := 0
			for _, one := range stats().Origins {
				n += of(one)
			}
			return float64(n)
		}
	}
	return []obs.Gauge{
		{
			Name: "origin_connections", Help: "Connections to the origins, open or being opened.", Labels: labels,
			Value: sum(func(s origin.Stats) int { return s.Conns }), Limit: sum(func(s origin.Stats) int { return s.Limit }),
		},
		{
			Name: "origins_left_alone", Help: "Origins that are not asked because they failed, of those there are.", Labels: labels,
			Value: sum(func(s origin.Stats) int { return btoi(s.State != origin.Closed) }),
			Limit: func() float64 { return float64(len(stats().Origins)) },
		},
	}
}

// originCounters count what went wrong on the way to a site's origins.
func originCounters(labels prometheus.Labels, stats func() origin.GroupStats) []obs.Counter {
	counter := func(name, help string, of func(origin.GroupStats) uint64) obs.Counter {
		return obs.Counter{Name: name, Help: help, Labels: labels, Value: func() float64 { return float64(of(stats())) }}
	}
	sum := func(of func(origin.Stats) uint64) func(origin.GroupStats) uint64 {
		return func(s origin.GroupStats) (n uint64) {
			for _, one := range s.Origins {
				n += of(one)
			}
			return n
		}
	}
	return []obs.Counter{
		counter("origin_failures", "Requests that an origin left without an answer, or answered that it cannot.",
			sum(func(s origin.Stats) uint64 { return s.Failures })),
		counter("origin_ejections", "Times that an origin was left alone because it failed.",
			sum(func(s origin.Stats) uint64 { return s.Ejections })),
		counter("origin_retries", "Requests sent a second time.",
			func(s origin.GroupStats) uint64 { return s.Retried }),
		counter("origin_retries_spared", "Requests not sent a second time, so that retries do not become a flood of their own.",
			func(s origin.GroupStats) uint64 { return s.Spared }),
		counter("origin_checks_spared", "Health checks left out while the origins had too much to do.",
			func(s origin.GroupStats) uint64 { return s.Unchecked }),
	}
}
