package gateway_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"sync"
	"syscall"
	"testing"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge/admit"
	"github.com/seawall-project/seawall/internal/edge/gateway"
	"github.com/seawall-project/seawall/internal/edge/origin"
)

// rawOrigin is an origin that speaks bytes: each connection is handed to a script, and closed when that returns. Without a script it
// refuses connections.
type rawOrigin struct {
	mu     sync.Mutex // guards what follows
	script func(net.Conn)
	dials  int
}

func (o *rawOrigin) play(script func(net.Conn)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.script = script
}

func (o *rawOrigin) dialled() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.dials
}

func (o *rawOrigin) dial(context.Context, string, string) (net.Conn, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.dials++
	script := o.script
	if script == nil {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	client, server := net.Pipe()
	go func() {
		defer server.Close()
		script(server)
	}()
	return client, nil
}

// newRawBench is a bench before an origin that speaks bytes.
func newRawBench(t *testing.T, script func(net.Conn)) (*bench, *rawOrigin) {
	t.Helper()
	raw := &rawOrigin{script: script}
	g, err := origin.NewGroup(origin.GroupOptions{
		URLs: []string{"http://origin.example.org"}, Origin: origin.Options{Dial: raw.dial},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	b := newBench(t, admit.Options{}, nil)
	b.Gateway.Origins[0] = g
	return b, raw
}

// saying answers every request on a connection with the same bytes.
func saying(raw string) func(net.Conn) {
	return func(c net.Conn) {
		in := bufio.NewReader(c)
		for {
			if readHead(in) == "" {
				return
			}
			if _, err := io.WriteString(c, raw); err != nil {
				return
			}
		}
	}
}

// once answers one request and closes the connection.
func once(raw string) func(net.Conn) {
	return func(c net.Conn) {
		readHead(bufio.NewReader(c))
		io.WriteString(c, raw)
	}
}

// readHead returns "" when there is no more.
func readHead(in *bufio.Reader) string {
	head := ""
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return ""
		}
		if head += line; line == "\r\n" {
			return head
		}
	}
}

// trailReader is a reader that takes trailers, and knows how often it was flushed.
type trailReader struct {
	reader
	mu       sync.Mutex // guards what follows
	trailers seawall.Fields
	flushed  []int // bytes at each flush
}

func (r *trailReader) WriteTrailers(fields seawall.Fields) error {
	r.trailers = append(r.trailers, fields...)
	return nil
}

func (r *trailReader) Flush() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.flushed = append(r.flushed, r.body.Len())
	return nil
}

func (r *trailReader) flushes() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.flushed)
}

// upgrader is a reader whose connection can be handed over.
type upgrader struct {
	reader
	near, far net.Conn // far is the client's end
	gone      bool
}

func newUpgrader() *upgrader {
	u := &upgrader{}
	u.near, u.far = net.Pipe()
	return u
}

func (u *upgrader) Upgrade(status int, fields seawall.Fields) (io.ReadWriteCloser, error) {
	if u.gone {
		return nil, net.ErrClosed
	}
	u.status, u.fields = status, append(seawall.Fields(nil), fields...)
	return u.near, nil
}

func upgrade(path string) (*gateway.Exchange, *upgrader) {
	x, u := request("GET", path), newUpgrader()
	x.Out, x.Request.Proto = u, seawall.HTTP11
	x.Request.Fields = append(x.Request.Fields, seawall.Field{Name: "Connection", Value: "keep-alive, Upgrade"}, seawall.Field{Name: "Upgrade", Value: "WebSocket"})
	return x, u
}

// newTCPBench is a bench before an origin that listens at addr.
func newTCPBench(t *testing.T, addr string) *bench {
	t.Helper()
	g, err := origin.NewGroup(origin.GroupOptions{URLs: []string{"http://" + addr}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	b := newBench(t, admit.Options{}, nil)
	b.Gateway.Origins[0] = g
	return b
}
