// Package inside runs the lookout in the process of the edge, so that a site that Seawall protects is watched from the machine it is protected on.
//
// The edge comes first: it never waits for the lookout, and goes on serving whatever becomes of it. A lookout that cannot begin, or that ends, is
// told of in the log and in a gauge, and tried again; one that runs elsewhere with the same folder for state is left to do its work. When a
// configuration is taken up, the lookout begins anew with it, from what it has kept.
package inside

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app"
	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/config"
)

// Options are what a lookout beside an edge is built from. All are required.
type Options struct {
	// Setup returns what a lookout beside this edge is built from with this configuration: its State, Logger, Store, and whatever the configuration
	// says.
	Setup  func(edge *app.App, cfg *config.Config) (lookout.Setup, error)
	Logger *slog.Logger
	// Again is how long after a lookout has failed the next one begins; it doubles up to [longest].
	Again time.Duration
}

// longest is the most that is waited before a lookout that failed begins again.
const longest = 30 * time.Minute

// Lookout is a lookout beside an edge. Run it once.
type Lookout struct {
	Options
	edge    *app.App
	changed chan struct{} // capacity 1: a configuration was taken up
	now     atomic.Pointer[lookout.Service]
	failed  atomic.Int64 // lookouts that did not begin, or ended by themselves
	witness *witness
	heard   func(s *lookout.Service, err error) // is told of each that begins or fails, in tests; nil for nobody
}

// New returns a lookout beside no edge yet: give [Lookout.Reloaded] to the edge's options, then Run it beside that edge.
func New(o Options) *Lookout {
	return &Lookout{Options: o, changed: make(chan struct{}, 1), witness: newWitness()}
}

// Observe takes one outcome of the edge: give it to the edge's options.
func (l *Lookout) Observe(o *seawall.Outcome) { l.witness.observe(o) }

// Reloaded has the lookout begin anew with the edge's configuration. It never waits.
func (l *Lookout) Reloaded() {
	select {
	case l.changed <- struct{}{}:
	default:
	}
}

// Run watches beside an edge until ctx ends. It returns no error: what fails is told of, and tried again.
func (l *Lookout) Run(ctx context.Context, edge *app.App) {
	l.edge = edge
	if err := edge.Collect(l); err != nil {
		l.Logger.Error("no metrics of the lookout", slog.Any("error", err))
	}
	wait := l.Again
	for ctx.Err() == nil {
		begun := time.Now()
		err := l.once(ctx)
		if err == nil || time.Since(begun) > longest {
			wait = l.Again
		}
		if err == nil || ctx.Err() != nil {
			continue
		}
		l.failed.Add(1)
		l.tell(nil, err)
		l.Logger.Warn("sites are protected but not watched from inside", slog.Any("error", err), slog.Duration("again_in", wait))
		select {
		case <-ctx.Done():
		case <-l.changed:
			wait = l.Again
		case <-time.After(wait):
			wait = min(2*wait, longest)
		}
	}
}

// once watches with the configuration in force until another one is, or ctx ends: then it returns nil.
func (l *Lookout) once(ctx context.Context) (err error) {
	running, end := context.WithCancel(ctx)
	replaced, other := make(chan struct{}), false
	go func() {
		defer close(replaced)
		select {
		case <-running.Done():
		case <-l.changed:
			other = true
			end()
		}
	}()
	defer func() {
		end()
		if <-replaced; other {
			err = nil // whatever it was, another configuration is to be tried at once
		}
	}()
	cfg := l.edge.InForce()
	if cfg.Watch.Off || cfg.Watch.Apart {
		<-running.Done()
		return nil
	}
	s, socket, err := l.build(running, cfg)
	if err != nil {
		if running.Err() != nil {
			return nil // it was broken off
		}
		return err
	}
	l.Logger.Info("protected sites are watched from inside", slog.Int("sites", len(cfg.Sites)))
	l.now.Store(s)
	l.tell(s, nil)
	defer l.now.Store(nil)
	looking, endLook := context.WithCancel(running)
	var witness sync.WaitGroup
	witness.Go(func() { l.witness.run(looking, l.edge, socket, l.Logger) })
	err = s.Run(running)
	endLook()
	witness.Wait()
	switch {
	case running.Err() != nil:
		return nil
	case err == nil:
		return errors.New("it ended by itself")
	}
	return err
}

func (l *Lookout) tell(s *lookout.Service, err error) {
	if l.heard != nil {
		l.heard(s, err)
	}
}

// build returns a lookout, and where its socket will be.
func (l *Lookout) build(ctx context.Context, cfg *config.Config) (s *lookout.Service, socket string, err error) {
	o, err := l.Setup(l.edge, cfg)
	if err != nil {
		return nil, "", err
	}
	socket = lookout.SocketPath(o.State)
	if c, err := (&net.Dialer{}).DialContext(ctx, "unix", socket); err == nil {
		return nil, "", errors.Join(fmt.Errorf("another lookout runs with the folder %s: write \"watch: off\" if that one is to do it", o.State), c.Close())
	}
	at, ok := l.edge.Here()
	if !ok {
		return nil, "", errors.New("this machine cannot reach the listener for readers")
	}
	for i := range cfg.Sites {
		o.Protected = append(o.Protected, lookout.Protected{Host: cfg.Sites[i].Name, TLS: cfg.Sites[i].TLS != config.TLSOff, At: at})
	}
	o.Probe.Contact = contactOf(cfg, o.Probe.Contact)
	o.Probe.Roots = l.edge.TrustedHere()
	s, err = lookout.NewService(ctx, o)
	return s, socket, err
}

// contactOf returns whom the owners of watched sites are shown: the configuration's, else whoever is responsible for certificates. Where nobody
// is named none but our own sites are asked, and these are named by one of them.
func contactOf(cfg *config.Config, given string) string {
	return cmp.Or(given, cfg.Watch.Contact, cfg.ACME.Email, "https://"+cfg.Sites[0].Name+"/")
}

// Describe implements [prometheus.Collector]. What there is to tell depends on whether a lookout runs, so it describes nothing ahead.
func (l *Lookout) Describe(chan<- *prometheus.Desc) {}

var (
	runningDesc = prometheus.NewDesc("seawall_lookout_running", "Whether a lookout runs in this process.", nil, nil)
	failedDesc  = prometheus.NewDesc("seawall_lookout_failed_total", "Lookouts in this process that did not begin, or that ended by themselves.", nil, nil)
)

// Collect implements [prometheus.Collector].
func (l *Lookout) Collect(ch chan<- prometheus.Metric) {
	s := l.now.Load()
	running := 0.0
	if s != nil {
		running = 1
		s.Metrics().Collect(ch)
	}
	ch <- prometheus.MustNewConstMetric(runningDesc, prometheus.GaugeValue, running)
	ch <- prometheus.MustNewConstMetric(failedDesc, prometheus.CounterValue, float64(l.failed.Load()))
}
