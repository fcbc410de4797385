package lookout

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seawall-project/seawall/internal/bus/jetstream"
	"github.com/seawall-project/seawall/internal/egress"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/coordinator"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// BusSetup is how vantages elsewhere reach the lookout. With the zero value none do, and no bus is started: what this place finds needs none.
type BusSetup struct {
	Listen      string // address and port for agents; "" opens none
	Cert, Key   string // PEM files; "" for a key of the lookout's own
	URL         string // of a bus elsewhere, in place of one in this process
	Credentials string // file with the key for that
}

// vantages are the places elsewhere, and the way to them.
type vantages struct {
	server      *jetstream.Server // nil with a bus elsewhere
	conn        *jetstream.Conn
	coordinator *coordinator.Coordinator
}

// seatsInAll is how many vantages share a site's budget where there is more than one: each has one part.
const seatsInAll = 3

// openBus starts or reaches the bus, and makes who speaks over it. take is given what vantages found.
func openBus(ctx context.Context, o *Setup, db store.Vantages, take func(ctx context.Context, reports []coordinator.Report) error) (_ *vantages, err error) {
	v := &vantages{}
	defer func() {
		if err != nil {
			err = errors.Join(err, v.close())
		}
	}()
	if o.Bus.URL != "" {
		v.conn, err = jetstream.Connect(jetstream.ConnectOptions{URL: o.Bus.URL, Name: "lookout", Credentials: o.Bus.Credentials, Log: o.Logger})
	} else {
		err = v.start(ctx, o, db)
	}
	if err != nil {
		return nil, err
	}
	v.coordinator, err = coordinator.New(coordinator.Options{Bus: v.conn, Take: take, Local: true, Logger: o.Logger, Now: o.Now})
	return v, err
}

// start starts the bus in this process.
func (v *vantages) start(ctx context.Context, o *Setup, db store.Vantages) error {
	may, err := BusVantages(ctx, db)
	if err != nil {
		return err
	}
	show, err := busCertificate(o)
	if err != nil {
		return err
	}
	v.server, err = jetstream.Start(ctx, jetstream.Options{
		Dir: BusDir(o.State), Listen: o.Bus.Listen, Certificate: show, Vantages: may, Log: o.Logger,
	})
	if err != nil {
		return fmt.Errorf("start the bus: %w", err)
	}
	v.conn, err = v.server.Connect()
	return err
}

// busCertificate returns what the bus shows to agents.
func busCertificate(o *Setup) (func(*tls.ClientHelloInfo) (*tls.Certificate, error), error) {
	if o.Bus.Cert != "" {
		return jetstream.Files(o.Bus.Cert, o.Bus.Key)
	}
	own, err := jetstream.Identity(BusDir(o.State), o.Now())
	return func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return own, nil }, err
}

// update tells the bus and the coordinator who takes part, what is watched, and what must not be asked. All are the vantages that the store has.
func (v *vantages) update(all []store.Vantage, sites []coordinator.Site, rules probe.Rules) error {
	var list []coordinator.Vantage
	for _, x := range elsewhere(all) {
		list = append(list, coordinator.Vantage{Name: x.Name, Network: x.Network, Country: x.Country})
	}
	if v.server != nil {
		if err := v.server.SetVantages(connecting(all)); err != nil {
			return err
		}
	}
	v.coordinator.SetRules(rules)
	v.coordinator.SetSites(sites)
	return v.coordinator.SetVantages(list)
}

func (v *vantages) close() error {
	var all []error
	if v.conn != nil {
		all = append(all, v.conn.Close())
	}
	if v.server != nil {
		all = append(all, v.server.Close())
	}
	return errors.Join(all...)
}

// elsewhere returns the vantages that measure from another place: those with a key.
func elsewhere(all []store.Vantage) []watch.Vantage {
	var list []watch.Vantage
	for _, v := range all {
		if v.PublicKey != "" && v.Removed.IsZero() {
			list = append(list, watch.Vantage{Name: v.Name, Network: v.Network, Country: v.Country})
		}
	}
	return list
}

// Take takes in what vantages elsewhere found: results to be kept, and, unless they are late, to be judged; and how they fare.
func (l *Lookout) Take(ctx context.Context, reports []coordinator.Report) error {
	for _, r := range reports {
		if r.Health != nil {
			l.mu.Lock()
			r.Health.Sentinels = l.independent(r.Vantage, r.Health.Sentinels)
			l.situate(r.Vantage, r.Addresses)
			l.heard[r.Vantage] = l.Now()
			l.machine.Observe(watch.Fact{At: r.Received, Report: r.Health})
			l.mu.Unlock()
			continue
		}
		found := finding{host: r.Result.Site, r: r.Result.Probe, key: store.Key{Vantage: r.Vantage, Run: r.Run, Sequence: r.Sequence}, late: r.Late}
		found.r.Vantage = r.Vantage
		select {
		case l.results <- found:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// situate notes where a vantage elsewhere is: by the addresses that it says are its own, and the one from which it is connected. The machine is told
// with what is learned of sites, so that a vantage in a site's own network has no vote on it. The caller holds mu.
func (l *Lookout) situate(vantage string, own []netip.Addr) {
	if l.others != nil && l.others.server != nil {
		own = append(slices.Clip(own), l.others.server.Remote(vantage))
	}
	own = egress.Public(own)
	if !slices.Equal(own, l.where[vantage]) {
		l.where[vantage], l.unlearnt = own, true
	}
}

// silentAfter is after how long without a word a vantage elsewhere counts as checked no longer. It says every minute how it fares.
const silentAfter = 5 * time.Minute

// listen has the machine know which vantages elsewhere are silent: that they were well long ago says nothing of now.
func (l *Lookout) listen(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, v := range l.places {
		last, met := l.heard[v.Name]
		switch {
		case !met:
			l.heard[v.Name] = now
		case now.Sub(last) > silentAfter && l.machine.Vantages()[v.Name] != watch.Unchecked:
			l.machine.Observe(watch.Fact{At: now, Report: &watch.HealthReport{Vantage: v.Name, Silent: true}})
		}
	}
	maps.DeleteFunc(l.heard, func(name string, _ time.Time) bool {
		return !slices.ContainsFunc(l.places, func(v watch.Vantage) bool { return v.Name == name })
	})
}

// remoteSites returns what vantages elsewhere may be asked to measure. A page that attack orders name is not among it. The caller holds mu.
func (l *Lookout) remoteSites() []coordinator.Site {
	list := make([]coordinator.Site, 0, len(l.sites))
	for host, s := range l.sites {
		if l.named[host].Names(s.Page) {
			s.Page = ""
		}
		list = append(list, coordinator.Site{Name: host, URL: s.URL, Page: s.Page, Home: s.Country})
	}
	slices.SortFunc(list, func(a, b coordinator.Site) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// doubtElsewhere has vantages elsewhere ask a site more often until then.
func (l *Lookout) doubtElsewhere(host string, until time.Time) {
	if l.others != nil {
		l.others.coordinator.Doubt(host, until)
	}
}

// runBus speaks with vantages elsewhere until ctx ends.
func (s *Service) runBus(ctx context.Context, g *errgroup.Group) {
	if s.vantages == nil {
		return
	}
	g.Go(func() error { return s.vantages.coordinator.Run(ctx) })
	if s.vantages.server != nil && s.vantages.server.Addr() != nil {
		s.logger.Info("vantages elsewhere may come", slog.String("address", s.vantages.server.Addr().String()))
	}
}
