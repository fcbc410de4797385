package gateway_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge/admit"
	"github.com/seawall-project/seawall/internal/edge/gateway"
	"github.com/seawall-project/seawall/internal/edge/origin"
)

// TestBodyLengths: a body is sent on as long as it was announced, and not at all when it is not.
func TestBodyLengths(t *testing.T) {
	for name, test := range map[string]struct {
		body      string
		announced int64
		status    int
		reason    seawall.Reason
	}{
		"as announced":   {"a=b", 3, 200, seawall.ReasonUncachable},
		"not announced":  {"a=b", -1, 200, seawall.ReasonUncachable},
		"shorter":        {"a=b", 4, 400, seawall.ReasonWrongLength},
		"longer":         {"a=bc", 3, 400, seawall.ReasonWrongLength},
		"one chunk":      {strings.Repeat("x", 16<<10), 16 << 10, 200, seawall.ReasonUncachable},
		"several chunks": {strings.Repeat("0123456789", 10000), -1, 200, seawall.ReasonUncachable},
		"nothing":        {"", -1, 200, seawall.ReasonUncachable},
	} {
		t.Run(name, func(t *testing.T) {
			var got []byte
			b := newBench(t, admit.Options{}, func(_ context.Context, r *seawall.Request, _ seawall.Fields, body io.Reader) (*origin.Response, error) {
				var err error
				if got, err = io.ReadAll(iotest.OneByteReader(body)); err != nil || r.BodySize != int64(len(got)) {
					t.Errorf("the origin got %d of %d bytes, %v", len(got), r.BodySize, err)
				}
				return answering(200, "no-store", "thanks"), nil
			})
			reply := b.ask(t.Context(), withBody(request("POST", "/form"), iotest.HalfReader(strings.NewReader(test.body)), test.announced))
			if o := b.last(t); reply.status != test.status || o.Reason != test.reason {
				t.Errorf("got %d, %v, want %d, %v", reply.status, o.Reason, test.status, test.reason)
			}
			if test.status == 200 && string(got) != test.body {
				t.Errorf("the origin got %d other bytes", len(got))
			}
			if test.status != 200 && b.origin.count() != 0 {
				t.Error("the origin was asked")
			}
		})
	}
}

// TestTooLongBody is refused by its reader, and nothing is left.
func TestTooLongBody(t *testing.T) {
	b := newBench(t, admit.Options{}, nil)
	long := io.MultiReader(strings.NewReader(strings.Repeat("x", 100<<10)), iotest.ErrReader(gateway.ErrBodyTooLarge))
	got := b.ask(t.Context(), withBody(request("POST", "/form"), long, -1))
	if o := b.last(t); got.status != 413 || o.Reason != seawall.ReasonBodyTooLarge || got.fields.Get("Proxy-Status") != "Seawall; error=http_request_error" {
		t.Errorf("got %d %v %q", got.status, o.Reason, got.fields.Get("Proxy-Status"))
	}
}

// TestUploadIsSentAgain: what is held can be sent a second time, when that can do no harm.
func TestUploadIsSentAgain(t *testing.T) {
	for method, again := range map[string]bool{"PUT": true, "POST": false} {
		var asked atomic.Int64
		body := strings.Repeat("0123456789", 5000)
		b, _ := newRawBench(t, func(c net.Conn) {
			in := bufio.NewReader(c)
			readHead(in)
			got, _ := io.ReadAll(io.LimitReader(in, int64(len(body))))
			if string(got) != body {
				t.Errorf("%s: got %d other bytes", method, len(got))
			}
			if asked.Add(1) == 1 {
				io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
				readHead(in)
				io.ReadFull(in, make([]byte, len(body)))
				return // a kept connection that breaks
			}
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		})
		b.ask(t.Context(), withBody(request(method, "/file"), strings.NewReader(body), -1))
		got := b.ask(t.Context(), withBody(request(method, "/file"), strings.NewReader(body), -1))
		if served := got.status == 200; served != again {
			t.Errorf("%s over a connection that broke: got %d", method, got.status)
		}
		if !again && !bytes.Contains(got.body.Bytes(), []byte("may have been carried out")) {
			t.Errorf("%s: the note does not say what may have happened: %s", method, got.body.String())
		}
		b.last(t)
	}
}

// trailed is a body with fields behind it.
type trailed struct {
	io.Reader
	fields seawall.Fields
	read   bool
}

func (b *trailed) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	b.read = b.read || err == io.EOF
	return n, err
}

func (b *trailed) Trailers() seawall.Fields {
	if !b.read {
		return nil
	}
	return b.fields
}

// TestRequestTrailers go all the way to the origin, if they were announced.
func TestRequestTrailers(t *testing.T) {
	sum := seawall.Fields{{Name: "X-Sum", Value: "42"}}
	for name, test := range map[string]struct {
		announced string
		trailers  seawall.Fields
		want      string
	}{
		"announced":   {"X-Sum", sum, "3\r\na=b\r\n0\r\nX-Sum: 42\r\n\r\n"},
		"unannounced": {"", sum, "a=b"},
		"none came":   {"X-Sum", nil, "a=b"},
	} {
		t.Run(name, func(t *testing.T) {
			got := make(chan string, 1)
			b, _ := newRawBench(t, func(c net.Conn) {
				in := bufio.NewReader(c)
				readHead(in)
				wire, _ := io.ReadAll(io.LimitReader(in, int64(len(test.want))))
				got <- string(wire)
				io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
			})
			x := withBody(request("POST", "/form"), &trailed{Reader: strings.NewReader("a=b"), fields: test.trailers}, -1)
			if test.announced != "" {
				x.Request.Fields = append(x.Request.Fields, seawall.Field{Name: "Trailer", Value: test.announced})
			}
			if reply := b.ask(t.Context(), x); reply.status != 200 {
				t.Errorf("got %d", reply.status)
			}
			if wire := <-got; wire != test.want {
				t.Errorf("the origin got %q, want %q", wire, test.want)
			}
		})
	}
}

// TestAnswerTrailers go to a reader who can take them, whether the answer is short or long, and are not kept.
func TestAnswerTrailers(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 1<<15) // 512 KiB
	for name, test := range map[string]struct{ control, body string }{
		"short": {"no-store", "hello"}, "short, stored": {"max-age=60", "hello"},
		"long": {"no-store", long}, "long, stored": {"max-age=60", long},
	} {
		t.Run(name, func(t *testing.T) {
			var raw strings.Builder
			raw.WriteString("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\nCache-Control: " + test.control + "\r\n\r\n")
			for part := range slices.Chunk([]byte(test.body), 5000) {
				fmt.Fprintf(&raw, "%x\r\n%s\r\n", len(part), part)
			}
			raw.WriteString("0\r\nX-Sum: 42\r\nConnection: X\r\n\r\n")
			b, _ := newRawBench(t, saying(raw.String()))
			x, out := request("GET", "/"), &trailReader{}
			x.Out = out
			b.Serve(t.Context(), x)
			want := seawall.Fields{{Name: "X-Sum", Value: "42"}}
			if name == "short, stored" {
				want = nil // it is sent from the store, with a length
			}
			if diff := cmp.Diff(want, out.trailers); diff != "" || (out.size < 0) != (want != nil) || out.status != 200 {
				t.Errorf("%d of size %d; trailers (-want +got):\n%s", out.status, out.size, diff)
			}
			if got := b.ask(t.Context(), request("GET", "/")); got.status != 200 || got.body.String() != test.body {
				t.Errorf("without trailers: got %d and %d bytes", got.status, got.body.Len())
			}
		})
	}
}

// asked is a body that knows when it was asked for.
type asked struct {
	io.Reader
	when func()
}

func (a *asked) Read(p []byte) (int, error) {
	a.when()
	return a.Reader.Read(p)
}

func expecting(body io.Reader) *gateway.Exchange {
	x := withBody(request("POST", "/form"), body, 3)
	x.Request.Fields = append(x.Request.Fields, seawall.Field{Name: "Expect", Value: "100-Continue"})
	return x
}

// TestExpect: who waits to be asked for the body is asked once admission lets the request in, holds no place while sending, and is
// turned away without being asked when there is no room.
func TestExpect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		busy := make(chan struct{})
		b := newBench(t, admit.Options{Start: 1, Min: 1, Max: 1}, func(_ context.Context, r *seawall.Request, _ seawall.Fields, _ io.Reader) (*origin.Response, error) {
			if r.Path == "/busy" {
				<-busy
			}
			return answering(200, "no-store", "thanks"), nil
		})
		var wg sync.WaitGroup
		wg.Go(func() { b.Serve(t.Context(), request("GET", "/busy")) })
		synctest.Wait()

		var when time.Time
		note := func() {
			if when.IsZero() {
				when = time.Now()
			}
		}
		x := expecting(&asked{strings.NewReader("a=b"), note})
		begun := time.Now()
		b.Serve(t.Context(), x)
		if got := x.Out.(*reader); got.status != 503 || !when.IsZero() || time.Since(begun) > 5*time.Second {
			t.Errorf("at a busy origin: got %d after %v, asked for the body: %v", got.status, time.Since(begun), !when.IsZero())
		}

		slow := &slowBody{3, 10 * time.Second}
		x = expecting(&asked{slow, note})
		begun = time.Now()
		wg.Go(func() { b.Serve(t.Context(), x) })
		time.Sleep(time.Second)
		close(busy)
		synctest.Wait()
		if when.Sub(begun) != time.Second {
			t.Errorf("asked for the body after %v, want when there is room", when.Sub(begun))
		}
		if got := b.ask(t.Context(), request("GET", "/")); got.status != 200 {
			t.Errorf("beside a slow upload: got %d", got.status)
		}
		wg.Wait()
		if got := x.Out.(*reader); got.status != 200 {
			t.Errorf("the upload: got %d", got.status)
		}
		b.last(t)
	})
}

// TestExpectAndRefusal: a request that is refused is refused without its body.
func TestExpectAndRefusal(t *testing.T) {
	b := newBench(t, admit.Options{}, nil)
	x := expecting(&asked{strings.NewReader("a=b"), func() { t.Error("asked for the body") }})
	x.Request.BodySize = 1 << 40
	if got := b.ask(t.Context(), x); got.status != 413 {
		t.Errorf("got %d, want 413", got.status)
	}
}

// TestMaxForwards: OPTIONS that may go no further ends here.
func TestMaxForwards(t *testing.T) {
	for hops, forwarded := range map[string]bool{"0": false, "1": true, "x": true, "": true} {
		b := newBench(t, admit.Options{}, func(context.Context, *seawall.Request, seawall.Fields, io.Reader) (*origin.Response, error) {
			return answering(200, "no-store", ""), nil
		})
		x := request("OPTIONS", "/")
		x.Request.Fields = x.Request.Fields.With("Max-Forwards", hops)
		got := b.ask(t.Context(), x)
		if (b.origin.count() == 1) != forwarded {
			t.Errorf("%q: the origin was asked %d times", hops, b.origin.count())
		}
		if o := b.last(t); !forwarded && (got.status != 204 || !strings.HasPrefix(got.fields.Get("Allow"), "GET, HEAD") || o.Action != seawall.ActionServe) {
			t.Errorf("%q: got %d %v, %+v", hops, got.status, got.fields, o)
		}
	}
}

// TestBodyFails: a client that leaves in mid-body is no failure of the origin's.
func TestBodyFails(t *testing.T) {
	b := newBench(t, admit.Options{}, nil)
	b.ask(t.Context(), withBody(request("POST", "/form"), io.MultiReader(strings.NewReader("a="), iotest.ErrReader(errors.New("reset"))), 3))
	if o := b.last(t); o.Reason != seawall.ReasonClientGone || o.Status != 0 {
		t.Errorf("outcome %+v", o)
	}
}
