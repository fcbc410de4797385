package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync/atomic"
	"time"

	"github.com/seawall-project/seawall/internal/cert"
	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/obs"
)

// reloads counts what came of them.
type reloads struct {
	done, refused atomic.Int64
	last          atomic.Int64 // when the configuration in force was taken up, unix nanoseconds
}

// errNoFile is what Reload says without [Options.Load].
var errNoFile = errors.New("there is no file to read again: Seawall was started with flags")

// Reload reads the configuration again and takes it up: everything new is built and opened first, then readers are handed over in one
// step, then what is no longer wanted is drained. Requests under way end under the configuration they began with. Contents of the cache,
// what admission has learned, connections of readers and, for sites whose origins are the same, to origins outlive it. When it fails
// nothing has changed; what the configuration's author can put right comes back as [config.Problems]. One reload runs at a time.
func (a *App) Reload(ctx context.Context) (sites int, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.Notify(fmt.Sprintf("RELOADING=1\nMONOTONIC_USEC=%d", monotonic().Microseconds()))
	defer a.Notify("READY=1")
	sites, err = a.reload(ctx)
	if err != nil {
		a.reloads.refused.Add(1)
		a.Logger.LogAttrs(ctx, slog.LevelError, "configuration not taken up, the one before stays in force", slog.Any("error", err))
		return 0, err
	}
	a.reloads.done.Add(1)
	a.Logger.LogAttrs(ctx, slog.LevelInfo, "configuration taken up", slog.Int("sites", sites))
	if a.Reloaded != nil {
		a.Reloaded()
	}
	return sites, nil
}

func (a *App) reload(ctx context.Context) (sites int, err error) {
	switch {
	case a.Load == nil:
		return 0, errNoFile
	case a.closed:
		return 0, net.ErrClosed
	}
	cfg, err := a.Load()
	if err != nil {
		return 0, err
	}
	if !slices.Equal(cfg.Trust, a.graph().config.Trust) {
		return 0, config.Problems{cfg.Problem("trust", "cannot change while Seawall runs", "restart Seawall for this change")}
	}
	next, err := a.prepare(ctx, cfg)
	if err != nil {
		return 0, err
	}
	a.commit(next)
	return len(cfg.Sites), nil
}

// prepared is a configuration that is ready to be taken up.
type prepared struct {
	graph   *graph
	sockets []*socket
	missing error // why there is no control socket where nobody named one; nil when there is one, or none is wanted
	log     *logTarget
	rules   map[string][]*heldSet
}

// prepare builds and opens what cfg wants beside what runs. When it fails nothing is left open.
func (a *App) prepare(ctx context.Context, cfg *config.Config) (_ *prepared, err error) {
	if len(cfg.Sites) == 0 {
		return nil, config.Problems{cfg.Problem("sites", "names no site to protect", "add one with name and origin, or measure with \"seawall watch run -c FILE\"")}
	}
	p := &prepared{}
	if p.sockets, p.missing, err = a.open(ctx, cfg, a.sockets); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			closeSockets(without(p.sockets, a.sockets))
			if p.graph != nil {
				p.graph.leave()
			}
		}
	}()
	before := a.graph()
	parts, err := newEdgeParts(a.Options, cfg, before, a.ring.Put)
	if err != nil {
		return nil, err
	}
	p.graph = newGraph(cfg, parts)
	if p.rules, err = a.rules.keep(a.Now(), cfg, parts.edge); err != nil {
		return nil, err
	}
	if cfg.Encrypted() {
		if parts.certs, err = a.certificates(cfg, p.sockets); err != nil {
			return nil, err
		}
	}
	p.log, err = a.openLog(cfg)
	return p, err
}

// commit takes up what was prepared. It cannot fail, and waits only for what is let go.
func (a *App) commit(p *prepared) {
	before := a.sockets
	a.sockets = p.sockets
	a.certs.Use(cmp.Or(p.graph.certs, &cert.Set{})) // where nothing is encrypted, nothing is renewed any more
	if a.rules.turn(p.rules) {
		a.keepRules()
	}
	a.front.swap(p.graph)
	a.log.swap(p.log)
	if p.missing != nil {
		a.Logger.Warn("no control socket: name a path under control in the configuration", slog.Any("error", p.missing))
	}
	a.reloads.last.Store(a.Now().UnixNano())
	for _, s := range without(p.sockets, before) {
		a.serve(s)
	}
	for _, s := range without(before, p.sockets) {
		s.stop()
	}
}

// without returns the sockets of all that are not in some.
func without(all, some []*socket) (rest []*socket) {
	for _, s := range all {
		if !slices.Contains(some, s) {
			rest = append(rest, s)
		}
	}
	return rest
}

// graph returns the current one; nil before there is any.
func (a *App) graph() *graph { return a.front.current.Load() }

// serve serves s until it is stopped or Run ends; before Run it only waits to be.
func (a *App) serve(s *socket) {
	if a.running == nil {
		return
	}
	ctx, end := context.WithCancel(a.running)
	s.end = end
	a.Logger.LogAttrs(ctx, slog.LevelInfo, "listening", slog.String(obs.AttrAddr, s.addr().String()),
		slog.String("for", string(s.purpose)), slog.Bool("tls", s.tls))
	a.group.Go(func() error {
		defer end()
		switch s.purpose {
		case forAdmin:
			return serveHTTP(ctx, s.ln, a.adminPages(), a.Logger)
		case forControl:
			return serveHTTP(ctx, s.ln, a.controls(), a.Logger)
		case forHTTP3:
			return a.engine.ServeQUIC(ctx, s.pc)
		default:
			return a.engine.Serve(ctx, s.ln, s.tls)
		}
	})
}

// keepWatch tells the service manager that all is well as often as it wants to hear that, until ctx ends.
func (a *App) keepWatch(ctx context.Context) error {
	if a.Watchdog <= 0 {
		return nil
	}
	tick := time.NewTicker(a.Watchdog / 2)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			a.probe()
			a.Notify("WATCHDOG=1")
		}
	}
}

// probe takes the locks that requests take, and returns when it has had them all. A Seawall in which it does not return answers nobody.
func (a *App) probe() {
	g := a.front.enter()
	defer g.leave()
	for _, c := range g.admit {
		c.Stats(a.Now())
	}
	g.gateway.Stats()
	a.engine.Stats()
}
