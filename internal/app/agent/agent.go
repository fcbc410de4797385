// Package agent builds and runs a vantage away from the lookout: probers with a list and a budget of their own, an outbox in a file, and a line to
// the bus. What it does and refuses is written in watch/agent.
package agent

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/seawall-project/seawall/internal/bus"
	"github.com/seawall-project/seawall/internal/bus/jetstream"
	"github.com/seawall-project/seawall/internal/egress"
	"github.com/seawall-project/seawall/internal/store/agentbox"
	"github.com/seawall-project/seawall/internal/watch"
	watchagent "github.com/seawall-project/seawall/internal/watch/agent"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// Setup is what an agent is built from. State, Vantage, Connect, Key, Allow, Probe.Contact and Logger are required.
type Setup struct {
	State   string // the folder for what has to outlive the process
	Vantage string // its name, as the lookout knows it
	Connect string // where the lookout's bus is: tls://HOST:PORT
	// Pin is what the bus's key has to be ([jetstream.Pin]); "": its certificate is verified by the system's authorities.
	Pin       string
	Key       string // path of the file with the seed of this vantage's nkey
	Allow     string // path of the file with the registrable domains that may be asked
	Sentinels string // path of the file with this place's sentinels; "": none
	// Share is how many vantages share each site's budget; 0 means 3, which is always right.
	Share  int
	Outbox int64         // bytes of results that may wait; 0 means [agentbox.DefaultLimit]
	Probe  probe.Options // contact, resolvers, hosts that may be private; the rest is set here
	Logger *slog.Logger
}

// Agent is a built agent. Run it once, or Close it.
type Agent struct {
	box   *agentbox.Box
	conn  *jetstream.Conn
	agent atomic.Pointer[watchagent.Agent]
	log   *slog.Logger
}

// SetupError is the error of a [Setup] that is wrong, or whose files are. Nothing was opened.
type SetupError struct{ err error }

func (e *SetupError) Error() string { return e.err.Error() }

// Unwrap returns what is wrong.
func (e *SetupError) Unwrap() error { return e.err }

// New reads the files, opens the outbox and begins to connect. It does not wait for the lookout.
func New(ctx context.Context, s Setup) (_ *Agent, err error) {
	o, err := s.options()
	if err != nil {
		return nil, &SetupError{err}
	}
	connect, err := s.connection()
	if err != nil {
		return nil, &SetupError{err}
	}
	a := &Agent{log: s.Logger}
	defer func() {
		if err != nil {
			a.Close()
		}
	}()
	if a.box, err = agentbox.Open(ctx, filepath.Join(s.State, agentbox.FileName), s.Outbox); err != nil {
		return nil, err
	}
	connect.State = a.line
	if a.conn, err = jetstream.Connect(connect); err != nil {
		return nil, err
	}
	o.Box, o.Bus = a.box, a.conn
	built, err := watchagent.New(ctx, o)
	if err != nil {
		return nil, err
	}
	a.agent.Store(built)
	return a, nil
}

// Run measures until ctx ends, and releases everything.
func (a *Agent) Run(ctx context.Context) error {
	defer a.Close()
	return a.agent.Load().Run(ctx)
}

// Stats returns the present gauges and counters.
func (a *Agent) Stats() watchagent.Stats { return a.agent.Load().Stats() }

// Close releases what the agent holds. It may be called twice.
func (a *Agent) Close() {
	var errs []error
	if a.conn != nil {
		errs = append(errs, a.conn.Close())
	}
	if a.box != nil {
		errs = append(errs, a.box.Close())
	}
	if err := errors.Join(errs...); err != nil {
		a.log.Error("the agent did not close", slog.Any("error", err))
	}
}

// line is told that the line to the lookout came or went.
func (a *Agent) line(up bool, err error) {
	if !up {
		if err != nil {
			a.log.Warn("no line to the lookout; what is found waits", slog.Any("error", err))
		}
		return
	}
	a.log.Info("connected to the lookout")
	if built := a.agent.Load(); built != nil {
		built.Connected()
	}
}

// connection returns where the lookout is and how this vantage is known there.
func (s *Setup) connection() (o jetstream.ConnectOptions, err error) {
	if err := bus.CheckName(s.Vantage); err != nil {
		return o, err
	}
	u, err := url.Parse(s.Connect)
	if err != nil || u.Scheme != "tls" || u.User != nil || u.Path != "" || u.RawQuery != "" {
		return o, errors.New("the lookout's address: write tls://HOST:PORT")
	}
	if _, port, err := net.SplitHostPort(u.Host); err != nil || port == "" {
		return o, fmt.Errorf("the lookout's address %s: write tls://HOST:PORT", u)
	}
	o = jetstream.ConnectOptions{URL: s.Connect, Name: s.Vantage, Vantage: s.Vantage, Log: s.Logger}
	if o.Seed, err = jetstream.ReadSeed(s.Key); err != nil {
		return o, err
	}
	o.TLS = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: u.Hostname()}
	if s.Pin != "" {
		o.TLS, err = jetstream.Pinned(s.Pin)
	}
	return o, err
}

// options returns what the agent may do. The list and the budget are given to the prober, in whose lowest function they hold.
func (s *Setup) options() (o watchagent.Options, err error) {
	o = watchagent.Options{Vantage: s.Vantage, Share: s.Share, Addresses: egress.Public(egress.Own()), Logger: s.Logger, Now: s.Probe.Now}
	if o.Share == 0 {
		o.Share = probe.PeaceGETs
	}
	p := s.Probe
	p.Vantage = s.Vantage
	if err := read(s.Allow, func(f *os.File) error {
		p.Sites, err = watchagent.ReadAllow(f)
		return err
	}); err != nil {
		return o, fmt.Errorf("allowed domains: %w", err)
	}
	if p.Budget, err = probe.NewBudget(o.Share); err != nil {
		return o, err
	}
	p.Remember = true
	if o.Prober, err = newProber(p); err != nil {
		return o, err
	}
	if s.Sentinels == "" {
		s.Logger.Warn("this place has no sentinels, so nothing it sees goes beyond \"suspected\"")
		return o, nil
	}
	if err := read(s.Sentinels, func(f *os.File) error {
		o.Sentinels, err = watchagent.ReadSentinels(f)
		return err
	}); err != nil {
		return o, fmt.Errorf("sentinels: %w", err)
	}
	o.SelfProber, err = s.selfProber(o.Sentinels)
	return o, err
}

// newProber hides the type of a prober that could not be made.
func newProber(o probe.Options) (watchagent.Prober, error) {
	p, err := probe.New(o)
	if err != nil {
		return nil, err
	}
	return p, nil
}

// selfProber returns what asks the sentinels, and nobody else. Their budget is this place's alone.
func (s *Setup) selfProber(sentinels []watchagent.Sentinel) (watchagent.SelfProber, error) {
	p := s.Probe
	p.Vantage, p.Sites = s.Vantage, []string{}
	var named []watch.Sentinel
	for _, x := range sentinels {
		u, err := url.Parse(x.URL)
		if err != nil {
			return nil, fmt.Errorf("sentinel %.80q: %w", x.URL, err)
		}
		p.Sites = append(p.Sites, probe.Site(u.Hostname(), 0))
		named = append(named, watch.Sentinel{Name: x.URL, Network: x.Network, Address: probe.Target{URL: x.URL}.Addr()})
	}
	for _, wrong := range watch.CheckSentinels(named, nil) {
		s.Logger.Warn("this place cannot check itself, so nothing it sees goes beyond \"suspected\"", slog.String("why", wrong))
	}
	own, err := probe.New(p)
	if err != nil {
		return nil, err
	}
	for _, x := range sentinels {
		if err := own.Check(probe.Target{URL: x.URL}); err != nil {
			return nil, fmt.Errorf("sentinel: %w", err)
		}
	}
	return own, nil
}

// read opens a file for do.
func read(path string, do func(f *os.File) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := do(f); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
