package app

import (
	"context"
	"time"

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

// OriginStatus is one origin's part of [SiteStatus].
type OriginStatus struct {
	URL         string `json:"url"`
	State       string `json:"state"` // "closed": it is asked; "open": it is left alone; "half_open": it is being tried
	Connections Use    `json:"connections"`
	Failures    uint64 `json:"failures"`

	LastFailure     string    `json:"last_failure,omitempty"` // of a request or a check, since the origin was asked first
	LastFailureTime time.Time `json:"last_failure_time,omitzero"`
}

func originStatus(w *way) []OriginStatus {
	stats := w.Stats().Origins
	out := make([]OriginStatus, len(stats))
	for i, s := range stats {
		out[i] = OriginStatus{
			URL: s.URL, State: s.State.String(), Failures: s.Failures,
			Connections: Use{int64(s.Conns), int64(s.Limit)}, LastFailureTime: s.LastErrorTime,
		}
		if s.LastError != nil {
			out[i].LastFailure = s.LastError.Error()
		}
	}
	return out
}

// originGauges tell how the origins of the sites in force fare, and count what went wrong on the way to them.
func (a *App) originGauges() {
	family := func(name, help string, value, limit func(origin.GroupStats) int) obs.Family {
		return obs.Family{Name: name, Help: help, Label: obs.AttrSite, Limited: limit != nil, Total: limit == nil, Each: func(yield func(string, float64, float64)) {
			g := a.graph()
			for i, site := range g.sites {
				st, most := g.ways[i].it.Stats(), 0
				if limit != nil {
					most = limit(st)
				}
				yield(site.Name, float64(value(st)), float64(most))
			}
		}}
	}
	obs.RegisterFamilies(a.registry,
		family("origin_connections", "Connections to the origins, open or being opened.",
			sum(func(s origin.Stats) int { return s.Conns }), sum(func(s origin.Stats) int { return s.Limit })),
		family("origins_left_alone", "Origins that are not asked because they failed, of those there are.",
			sum(func(s origin.Stats) int { return btoi(s.State != origin.Closed) }), sum(func(origin.Stats) int { return 1 })),
		family("origin_failures", "Requests that an origin left without an answer, or answered that it cannot.",
			sum(func(s origin.Stats) int { return int(s.Failures) }), nil),
		family("origin_ejections", "Times that an origin was left alone because it failed.",
			sum(func(s origin.Stats) int { return int(s.Ejections) }), nil),
		family("origin_retries", "Requests sent a second time.",
			func(s origin.GroupStats) int { return int(s.Retried) }, nil),
		family("origin_retries_spared", "Requests not sent a second time, so that retries do not become a flood of their own.",
			func(s origin.GroupStats) int { return int(s.Spared) }, nil),
		family("origin_checks_spared", "Health checks left out while the origins had too much to do.",
			func(s origin.GroupStats) int { return int(s.Unchecked) }, nil),
	)
}

// sum adds up what each origin has.
func sum(of func(origin.Stats) int) func(origin.GroupStats) int {
	return func(s origin.GroupStats) (n int) {
		for _, one := range s.Origins {
			n += of(one)
		}
		return n
	}
}
