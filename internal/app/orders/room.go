package orders

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/egress"
	"github.com/seawall-project/seawall/internal/store"
)

// connectTime is how long a connection to a feed may take.
const connectTime = 10 * time.Second

// room looks at feeds beside a running lookout, and warns those who are named.
type room struct {
	desk   *Desk
	feeds  []*follower
	warner *warner
	rows   atomic.Pointer[store.OrderRows] // at the last count; nil before the first
}

// NewRoom returns what builds the room of attack orders: it follows the feeds that a configuration names, warns of what any list says, whoever
// reads it in, and has an edge prepare for what lists aim at its sites. claim makes what takes in the claims that feeds bring.
func NewRoom(c config.Intel, e Edge, claim func(h lookout.House) ClaimFunc) lookout.RoomFunc {
	return func(h lookout.House) (lookout.Room, error) {
		sectors, err := ReadSectors(h.State, c.Sectors)
		if err != nil {
			return nil, err
		}
		door, err := egress.New(egress.Options{Timeout: connectTime})
		if err != nil {
			return nil, err
		}
		r := newRoom(h, c.Feeds, &Desk{Store: h.Store, Now: h.Now, Sectors: sectors, Claim: claim(h)}, door.DialContext)
		r.warner.edge.Edge = e
		r.desk.Others = OthersOf(h.Store, h.State, e.Aliases)
		r.warner.edge.others = r.desk.Others
		return r, nil
	}
}

func newRoom(
	h lookout.House, feeds []config.Feed, d *Desk, dial func(ctx context.Context, network, address string) (net.Conn, error),
) *room {
	r := &room{desk: d, warner: newWarner(h)}
	d.Imported = r.warner.wake
	client := &http.Client{Transport: &http.Transport{
		DialContext: dial, DisableKeepAlives: true, TLSHandshakeTimeout: connectTime, MaxResponseHeaderBytes: 64 << 10,
	}}
	for _, f := range feeds {
		r.feeds = append(r.feeds, &follower{feed: f, desk: d, client: client, logger: h.Logger, state: h.State, post: h.Post})
	}
	return r
}

// Serve adds the desk's operations.
func (r *room) Serve(ops control.Ops) { r.desk.Serve(ops) }

// Run follows the feeds, warns, and tells of feeds that fall silent until ctx ends. Nothing that fails ends it.
func (r *room) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return r.warner.run(ctx) })
	g.Go(func() error { return r.countRows(ctx) })
	g.Go(func() error { return r.listenIn(ctx) })
	for _, f := range r.feeds {
		g.Go(func() error { return f.run(ctx) })
	}
	if err := g.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
