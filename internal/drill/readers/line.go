package readers

import (
	"context"
	"net"
	"net/netip"
	"sync"

	"github.com/seawall-project/seawall/internal/drill/loopback"
)

// line is one reader's way to the network. A transport goes on dialling for requests that nobody waits for any more, and keeps
// connections for the next; line knows of all of them and ends them together.
type line struct {
	network loopback.Network
	from    netip.Addr
	to      netip.AddrPort
	ctx     context.Context // of all dials
	cancel  context.CancelFunc

	mu     sync.Mutex // guards what follows
	closed bool
	conns  []net.Conn
	dials  sync.WaitGroup
}

func newLine(n loopback.Network, from netip.Addr, to netip.AddrPort) *line {
	l := &line{network: n, from: from, to: to}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	return l
}

// dial has the shape of http.Transport.DialContext. Whatever is asked for, it connects from the reader's address to the target.
func (l *line) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	if !l.begin() {
		return nil, net.ErrClosed
	}
	defer l.dials.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(l.ctx, cancel)()
	conn, err := l.network.Dial(ctx, l.from, l.to)
	if err != nil {
		return nil, err
	}
	return conn, l.keep(conn)
}

func (l *line) begin() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.dials.Add(1)
	}
	return !l.closed
}

func (l *line) keep(conn net.Conn) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		conn.Close()
		return net.ErrClosed
	}
	l.conns = append(l.conns, conn)
	return nil
}

// close ends all dials and connections and returns when no dial is under way.
func (l *line) close() {
	l.cancel()
	l.mu.Lock()
	l.closed = true
	conns := l.conns
	l.mu.Unlock()
	for _, c := range conns {
		c.Close()
	}
	l.dials.Wait()
}
