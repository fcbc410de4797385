package readers

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/seawall-project/seawall/internal/drill/origin"
	"github.com/seawall-project/seawall/internal/drill/paper"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var courier = paper.New()

var target = netip.MustParseAddrPort("127.0.0.1:80")

// wire is a network in memory with one listener.
type wire struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func newWire() *wire { return &wire{conns: make(chan net.Conn), done: make(chan struct{})} }

func (w *wire) Listen(context.Context, netip.AddrPort) (net.Listener, error) { return w, nil }

func (w *wire) Dial(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error) {
	near, far := net.Pipe()
	here, there := newQueued(near), newQueued(far)
	select {
	case w.conns <- farEnd{there, net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 4096))}:
		return here, nil
	case <-w.done:
		here.Close()
		there.Close()
		return nil, errors.New("connection refused")
	case <-ctx.Done():
		here.Close()
		there.Close()
		return nil, ctx.Err()
	}
}

func (w *wire) Proxied() bool  { return false }
func (w *wire) Addr() net.Addr { return net.TCPAddrFromAddrPort(target) }

func (w *wire) Accept() (net.Conn, error) {
	select {
	case c := <-w.conns:
		return c, nil
	case <-w.done:
		return nil, net.ErrClosed
	}
}

func (w *wire) Close() error {
	w.once.Do(func() { close(w.done) })
	return nil
}

// farEnd is a connection as the server sees it.
type farEnd struct {
	net.Conn
	peer net.Addr
}

func (f farEnd) RemoteAddr() net.Addr { return f.peer }

// queued is a connection whose writes return at once, as they do into the buffer of a socket.
type queued struct {
	net.Conn
	out  chan []byte
	once sync.Once
	done chan struct{}
}

func newQueued(c net.Conn) *queued {
	q := &queued{Conn: c, out: make(chan []byte, 100), done: make(chan struct{})}
	go q.deliver()
	return q
}

func (q *queued) Write(p []byte) (int, error) {
	select {
	case q.out <- bytes.Clone(p):
		return len(p), nil
	case <-q.done:
		return 0, net.ErrClosed
	}
}

func (q *queued) Close() error {
	q.once.Do(func() { close(q.done) })
	return nil
}

// deliver passes on what is written, after Close what is left of it, as long as the other side takes it.
func (q *queued) deliver() {
	defer q.Conn.Close()
	for {
		select {
		case p := <-q.out:
			_, _ = q.Conn.Write(p)
			continue
		default:
		}
		select {
		case p := <-q.out:
			_, _ = q.Conn.Write(p)
		case <-q.done:
			return
		}
	}
}

// serving serves until the test ends.
func serving(t *testing.T, serve func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
}

// handling serves h on a wire until the test ends.
func handling(t *testing.T, h http.Handler) *wire {
	t.Helper()
	w := newWire()
	server := &http.Server{Handler: h}
	serving(t, func(ctx context.Context) error {
		stop := context.AfterFunc(ctx, func() { server.Close() })
		defer stop()
		if err := server.Serve(w); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	return w
}

func newOrigin(t *testing.T) *origin.Origin {
	t.Helper()
	return proxiedOrigin(t, false)
}

func proxiedOrigin(t *testing.T, proxied bool) *origin.Origin {
	t.Helper()
	o, err := origin.New(origin.Options{Paper: courier, Proxied: proxied})
	if err != nil {
		t.Fatal(err)
	}
	return o
}
