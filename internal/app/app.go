// Package app builds Seawall's parts, connects them, and owns their start and stop. It is the only room that reads the configuration;
// every other gets its own options. An [App] can run more than once in one process: it keeps nothing outside itself.
package app

import (
	"context"
	"log/slog"
	"net"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/ca"
	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/edge"
	"github.com/seawall-project/seawall/internal/engine"
	"github.com/seawall-project/seawall/internal/engine/std"
	"github.com/seawall-project/seawall/internal/obs"
)

// Options are what an App is built from. Config is required; other zero fields have the meaning given.
type Options struct {
	Config *config.Config
	Logger *slog.Logger // nil logs nothing

	// Listen and Dial are the App's only ways to a network; nil means the machine's own.
	Listen func(ctx context.Context, network, address string) (net.Listener, error)
	Dial   func(ctx context.Context, network, address string) (net.Conn, error)

	Now       func() time.Time // nil means time.Now
	Authority *ca.CA           // signs the certificates of sites with "tls: internal"; nil makes a new one

	// Observe are called with every outcome, one after another, from one goroutine.
	Observe []func(*seawall.Outcome)
}

// App is a built Seawall with its listeners open. Run or Close it.
type App struct {
	Options
	edge     *edgeParts
	engine   engine.Engine
	ring     *obs.Ring
	registry *prometheus.Registry
	metrics  *obs.Metrics
	sites    []net.Listener // where readers come
	admin    net.Listener   // nil when off
	control  net.Listener   // nil when off
	tls      bool
}

// New builds an App and opens its listeners. What the configuration's author can put right comes back as [config.Problems].
func New(ctx context.Context, o Options) (*App, error) {
	o = o.withDefaults()
	a := &App{Options: o, ring: obs.NewRing(0), registry: prometheus.NewRegistry(), tls: o.Config.Sites[0].TLS != config.TLSOff}
	if err := a.build(); err != nil {
		a.Close()
		return nil, err
	}
	if err := a.open(ctx); err != nil {
		a.Close()
		return nil, err
	}
	a.register()
	return a, nil
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Listen == nil {
		o.Listen = (&net.ListenConfig{}).Listen
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

func (a *App) build() error {
	parts, err := newEdgeParts(a.Options, a.ring.Put)
	if err != nil {
		return err
	}
	a.edge = parts
	tlsConfig, err := a.tlsConfig()
	if err != nil {
		return err
	}
	a.engine, err = std.New(std.Options{
		Handler: parts.gateway,
		Limits:  engine.Limits{BodyBytes: edge.DefaultMaxBody},
		Trust:   engine.Trust(a.Config.Trust),
		TLS:     tlsConfig,
		Now:     a.Now,
		Logger:  a.Logger,
	})
	return err
}

// Run serves until ctx ends, then lets requests under way finish and returns after everything it started has ended: nil when ctx
// ended, else what kept it from serving. It closes the App, so it is called once; on a closed App it returns an error.
func (a *App) Run(ctx context.Context) error {
	defer a.Close()
	observing, stopObserving := context.WithCancel(context.WithoutCancel(ctx))
	observed := make(chan struct{})
	go func() {
		defer close(observed)
		a.ring.Run(observing, a.observers()...)
	}()
	defer func() {
		stopObserving() // after the last request, so that every outcome is seen
		<-observed
	}()

	g, ctx := errgroup.WithContext(ctx)
	for _, ln := range a.sites {
		a.Logger.LogAttrs(ctx, slog.LevelInfo, "listening", slog.String(obs.AttrAddr, ln.Addr().String()), slog.Bool("tls", a.tls))
		g.Go(func() error { return a.engine.Serve(ctx, ln, a.tls) })
	}
	if a.admin != nil {
		g.Go(func() error { return serveAdmin(ctx, a.admin, a.registry, a.Logger) })
	}
	if a.control != nil {
		g.Go(func() error { return serveControl(ctx, a.control, a.status, a.Logger) })
	}
	return g.Wait()
}

func (a *App) observers() []func(*seawall.Outcome) {
	all := []func(*seawall.Outcome){a.metrics.Observe, obs.NewSampler(a.Logger, logRateHz).Observe}
	return append(all, a.Observe...)
}

// logRateHz is how many outcomes a second are logged at most.
const logRateHz = 10

// Addrs returns the addresses where readers are served, in the order of the configuration.
func (a *App) Addrs() []net.Addr {
	addrs := make([]net.Addr, len(a.sites))
	for i, ln := range a.sites {
		addrs[i] = ln.Addr()
	}
	return addrs
}

// AdminAddr returns where metrics and health are served; nil when that is off.
func (a *App) AdminAddr() net.Addr {
	if a.admin == nil {
		return nil
	}
	return a.admin.Addr()
}

// Close releases what a built App holds. It may be called twice, and after Run it does nothing. To stop Run, end its ctx.
func (a *App) Close() {
	for _, ln := range append([]net.Listener{a.admin, a.control}, a.sites...) {
		if ln != nil {
			_ = ln.Close()
		}
	}
	if a.edge != nil {
		a.edge.close()
	}
}
