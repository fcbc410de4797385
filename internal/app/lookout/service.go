package lookout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"

	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/egress"
	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// Setup is what a lookout on one machine is built from. State, Probe.Contact, Vantage.Name and Logger are required.
type Setup struct {
	State     string // the folder for what has to outlive the process
	Store     string // URL of a PostgreSQL database, see [CheckStoreURL]; "" keeps the history in the folder
	Probe     probe.Options
	Vantage   watch.Vantage
	Sentinels []Sentinel
	Sites     []Spec            // of the configuration
	Protected []Protected       // watched from inside
	Bus       BusSetup          // how vantages elsewhere come; none does by the zero value
	Receivers []notify.Receiver // nobody is told without any
	Reminder  time.Duration     // between reminders, 0 for the usual time, negative for none
	Heartbeat notify.Notifier   // told regularly that the lookout makes its rounds; nil for nobody
	Beat      time.Duration     // between beats; 0 for the usual time
	Admin     string            // address for /metrics and /healthz, never a public one; "" opens none
	Logger    *slog.Logger
	Now       func() time.Time // nil means time.Now

	// Listed returns what attack orders in a store name, see [Options]; nil for nothing.
	Listed func(ctx context.Context, db Store) (map[string]probe.Listed, error)
	// ListedAround is the same of hosts in the registrable domain of one, watched or not.
	ListedAround func(ctx context.Context, db Store, host string) (map[string]probe.Listed, error)

	Providers string // file of networks and who runs them, see [ReadProviders]; "" knows none

	Rooms []RoomFunc // what else works on the same store, in this process
}

// Service is a lookout with its store, its outbox and its socket. Run or Close it.
type Service struct {
	store      Keeper
	lookout    *Lookout
	dispatcher *notify.Dispatcher
	pulse      *notify.Pulse // nil without a heartbeat
	vantages   *vantages     // nil without a bus
	desk       *Desk
	ops        control.Ops
	rooms      []Room
	registry   *prometheus.Registry
	socket     string
	admin      string
	logger     *slog.Logger
}

// socketName is what the socket of a running lookout is called, in its state folder.
const socketName = "watch.sock"

// SocketPath returns where the socket of a lookout with that state folder is while it runs.
func SocketPath(state string) string { return filepath.Join(state, socketName) }

// NewService opens the store and builds everything on it.
func NewService(ctx context.Context, o Setup) (_ *Service, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	db, err := OpenStore(ctx, o.State, o.Store)
	if err != nil {
		return nil, err
	}
	var s *Service
	defer func() {
		if err == nil {
			return
		}
		if s.vantages != nil {
			err = errors.Join(err, s.vantages.close())
		}
		err = errors.Join(err, db.Close())
	}()
	tellUnread(db, o.Logger)
	s = &Service{store: db, socket: SocketPath(o.State), admin: o.Admin, logger: o.Logger}
	if err := o.watchInside(ctx, db); err != nil {
		return nil, err
	}
	o.Probe.Vantage, o.Probe.Remember = o.Vantage.Name, true
	o.Vantage.Addresses = append(slices.Clip(o.Vantage.Addresses), egress.Own()...)
	if o.Bus != (BusSetup{}) && o.Probe.Budget == nil {
		if o.Probe.Budget, err = probe.NewBudget(seatsInAll); err != nil {
			return nil, err
		}
	}
	prober, err := probe.New(o.Probe)
	if err != nil {
		return nil, err
	}
	if err := o.checkSentinels(prober); err != nil {
		return nil, err
	}
	if err := enrol(ctx, db, o.Vantage, o.Now()); err != nil {
		return nil, err
	}
	if err := (&Desk{Store: db, Now: o.Now, Allowed: prober.Allowed}).adopt(ctx, o.Sites); err != nil {
		return nil, err
	}
	for _, wrong := range o.unchecked() {
		o.Logger.Warn("this place cannot check itself, so nothing it sees goes beyond \"suspected\"", slog.String("why", wrong))
	}
	if err := s.build(ctx, o, db, prober); err != nil {
		return nil, err
	}
	s.desk = &Desk{
		Store: db, Notices: db.Notices(), Now: o.Now, Budget: prober.Budget(), Changed: s.lookout.Reread, Measure: s.lookout.MeasureNow,
		Adopt: s.lookout.Adopt, Allowed: prober.Allowed, Listed: o.ListedAround,
	}
	s.ops = s.desk.Ops()
	s.registry = prometheus.NewRegistry()
	s.registry.MustRegister(&Metrics{s.lookout}, &notify.Metrics{Dispatcher: s.dispatcher, Pulse: s.pulse})
	return s, s.furnish(&o, db)
}

// build makes who tells and who watches.
func (s *Service) build(ctx context.Context, o Setup, db Keeper, prober *probe.Prober) (err error) {
	quiet := new(Quiet)
	s.dispatcher, err = notify.New(ctx, notify.Options{
		Receivers: o.Receivers, Outbox: db.Notices(), Logger: o.Logger, Now: o.Now, Reminder: o.Reminder,
		Acknowledged: quiet.Acknowledged, Maintenance: quiet.Maintenance, Head: s.head,
	})
	if err != nil {
		return err
	}
	var provider func(netip.Addr) string
	if o.Providers != "" {
		if provider, err = ReadProviders(o.Providers); err != nil {
			return desk.Refuse("%v", err)
		}
	}
	s.lookout, err = New(ctx, Options{
		Store: db, Prober: prober, Vantage: o.Vantage, Sentinels: o.Sentinels, Logger: o.Logger, Now: o.Now, Post: s.dispatcher.Post, Quiet: quiet,
		Named: o.listed(db), Provider: provider, NameServers: prober.NameServers,
	})
	if err != nil {
		return err
	}
	if err := s.join(ctx, &o, db); err != nil || o.Heartbeat == nil {
		return err
	}
	s.pulse, err = notify.NewPulse(notify.HeartbeatOptions{Send: o.Heartbeat, Alive: s.lookout.Alive, Every: o.Beat, Logger: o.Logger, Now: o.Now})
	return err
}

// listed returns what reads what attack orders name; nil when nothing does.
func (o *Setup) listed(db Store) func(ctx context.Context) (map[string]probe.Listed, error) {
	if o.Listed == nil {
		return nil
	}
	return func(ctx context.Context) (map[string]probe.Listed, error) { return o.Listed(ctx, db) }
}

// join opens the bus, when there is to be one, and has vantages elsewhere take part.
func (s *Service) join(ctx context.Context, o *Setup, db Keeper) (err error) {
	if o.Bus == (BusSetup{}) {
		return nil
	}
	if s.vantages, err = openBus(ctx, o, db, s.lookout.Take); err != nil {
		return err
	}
	s.lookout.others = s.vantages
	return s.lookout.Reread(ctx)
}

// unchecked says what keeps this place from knowing when it is blind. A place that only looks at what is protected on its own machine has no need.
func (o *Setup) unchecked() []string {
	if len(o.Protected) > 0 && len(o.Sentinels) == 0 && len(o.Sites) <= len(o.Protected) {
		return nil
	}
	return watch.CheckSentinels(namesOf(o.Sentinels), nil)
}

// checkSentinels refuses sentinels that p would never ask.
func (o *Setup) checkSentinels(p *probe.Prober) error {
	for _, s := range o.Sentinels {
		if err := p.Check(probe.Target{URL: s.URL}); err != nil {
			return desk.Refuse("sentinel: %w", err)
		}
	}
	return nil
}

func namesOf(sentinels []Sentinel) []watch.Sentinel {
	all := make([]watch.Sentinel, len(sentinels))
	for i, s := range sentinels {
		all[i] = watch.Sentinel{Name: s.URL, Network: s.Network, Address: probe.Target{URL: s.URL}.Addr()}
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
	g, running := errgroup.WithContext(ctx)
	g.Go(func() error { return serve(running, ln, opTime, s.ops.Handler()) })
	if s.admin != "" {
		pages, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.admin)
		if err != nil {
			return errors.Join(fmt.Errorf("open %s for metrics: %w", s.admin, err), ln.Close())
		}
		g.Go(func() error { return serve(running, pages, time.Minute, s.adminPages()) })
	}
	s.runBus(running, g)
	g.Go(func() error { return s.lookout.Run(running) })
	g.Go(func() error { return s.dispatcher.Run(running) })
	for _, r := range s.rooms {
		g.Go(func() error { return r.Run(running) })
	}
	if s.pulse != nil {
		g.Go(func() error { return s.pulse.Run(running) })
	}
	return g.Wait()
}

// Metrics returns how the lookout, its messages and its rooms do.
func (s *Service) Metrics() *prometheus.Registry { return s.registry }

// adminPages answers /metrics, and /healthz with 503 while the lookout makes no rounds.
func (s *Service) adminPages() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		if !s.lookout.Alive(time.Now()) {
			http.Error(w, "no rounds are made", http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, "ok\n")
	})
	return mux
}

// opTime is the longest that an operation on the socket takes: some read whole archives.
const opTime = 10 * time.Minute

// serve answers on a listener of our own until ctx ends, for at most longest each time.
func serve(ctx context.Context, ln net.Listener, longest time.Duration, h http.Handler) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: longest, MaxHeaderBytes: 16 << 10}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Close releases the store. It may be called twice.
func (s *Service) Close() {
	if s.vantages != nil {
		if err := s.vantages.close(); err != nil {
			s.logger.Error("the bus did not close", slog.Any("error", err))
		}
		s.vantages = nil
	}
	if err := s.store.Close(); err != nil {
		s.logger.Error("the store did not close", slog.Any("error", err))
	}
}
