package origin

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/seawall-project/seawall/internal/drill/paper"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var courier = paper.New()

func newOrigin(t *testing.T, o Options) *Origin {
	t.Helper()
	o.Paper = courier
	origin, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return origin
}

// pipes is a listener in memory; each dial is one net.Pipe.
type pipes struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), done: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.conns <- there:
		return here, nil
	case <-p.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// client serves o in memory until the test ends and returns a client of it. Each request has a connection of its own.
func client(t *testing.T, o *Origin) *http.Client {
	t.Helper()
	ln := newPipes()
	transport := &http.Transport{DialContext: ln.dial, DisableKeepAlives: true}
	serve(t, func(ctx context.Context) error { return o.Serve(ctx, ln, nil) })
	return &http.Client{Transport: transport}
}

// serve runs f until the test ends and reports its error.
func serve(t *testing.T, f func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- f(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
}

type reply struct {
	status int
	head   http.Header
	body   []byte
}

// do sends one request with the given fields, name and value in turn.
func do(t *testing.T, c *http.Client, method, target, body string, fields ...string) reply {
	t.Helper()
	r, err := send(t.Context(), c, method, target, body, fields...)
	if err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	return r
}

func send(ctx context.Context, c *http.Client, method, target, body string, fields ...string) (reply, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://www.example.org"+target, bytes.NewReader([]byte(body)))
	if err != nil {
		return reply{}, err
	}
	for i := 0; i < len(fields); i += 2 {
		req.Header.Set(fields[i], fields[i+1])
	}
	resp, err := c.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, got}, err
}
