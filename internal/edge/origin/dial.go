package origin

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"time"
)

// raceStep is how long one address is waited for before the next is tried beside it (RFC 8305, section 5).
const raceStep = 250 * time.Millisecond

type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// dialer opens connections to one origin.
type dialer struct {
	dial  dialFunc
	names *names // nil when the host is an address, or a name that dial knows
	port  string
	tls   *tls.Config   // nil for a plain origin
	conns *atomic.Int64 // open or being opened
	limit int           // the most of them

	connectTimeout, tlsTimeout time.Duration
}

// full reports whether all connections are taken.
func (d *dialer) full() bool { return d.conns.Load() >= int64(d.limit) }

// open opens a connection that counts what is written to it.
func (d *dialer) open(ctx context.Context, network, addr string) (net.Conn, error) {
	if d.names == nil {
		return d.one(ctx, network, addr)
	}
	addrs, err := d.names.get(ctx)
	if err != nil {
		return nil, fmt.Errorf("dial origin %s: %w", addr, err)
	}
	return d.race(ctx, network, addrs)
}

// openTLS does the same and shakes hands.
func (d *dialer) openTLS(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := d.open(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, d.tlsTimeout, errTLS)
	defer cancel()
	secure := tls.Client(conn, d.tls)
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("shake hands with origin %s: %w", addr, named(ctx, err))
	}
	return secure, nil
}

// one dials one address.
func (d *dialer) one(ctx context.Context, network, addr string) (net.Conn, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, d.connectTimeout, errDial)
	defer cancel()
	d.conns.Add(1)
	conn, err := d.dial(ctx, network, addr)
	if err != nil {
		d.conns.Add(-1)
		return nil, fmt.Errorf("dial origin %s: %w", addr, named(ctx, err))
	}
	return &countedConn{Conn: conn, open: d.conns}, nil
}

// named adds whose time limit it was that ended ctx, if one did.
func named(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return fmt.Errorf("%w: %w", cause, err)
	}
	return err
}

// dialled is what came of dialling one address.
type dialled struct {
	addr netip.Addr
	conn net.Conn
	err  error
}

// race dials addresses one after another, each a little after the one before or as soon as that failed, and keeps the first
// connection (RFC 8305). It waits for every dial that it began.
func (d *dialer) race(ctx context.Context, network string, addrs []netip.Addr) (conn net.Conn, err error) {
	ctx, stop := context.WithCancel(ctx)
	results := make(chan dialled, len(addrs))
	begin := func(a netip.Addr) {
		c, err := d.one(ctx, network, net.JoinHostPort(a.String(), d.port))
		results <- dialled{a, c, err}
	}
	step := time.NewTimer(raceStep)
	defer step.Stop()
	under := 0
	for next := 0; ; {
		if next < len(addrs) {
			under++
			go begin(addrs[next])
			next++
			step.Reset(raceStep)
		}
		select {
		case <-step.C:
			continue
		case r := <-results:
			under--
			if r.err == nil {
				conn = r.conn
			} else {
				err = r.err
				if ctx.Err() == nil {
					d.names.blame(r.addr)
				}
			}
		}
		if conn != nil || under == 0 && next == len(addrs) {
			break
		}
	}
	stop()
	for range under {
		if r := <-results; r.err == nil {
			_ = r.conn.Close()
		}
	}
	if conn != nil {
		return conn, nil
	}
	return nil, err
}
