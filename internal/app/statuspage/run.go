package statuspage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seawall-project/seawall/internal/room/status"
	"github.com/seawall-project/seawall/internal/room/status/publish"
)

// Publisher brings a rendered folder to where it is public, as [publish.Put] and [publish.Command] do. dir is where it was written.
type Publisher interface {
	Publish(ctx context.Context, f status.Folder, dir string) error
}

// Service makes a page again and again, and makes it public. Run it once.
type Service struct {
	maker  *Maker
	dir    string
	every  time.Duration
	listen string
	logger *slog.Logger
	server status.Server
	ways   []way

	mu      sync.Mutex
	last    status.Page    // that was made and written
	failing map[string]int // how often in a row each step failed, by its name
	rounds  int
}

// way is a Publisher and what it is called in logs and gauges.
type way struct {
	name string
	Publisher
}

// The steps of a round. Each is tried again in the next.
const (
	stepMake    = "make"
	stepWrite   = "write"
	stepPush    = "push"
	stepCommand = "command"
)

// New builds a Service from its options and what they say about where the page goes.
func New(o Options) (*Service, error) {
	m, err := NewMaker(o)
	if err != nil {
		return nil, err
	}
	c := &m.o.Page
	s := &Service{
		maker: m, dir: c.Dir, every: c.Every, listen: c.Listen, logger: o.Logger, failing: map[string]int{},
		server: status.Server{Now: m.o.Now},
	}
	if s.dir == "" {
		s.dir = filepath.Join(o.State, "status")
	}
	if s.every <= 0 {
		return nil, errors.New("status page: how often it is made is not said")
	}
	if c.Push.URL != "" {
		d, err := dialler(c.Push)
		if err != nil {
			return nil, err
		}
		put, err := publish.NewPut(publish.PutOptions{URL: c.Push.URL, TokenFile: c.Push.TokenFile, Dial: d.DialContext})
		if err != nil {
			return nil, err
		}
		s.ways = append(s.ways, way{stepPush, put})
	}
	if len(c.Command) > 0 {
		command, err := publish.NewCommand(publish.CommandOptions{Argv: c.Command, Log: o.Logger})
		if err != nil {
			return nil, err
		}
		s.ways = append(s.ways, way{stepCommand, command})
	}
	return s, nil
}

// Run makes a page at once and then every so often until ctx ends, and serves it meanwhile if it is to be served. It returns nil when ctx ended.
func (s *Service) Run(ctx context.Context) error {
	if s.listen == "" {
		s.loop(ctx)
		return nil
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.listen)
	if err != nil {
		return fmt.Errorf("serve status page: %w", err)
	}
	s.logger.Info("the status page is served", slog.String("address", ln.Addr().String()))
	server := &http.Server{
		Handler: &s.server, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(s.logger.Handler(), slog.LevelDebug),
	}
	g, running := errgroup.WithContext(ctx)
	g.Go(func() error {
		if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve status page: %w", err)
		}
		return nil
	})
	g.Go(func() error {
		s.loop(running)
		return server.Close()
	})
	return g.Wait()
}

// loop makes rounds until ctx ends.
func (s *Service) loop(ctx context.Context) {
	tick := time.NewTicker(s.every)
	defer tick.Stop()
	for {
		s.round(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// round makes the page and makes it public. What fails is told, counted, and tried again in the next round; a page that could not be made
// leaves the one before where it is.
func (s *Service) round(ctx context.Context) {
	p, err := s.maker.Make(ctx)
	if !s.came(ctx, stepMake, err) {
		return
	}
	s.server.Show(p)
	if !s.came(ctx, stepWrite, p.Files.Write(s.dir)) {
		return
	}
	s.mu.Lock()
	s.last = p
	s.rounds++
	s.mu.Unlock()
	for _, w := range s.ways {
		s.came(ctx, w.name, w.Publish(ctx, p.Files, s.dir))
	}
}

// came notes what came of a step, and reports whether it went well.
func (s *Service) came(ctx context.Context, step string, err error) bool {
	s.mu.Lock()
	before := s.failing[step]
	switch {
	case err == nil:
		s.failing[step] = 0
	case ctx.Err() == nil:
		s.failing[step]++
	}
	s.mu.Unlock()
	switch {
	case err != nil && ctx.Err() == nil:
		s.logger.Error("the status page is not up to date", slog.String("step", step), slog.Int("failed_before", before), slog.Any("error", err))
	case err == nil && before > 0:
		s.logger.Info("the status page is up to date again", slog.String("step", step), slog.Int("failed_before", before))
	}
	return err == nil
}
