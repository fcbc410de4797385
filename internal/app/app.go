// Package app builds Seawall's parts, connects them, and owns their start, reload and stop. It is the only room that reads the
// configuration; every other gets its own options. An [App] can run more than once in one process: it keeps nothing outside itself.
package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/ca"
	"github.com/seawall-project/seawall/internal/cert"
	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/edge"
	"github.com/seawall-project/seawall/internal/edge/cache"
	"github.com/seawall-project/seawall/internal/engine"
	"github.com/seawall-project/seawall/internal/engine/std"
	"github.com/seawall-project/seawall/internal/obs"
)

// Options are what an App is built from. Config is required; other zero fields have the meaning given.
type Options struct {
	Config *config.Config
	Load   func() (*config.Config, error) // reads the configuration again for [App.Reload]; nil where there is nothing to read
	Logger *slog.Logger                   // nil logs nothing

	// Listen and Dial are the App's only ways to a network; nil means the machine's own. Certificate authorities are asked by the
	// machine's own.
	Listen func(ctx context.Context, network, address string) (net.Listener, error)
	Dial   func(ctx context.Context, network, address string) (net.Conn, error)
	// ListenPacket is the same for UDP.
	ListenPacket func(ctx context.Context, network, address string) (net.PacketConn, error)

	// Control is where the control socket is when the configuration does not say; "" opens none. When that one cannot be opened,
	// that is logged and nothing else.
	Control string
	State   string    // the folder for what has to outlive the process when the configuration does not say; "" for none
	Stderr  io.Writer // where an access log goes that the configuration sends to stderr; nil drops it

	Now       func() time.Time // nil means time.Now
	Authority *ca.CA           // signs the certificates of sites with "tls: internal"; nil makes a new one when needed
	Roots     *x509.CertPool   // who may have signed the certificate of an ACME directory; nil means the system's

	// Notify tells a service manager how it stands, in the words of sd_notify(3); nil tells nobody. Watchdog is how often it wants to
	// hear that all is well, 0 for never.
	Notify   func(state string)
	Watchdog time.Duration

	// Reloaded is called after each configuration that [App.Reload] took up, and must not wait; nil tells nobody.
	Reloaded func()

	// Observe are called with every outcome, one after another, from one goroutine.
	Observe []func(*seawall.Outcome)
}

// App is a built Seawall with its listeners open. Run or Close it.
type App struct {
	Options
	front    front
	engine   engine.QUICServer
	certs    *cert.Keeper
	ring     *obs.Ring
	log      *accessLog
	registry *prometheus.Registry
	metrics  *obs.Metrics
	reloads  reloads
	rules    ruleBook
	forget   func(c *cache.Cache, now time.Time, site *seawall.Site, p control.Purge) (int, error) // purgeSite, but in tests

	// mu is held by whoever changes what runs: New, a reload, Run at its begin and end, Close. Nobody on a reader's way takes it.
	mu      sync.Mutex
	sockets []*socket // in the order of the configuration
	group   *errgroup.Group
	running context.Context // nil before Run and when it has begun to end
	closed  bool
}

// New builds an App and opens its listeners. What the configuration's author can put right comes back as [config.Problems].
func New(ctx context.Context, o Options) (*App, error) {
	a := &App{Options: o.withDefaults(), ring: obs.NewRing(0), registry: prometheus.NewRegistry(), log: &accessLog{}, forget: purgeSite}
	a.rules.changed, a.rules.ours = make(chan struct{}, 1), make(map[string]bool)
	a.recallRules()
	a.certs = cert.New(cert.Options{Logger: a.Logger, Now: a.Now, Internal: a.Authority, Roots: a.Roots})
	if err := a.build(ctx); err != nil {
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
	if o.ListenPacket == nil {
		o.ListenPacket = (&net.ListenConfig{}).ListenPacket
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Stderr == nil {
		o.Stderr = io.Discard
	}
	if o.Notify == nil {
		o.Notify = func(string) {}
	}
	return o
}

func (a *App) build(ctx context.Context) (err error) {
	a.engine, err = std.New(std.Options{
		Handler: &a.front,
		Limits:  engine.Limits{BodyBytes: edge.DefaultMaxBody},
		Trust:   engine.Trust(a.Config.Trust),
		TLS: &tls.Config{
			GetCertificate:     a.front.certificate,
			GetConfigForClient: a.front.configFor,
			Time:               a.Now,
			MinVersion:         tls.VersionTLS12,
		},
		Now:    a.Now,
		Logger: a.Logger,
	})
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	next, err := a.prepare(ctx, a.Config)
	if err != nil {
		return err
	}
	a.commit(next)
	return nil
}

// Run serves until ctx ends, then lets requests under way finish and returns after everything it started has ended: nil when ctx
// ended, else what kept it from serving. It closes the App, so it is called once; on a closed App it returns an error.
func (a *App) Run(ctx context.Context) error {
	defer a.Close()
	stopObserving := a.observe(ctx)
	defer stopObserving() // after the last request, so that every outcome is seen
	defer a.savingRules(ctx)()

	g, ctx := errgroup.WithContext(ctx)
	if err := a.begin(ctx, g); err != nil {
		return err
	}
	a.Notify("READY=1")
	return g.Wait()
}

// begin starts what runs as long as the App does, and serving.
func (a *App) begin(ctx context.Context, g *errgroup.Group) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return net.ErrClosed
	}
	a.certs.Apply(ctx) // so that the first reader finds the certificates that are at hand
	g.Go(func() error { return a.certs.Run(ctx) })
	g.Go(func() error { return a.keepWatch(ctx) })
	g.Go(func() error { return a.judgeWaiting(ctx) })
	g.Go(func() error {
		<-ctx.Done()
		a.Notify("STOPPING=1")
		a.mu.Lock()
		defer a.mu.Unlock()
		a.running = nil // before this goroutine ends, so that none is added to a group that nobody waits for any more
		return nil
	})
	a.group, a.running = g, ctx
	for _, s := range a.sockets {
		a.serve(s)
	}
	return nil
}

// observe reads the ring until the function it returns is called, which waits for the last outcome and the last line of the log.
func (a *App) observe(ctx context.Context) (stop func()) {
	observing, end := context.WithCancel(context.WithoutCancel(ctx))
	observed := make(chan struct{})
	go func() {
		defer close(observed)
		a.ring.Run(observing, append([]func(*seawall.Outcome){a.metrics.Observe, a.log.observe, a.rules.observe}, a.Observe...)...)
	}()
	return func() {
		end()
		<-observed
	}
}

// Addrs returns the addresses where readers are served, in the order of the configuration, those for plain HTTP beside TLS last.
func (a *App) Addrs() (addrs []net.Addr) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range a.sockets {
		if s.purpose == forReaders || s.purpose == forPlain {
			addrs = append(addrs, s.addr())
		}
	}
	return addrs
}

// AdminAddr returns where metrics and health are served; nil when that is off.
func (a *App) AdminAddr() net.Addr {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range a.sockets {
		if s.purpose == forAdmin {
			return s.addr()
		}
	}
	return nil
}

// Close releases what a built App holds. It may be called twice, and after Run it does nothing. To stop Run, end its ctx.
func (a *App) Close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return
	}
	a.closed = true
	closeSockets(a.sockets)
	a.front.close()
	a.log.close()
}
