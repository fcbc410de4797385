package loopback

import (
	"context"
	"net"
	"net/netip"
	"sync"
)

// Dialer opens the connections of one party, a reader or a whole flood, to one address, and ends them together. An http.Transport goes
// on dialling for requests that nobody waits for any more, and keeps connections for the next: a Dialer knows of all of them, so that
// none outlives its party. Its methods may be called from many goroutines at once.
type Dialer struct {
	network Network
	to      netip.AddrPort
	ctx     context.Context // of all dials
	cancel  context.CancelFunc
	dials   sync.WaitGroup

	mu     sync.Mutex // guards what follows; never held while waiting
	conns  map[*tracked]struct{}
	closed bool
}

// tracked is a connection that its Dialer forgets when it is closed.
type tracked struct {
	net.Conn
	dialer *Dialer
}

// NewDialer returns a dialer over n to the address to. No dial outlives ctx; connections live until they or the dialer are closed,
// which the caller has to do.
func NewDialer(ctx context.Context, n Network, to netip.AddrPort) *Dialer {
	d := &Dialer{network: n, to: to, conns: make(map[*tracked]struct{})}
	d.ctx, d.cancel = context.WithCancel(ctx)
	return d
}

// Dial connects from the source address from, see [Network]. It returns net.ErrClosed once the dialer is closed.
func (d *Dialer) Dial(ctx context.Context, from netip.Addr) (net.Conn, error) {
	if !d.begin() {
		return nil, net.ErrClosed
	}
	defer d.dials.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(d.ctx, cancel)()
	conn, err := d.network.Dial(ctx, from, d.to)
	if err != nil {
		return nil, err
	}
	return d.keep(conn)
}

// begin reports whether the dialer is open, and if so counts one dial.
func (d *Dialer) begin() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.closed {
		d.dials.Add(1)
	}
	return !d.closed
}

func (d *Dialer) keep(conn net.Conn) (net.Conn, error) {
	c := &tracked{Conn: conn, dialer: d}
	if !d.track(c) {
		_ = conn.Close() // nobody has used it
		return nil, net.ErrClosed
	}
	return c, nil
}

// track remembers c, unless the dialer is closed.
func (d *Dialer) track(c *tracked) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.closed {
		d.conns[c] = struct{}{}
	}
	return !d.closed
}

// Close ends every dial and closes every connection, and returns when no dial is under way. It may be called twice.
func (d *Dialer) Close() {
	d.cancel()
	d.mu.Lock()
	d.closed = true
	open := d.conns
	d.conns = nil
	d.mu.Unlock()
	for c := range open {
		_ = c.Conn.Close() // its party is over, whatever the other side thinks of it
	}
	d.dials.Wait()
}

// Close closes the connection.
func (c *tracked) Close() error {
	c.dialer.mu.Lock()
	delete(c.dialer.conns, c)
	c.dialer.mu.Unlock()
	return c.Conn.Close()
}
