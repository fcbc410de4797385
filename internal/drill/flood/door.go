package flood

import (
	"context"
	"net"
	"net/netip"
	"sync"

	"github.com/seawall-project/seawall/internal/drill/loopback"
)

// door is the one way out of a flood. It knows every connection that is open, so that none outlives the flood, not even one that a
// transport dialled in the background.
type door struct {
	ctx     context.Context // the flood's: no dial outlives it
	network loopback.Network
	target  netip.AddrPort
	dials   sync.WaitGroup

	mu     sync.Mutex // guards the fields below; never held while waiting
	conns  map[*conn]struct{}
	closed bool
}

// conn is a connection that tells its door when it is closed.
type conn struct {
	net.Conn
	door *door
}

func newDoor(ctx context.Context, network loopback.Network, target netip.AddrPort) *door {
	return &door{ctx: ctx, network: network, target: target, conns: map[*conn]struct{}{}}
}

// open dials the target from the address from. It returns [errOver] once the door is closed.
func (d *door) open(ctx context.Context, from netip.Addr) (net.Conn, error) {
	if !d.begin() {
		return nil, errOver
	}
	defer d.dials.Done()
	ctx, cancel := context.WithTimeoutCause(ctx, requestTime, errTimeout)
	defer cancel()
	raw, err := d.network.Dial(ctx, from, d.target)
	if err != nil {
		return nil, err
	}
	return d.keep(&conn{Conn: raw, door: d})
}

// begin reports whether the door is open, and if so counts one dial.
func (d *door) begin() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return false
	}
	d.dials.Add(1)
	return true
}

func (d *door) keep(c *conn) (net.Conn, error) {
	d.mu.Lock()
	closed := d.closed
	if !closed {
		d.conns[c] = struct{}{}
	}
	d.mu.Unlock()
	if closed {
		_ = c.Conn.Close() // nobody has used it
		return nil, errOver
	}
	return c, nil
}

// close closes every connection, lets no new one through, and waits for dials under way, which end with the flood's context.
func (d *door) close() {
	d.mu.Lock()
	d.closed = true
	open := d.conns
	d.conns = nil
	d.mu.Unlock()
	for c := range open {
		_ = c.Conn.Close() // the flood is over, whatever the site thinks of it
	}
	d.dials.Wait()
}

// Close closes the connection. It may be called twice.
func (c *conn) Close() error {
	c.door.mu.Lock()
	delete(c.door.conns, c)
	c.door.mu.Unlock()
	return c.Conn.Close()
}
