package gateway_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge/admit"
	"github.com/seawall-project/seawall/internal/edge/origin"
)

const switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n"

// echo switches protocols and sends back what comes.
func echo(c net.Conn) {
	in := bufio.NewReader(c)
	readHead(in)
	io.WriteString(c, switching)
	io.Copy(c, in)
}

// tunnelled asks for a switch in the background; over is closed when the exchange is over.
func tunnelled(ctx context.Context, b *bench, path string) (u *upgrader, over chan struct{}) {
	x, u := upgrade(path)
	over = make(chan struct{})
	go func() {
		defer close(over)
		b.Serve(ctx, x)
	}()
	return u, over
}

func TestTunnel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _ := newRawBench(t, echo)
		u, over := tunnelled(t.Context(), b, "/live")
		for range 3 {
			if _, err := io.WriteString(u.far, "hello"); err != nil {
				t.Fatal(err)
			}
			got := make([]byte, 5)
			if _, err := io.ReadFull(u.far, got); err != nil || string(got) != "hello" {
				t.Fatalf("got %q, %v", got, err)
			}
			time.Sleep(4 * time.Minute) // quiet, but not for too long
		}
		if u.status != 101 || u.fields.Get("Upgrade") != "websocket" || u.fields.Get("Sec-Websocket-Accept") != "x" || u.fields.Has("Connection") {
			t.Errorf("got %d %v", u.status, u.fields)
		}
		if l := b.admit.Load(time.Now()); l.InFlight != 0 || b.Stats().Lasting != 1 {
			t.Errorf("a switched connection holds a place at the origin: %+v, %+v", l, b.Stats())
		}
		u.far.Close()
		<-over
		if o := b.last(t); o.Status != 101 || o.Bytes != 15 || o.Action != seawall.ActionForward || b.Stats().Lasting != 0 {
			t.Errorf("outcome %+v, %+v", o, b.Stats())
		}
	})
}

// TestTunnelEnds lets a switched connection end in every way there is.
func TestTunnelEnds(t *testing.T) {
	for name, test := range map[string]struct {
		script func(net.Conn)
		end    func(u *upgrader, leave context.CancelFunc)
		after  time.Duration
	}{
		"the reader hangs up": {echo, func(u *upgrader, _ context.CancelFunc) { u.far.Close() }, 0},
		"the exchange ends":   {echo, func(_ *upgrader, leave context.CancelFunc) { leave() }, 0},
		"nobody says a word":  {echo, func(*upgrader, context.CancelFunc) {}, 5 * time.Minute},
		"the origin hangs up": {once(switching), func(*upgrader, context.CancelFunc) {}, 0},
		"the reader takes nothing": {echo, func(u *upgrader, _ context.CancelFunc) {
			go func() { // says a lot and listens to nothing
				for {
					if _, err := io.WriteString(u.far, "hello"); err != nil {
						return
					}
				}
			}()
		}, 30 * time.Second},
		"the origin takes nothing": {
			func(c net.Conn) {
				readHead(bufio.NewReader(c))
				io.WriteString(c, switching)
				<-time.After(time.Minute)
			},
			func(u *upgrader, _ context.CancelFunc) { io.WriteString(u.far, "hello") }, 30 * time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, _ := newRawBench(t, test.script)
				ctx, leave := context.WithCancel(t.Context())
				defer leave()
				u, over := tunnelled(ctx, b, "/live")
				synctest.Wait()
				begun := time.Now()
				test.end(u, leave)
				<-over
				if took := time.Since(begun); took != test.after {
					t.Errorf("ended after %v, want %v", took, test.after)
				}
				if _, err := u.near.Write([]byte("x")); err == nil {
					t.Error("the reader's connection is still open")
				}
				b.last(t)
				if b.Stats().Lasting != 0 {
					t.Errorf("left over: %+v", b.Stats())
				}
				u.far.Close()
				time.Sleep(time.Minute) // for an origin that does not notice
			})
		})
	}
}

// TestTunnelsAreShared: a network may have all the room while nobody else wants it; then its oldest make way, and nobody who gets none
// is left without a word.
func TestTunnelsAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, raw := newRawBench(t, echo)
		ctx, leave := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		limit := b.Stats().LastingLimit
		for range limit {
			x, _ := upgrade("/live")
			wg.Go(func() { b.Serve(ctx, x) })
			synctest.Wait()
		}
		if s := b.Stats(); s.Lasting != limit || s.Evicted != 0 {
			t.Errorf("one network alone has %d of %d, %d made way", s.Lasting, limit, s.Evicted)
		}
		dialled := raw.dialled()
		x, u := upgrade("/live")
		b.Serve(ctx, x)
		if o := b.outcomes[len(b.outcomes)-1]; u.status != 503 || o.Reason != seawall.ReasonTunnels || o.Answer != seawall.AnswerNote {
			t.Errorf("beyond the limit: got %d, %+v", u.status, o)
		}
		if got := u.fields.Get("Proxy-Status"); got != "Seawall; error=connection_limit_reached" || raw.dialled() != dialled {
			t.Errorf("got Proxy-Status %q, and the origin was asked %d times", got, raw.dialled()-dialled)
		}
		for range 10 {
			other, far := upgrade("/live")
			other.Request.Client = seawall.ClientAt(netip.MustParseAddr("203.0.113.9"))
			wg.Go(func() { b.Serve(ctx, other) })
			synctest.Wait()
			if far.status != 101 {
				t.Errorf("another network got %d", far.status)
			}
		}
		if s := b.Stats(); s.Lasting != limit || s.Evicted != 10 {
			t.Errorf("%d of %d, %d made way", s.Lasting, limit, s.Evicted)
		}
		if o := b.outcomes[len(b.outcomes)-1]; o.Status != 101 || o.Reason != seawall.ReasonTunnels || o.Client.String() != "192.0.2.0/24" {
			t.Errorf("who made way: %+v", o)
		}
		leave()
		wg.Wait()
		b.last(t)
		if b.Stats().Lasting != 0 {
			t.Errorf("left over: %+v", b.Stats())
		}
	})
}

// TestTunnelRefused: an origin that does not switch answers as ever, and one that fails gives a note.
func TestTunnelRefused(t *testing.T) {
	for name, test := range map[string]struct {
		script func(net.Conn)
		status int
		proxy  string
	}{
		"an ordinary answer": {saying("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"), 403, ""},
		"cannot":             {saying("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"), 503, "Seawall; error=destination_unavailable; received-status=503"},
		"down":               {nil, 503, "Seawall; error=connection_refused"},
		"another protocol":   {once("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"), 503, "Seawall; error=http_upgrade_failed"},
	} {
		t.Run(name, func(t *testing.T) {
			b, _ := newRawBench(t, test.script)
			x, u := upgrade("/live")
			b.Serve(t.Context(), x)
			if u.status != test.status || u.fields.Get("Proxy-Status") != test.proxy || u.body.Len() == 0 {
				t.Errorf("got %d %q, want %d %q", u.status, u.fields.Get("Proxy-Status"), test.status, test.proxy)
			}
			b.last(t)
		})
	}
}

// TestOnlyWebSocketsSwitch: whoever cannot switch, or asks for what is not let through, gets the page.
func TestOnlyWebSocketsSwitch(t *testing.T) {
	for name, change := range map[string]func(r *seawall.Request){
		"another protocol": func(r *seawall.Request) { r.Fields = r.Fields.With("Upgrade", "h2c, TLS/1.0") },
		"not connected":    func(r *seawall.Request) { r.Fields = r.Fields.With("Connection", "keep-alive, Upgrades") },
		"HTTP/1.0":         func(r *seawall.Request) { r.Proto = seawall.HTTP10 },
		"HTTP/2":           func(r *seawall.Request) { r.Proto = seawall.HTTP2 },
		"POST":             func(r *seawall.Request) { r.Method = "POST" },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, admit.Options{}, func(context.Context, *seawall.Request, seawall.Fields, io.Reader) (*origin.Response, error) {
				return answering(200, "no-store", "page"), nil
			})
			x, u := upgrade("/")
			change(&x.Request)
			b.Serve(t.Context(), x)
			if u.status != 200 || u.body.String() != "page" {
				t.Errorf("got %d %q", u.status, u.body.String())
			}
		})
	}
}

// TestNoPageForASwitch: a stored page is no answer to who wants to switch, whether the origin lives or not.
func TestNoPageForASwitch(t *testing.T) {
	b, raw := newRawBench(t, saying("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 4\r\n\r\npage"))
	for range 2 {
		if got := b.ask(t.Context(), request("GET", "/")); got.status != 200 {
			t.Fatalf("got %d", got.status)
		}
	}
	raw.play(nil)
	b.Gateway.Origins[0].(*origin.Group).Close()
	x, u := upgrade("/")
	b.Serve(t.Context(), x)
	if u.status != 503 || b.last(t).Answer != seawall.AnswerNote {
		t.Errorf("got %d %+v", u.status, b.last(t))
	}
}

// TestReaderLeavesDuringSwitch: the origin's connection is closed when there is nobody to hand it to.
func TestReaderLeavesDuringSwitch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan error, 1)
		b, _ := newRawBench(t, func(c net.Conn) {
			in := bufio.NewReader(c)
			readHead(in)
			io.WriteString(c, switching)
			_, err := in.ReadByte()
			ended <- err
		})
		x, u := upgrade("/live")
		u.gone = true
		b.Serve(t.Context(), x)
		if err := <-ended; err == nil {
			t.Error("the origin's connection was kept")
		}
		if o := b.last(t); o.Reason != seawall.ReasonClientGone {
			t.Errorf("outcome %+v", o)
		}
	})
}
