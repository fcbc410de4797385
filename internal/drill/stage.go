package drill

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app"
	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/drill/origin"
	"github.com/seawall-project/seawall/internal/obs"
)

// stage is what stands on an act's stage: the origin and, in the last act, a Seawall in front of it.
type stage struct {
	origin *origin.Origin
	tally  obs.Tally
	front  netip.AddrPort // where readers and bots go
	plain  netip.AddrPort // where Seawall finds the origin
	admin  net.Addr       // Seawall's metrics, when the stage is kept
	stop   func() error

	app      *app.App  // nil without a Seawall
	prepared *Prepared // because of the listing; nil without one
}

// raise builds an act's stage.
func (r *Rehearsal) raise(ctx context.Context, a actPlan) (_ *stage, err error) {
	ctx, cancel := context.WithCancel(ctx)
	g, ctx := errgroup.WithContext(ctx)
	s := &stage{stop: func() error { cancel(); return g.Wait() }}
	defer func() {
		if err != nil {
			_ = s.stop()
		}
	}()
	s.origin, err = origin.New(origin.Options{Paper: r.paper, Match: r.plan.Match, Proxied: r.Network.Proxied()})
	if err != nil {
		return nil, err
	}
	if s.plain, err = r.serveOrigin(ctx, g, s, nil); err != nil {
		return nil, err
	}
	if a.seawall {
		return s, r.serveSeawall(ctx, g, s)
	}
	cert, err := r.authority.Issue(time.Now(), siteName)
	if err != nil {
		return nil, err
	}
	s.front, err = r.serveOrigin(ctx, g, s, &tls.Config{
		Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12,
		NextProtos: []string{"h2", "http/1.1"},
	})
	return s, err
}

func (r *Rehearsal) serveOrigin(ctx context.Context, g *errgroup.Group, s *stage, t *tls.Config) (netip.AddrPort, error) {
	ln, err := r.Network.Listen(ctx, home)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("open the newspaper: %w", err)
	}
	g.Go(func() error { return s.origin.Serve(ctx, ln, t) })
	return addrPort(ln.Addr()), nil
}

// home is the address, with any free port, that the stage's servers listen on.
var home = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 0)

// loopbackNets are the networks whose PROXY headers are believed where sources cannot be bound.
var loopbackNets = []netip.Prefix{netip.PrefixFrom(home.Addr(), 8).Masked(), netip.PrefixFrom(netip.IPv6Loopback(), 128)}

func (r *Rehearsal) serveSeawall(ctx context.Context, g *errgroup.Group, s *stage) error {
	cfg, err := config.FromFlags(config.Flags{Site: siteName, Origin: "http://" + s.plain.String(), Listen: home.String()})
	if err != nil {
		return err
	}
	if !r.Keep {
		cfg.Admin = ""
	} else {
		cfg.Admin = home.String()
	}
	if r.Network.Proxied() {
		cfg.Trust = loopbackNets
	}
	a, err := app.New(ctx, app.Options{
		Config:    cfg,
		Listen:    r.listen,
		Dial:      r.dial,
		Authority: r.authority,
		Observe:   []func(*seawall.Outcome){s.tally.Observe},
	})
	if err != nil {
		return err
	}
	if s.app = a; !r.unwarned {
		if s.prepared, err = prepare(ctx, a, r.plan.Listed); err != nil {
			a.Close()
			return err
		}
	}
	s.front, s.admin = addrPort(a.Addrs()[0]), a.AdminAddr()
	g.Go(func() error { return a.Run(ctx) })
	return nil
}

// listen and dial give Seawall the rehearsal's network in the shape it expects.
func (r *Rehearsal) listen(ctx context.Context, _, address string) (net.Listener, error) {
	addr, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, err
	}
	return r.Network.Listen(ctx, addr)
}

func (r *Rehearsal) dial(ctx context.Context, _, address string) (net.Conn, error) {
	addr, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, err
	}
	return r.Network.Dial(ctx, home.Addr(), addr)
}

func addrPort(a net.Addr) netip.AddrPort {
	if tcp, ok := a.(*net.TCPAddr); ok {
		ap := tcp.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	}
	return netip.AddrPort{}
}
