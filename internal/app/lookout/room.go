package lookout

import (
	"context"
	"log/slog"
	"net/netip"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/watch"
)

// House is what a lookout lends the other rooms of its process.
type House struct {
	Store  Store
	State  string                                            // the folder for what has to outlive the process
	Post   func(ctx context.Context, m notify.Message) error // takes what people should be told
	Listed func(at time.Time, host string)                   // takes that an attack list names a host
	Reread func(ctx context.Context) error                   // takes up what attack orders name by now, see [Options.Named]
	Logger *slog.Logger
	Now    func() time.Time

	Addresses func(host string) []netip.Addr // returns the addresses at which probes found a watched host, lately; nil knows of none
	Provider  func(netip.Addr) string        // see [Options.Provider]
}

// Room is what else works on the lookout's store, in its process.
type Room interface {
	// Serve adds what people can have done there to the operations of the socket.
	Serve(ops control.Ops)
	// Run works until ctx ends. What fails is told and tried again; an error ends the whole process.
	Run(ctx context.Context) error
}

// HeadKeeper is a room that knows where the ledger of evidence stands. Whatever is told takes its head along, see [notify.Options].
type HeadKeeper interface {
	Head(ctx context.Context) (string, error)
}

// head returns the head of the ledger; "" where no room keeps one. Rooms are there before anything is told.
func (s *Service) head(ctx context.Context) (string, error) {
	for _, r := range s.rooms {
		if k, ok := r.(HeadKeeper); ok {
			return k.Head(ctx)
		}
	}
	return "", nil
}

// Measured is a room with metrics of its own.
type Measured interface {
	Register(reg prometheus.Registerer)
}

// RoomFunc builds a room.
type RoomFunc func(h House) (Room, error)

// NoteListing takes up that an attack list names a host: while it is new, incidents of the site stay open for longer. Hosts that are not watched
// change nothing.
func (l *Lookout) NoteListing(at time.Time, host string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.machine.Observe(watch.Fact{At: at, Listing: &watch.Listing{Host: host}})
}

// Addresses returns the addresses at which probes found a host, the latest last; none of a host that is not watched.
func (l *Lookout) Addresses(host string) []netip.Addr {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := slices.Clone(l.learned[host].addresses)
	for i, a := range all {
		all[i] = a.Unmap()
	}
	return all
}

// furnish builds the rooms.
func (s *Service) furnish(o *Setup, db Store) error {
	house := House{
		Store: db, State: o.State, Post: s.dispatcher.Post, Listed: s.lookout.NoteListing, Reread: s.lookout.Reread, Logger: o.Logger, Now: o.Now,
		Addresses: s.lookout.Addresses, Provider: s.lookout.Provider,
	}
	for _, build := range o.Rooms {
		r, err := build(house)
		if err != nil {
			return err
		}
		r.Serve(s.ops)
		if m, ok := r.(Measured); ok {
			m.Register(s.registry)
		}
		s.rooms = append(s.rooms, r)
	}
	return nil
}
