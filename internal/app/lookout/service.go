package lookout

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/store/sqlite"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// Setup is what a lookout on one machine is built from. State, Probe.Contact, Vantage.Name and Logger are required.
type Setup struct {
	State     string // the folder for what has to outlive the process
	Probe     probe.Options
	Vantage   watch.Vantage
	Sentinels []Sentinel
	Receivers []notify.Receiver // nobody is told without any
	Logger    *slog.Logger
	Now       func() time.Time // nil means time.Now
}

// Service is a lookout with its store, its outbox and its socket. Run or Close it.
type Service struct {
	store      *sqlite.Store
	lookout    *Lookout
	dispatcher *notify.Dispatcher
	desk       *Desk
	socket     string
	logger     *slog.Logger
}

// socketName is what the socket of a running lookout is called, in its state folder.
const socketName = "watch.sock"

// OpenStore opens the store in a state folder.
func OpenStore(ctx context.Context, state string) (*sqlite.Store, error) {
	return sqlite.Open(ctx, sqlite.Options{Path: filepath.Join(state, sqlite.FileName)})
}

// SocketPath returns where the socket of a lookout with that state folder is while it runs.
func SocketPath(state string) string { return filepath.Join(state, socketName) }

// NewService opens the store and builds everything on it.
func NewService(ctx context.Context, o Setup) (_ *Service, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	db, err := OpenStore(ctx, o.State)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	s := &Service{store: db, socket: SocketPath(o.State), logger: o.Logger}
	o.Probe.Vantage = o.Vantage.Name
	prober, err := probe.New(o.Probe)
	if err != nil {
		return nil, err
	}
	if err := db.PutVantage(ctx, store.Vantage{Name: o.Vantage.Name, Network: o.Vantage.Network, Country: o.Vantage.Country, Added: o.Now()}); err != nil {
		return nil, err
	}
	for _, wrong := range watch.CheckSentinels(namesOf(o.Sentinels), nil) {
		o.Logger.Warn("this place cannot check itself, so nothing it sees goes beyond \"suspected\"", slog.String("why", wrong))
	}
	s.dispatcher, err = notify.New(ctx, notify.Options{Receivers: o.Receivers, Outbox: db.Notices(), Logger: o.Logger, Now: o.Now})
	if err != nil {
		return nil, err
	}
	s.lookout, err = New(ctx, Options{
		Store: db, Prober: prober, Vantage: o.Vantage, Sentinels: o.Sentinels, Logger: o.Logger, Now: o.Now, Post: s.dispatcher.Post,
	})
	if err != nil {
		return nil, err
	}
	s.desk = &Desk{Store: db, Now: o.Now, Changed: s.lookout.Reread, Measure: s.lookout.MeasureNow}
	return s, nil
}

func namesOf(sentinels []Sentinel) []watch.Sentinel {
	all := make([]watch.Sentinel, len(sentinels))
	for i, s := range sentinels {
		all[i] = watch.Sentinel{Name: s.URL, Network: s.Network}
	}
	return all
}

// Lookout returns the lookout itself.
func (s *Service) Lookout() *Lookout { return s.lookout }

// Desk returns its desk.
func (s *Service) Desk() *Desk { return s.desk }

// Run watches, tells and answers on the socket until ctx ends, and closes the store.
func (s *Service) Run(ctx context.Context) error {
	defer s.Close()
	ln, err := control.Listen(ctx, s.socket)
	if err != nil {
		return fmt.Errorf("open %s, where commands find this lookout: %w", s.socket, err)
	}
	server := &http.Server{Handler: s.desk.Ops().Handler(), ReadHeaderTimeout: 10 * time.Second}
	g, running := errgroup.WithContext(ctx)
	g.Go(func() error {
		if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error {
		<-running.Done()
		return server.Close()
	})
	g.Go(func() error { return s.lookout.Run(running) })
	g.Go(func() error { return s.dispatcher.Run(running) })
	return g.Wait()
}

// Close releases the store. It may be called twice.
func (s *Service) Close() {
	if err := s.store.Close(); err != nil {
		s.logger.Error("the store did not close", slog.Any("error", err))
	}
}
