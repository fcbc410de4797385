package gateway_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge/admit"
	"github.com/seawall-project/seawall/internal/edge/gateway"
	"github.com/seawall-project/seawall/internal/edge/origin"
)

// received is a request's body as an origin got it. err is nil when it seemed whole.
type received struct {
	body []byte
	err  error
}

// receiving is an origin that reads requests to their end and thanks for whole ones.
func receiving(got chan<- received) func(net.Conn) {
	return func(c net.Conn) {
		in := bufio.NewReader(c)
		for {
			r, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			body, err := io.ReadAll(r.Body)
			got <- received{body, err}
			if err != nil {
				return
			}
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nthanks")
		}
	}
}

// paced is a client's body that comes piece by piece.
type paced struct {
	from  io.Reader
	piece int
	gap   time.Duration // before each piece
	given int           // of the present one
}

func (p *paced) Read(b []byte) (int, error) {
	if p.given == p.piece {
		p.given = 0
	}
	if p.given == 0 {
		time.Sleep(p.gap)
	}
	n, err := p.from.Read(b[:min(len(b), p.piece-p.given)])
	p.given += n
	return n, err
}

// pattern is n bytes of which no two parts look the same.
func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i ^ i>>8 ^ i>>16)
	}
	return b
}

const mib = 1 << 20

// pipeBench is a bench before an origin that reads uploads.
func pipeBench(t *testing.T) (*bench, *origin.Group, chan received) {
	t.Helper()
	got := make(chan received, 10)
	b, _ := newRawBench(t, receiving(got))
	return b, b.Gateway.Origins[0].(*origin.Group), got
}

// TestLongUploadIsPiped: a long body arrives whole, the origin has its beginning long before its end, and little of it is held.
func TestLongUploadIsPiped(t *testing.T) {
	for name, announced := range map[string]int64{"announced": 8 * mib, "not announced": -1} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, group, got := pipeBench(t)
				body := pattern(8 * mib)
				more := make(chan struct{})
				gate := iotest.ErrReader(io.EOF)
				held := &asked{gate, func() { <-more }}
				x := withBody(request("PUT", "/file"), io.MultiReader(bytes.NewReader(body[:4*mib]), held, bytes.NewReader(body[4*mib:])), announced)
				done := make(chan *reader, 1)
				go func() { done <- b.ask(t.Context(), x) }()
				synctest.Wait()
				if s := b.Stats(); s.Piped != 1 || s.Uploads > 2*mib || group.One(0).InFlight != 1 {
					t.Errorf("in the middle: %d piped, %d bytes held, %d at the origin", s.Piped, s.Uploads, group.One(0).InFlight)
				}
				time.Sleep(time.Second)
				close(more)
				if reply := <-done; reply.status != 200 {
					t.Errorf("got %d", reply.status)
				}
				if up := <-got; up.err != nil || !bytes.Equal(up.body, body) {
					t.Errorf("the origin got %d of %d bytes, %v", len(up.body), len(body), up.err)
				}
				if o := b.last(t); o.Cost >= time.Second || b.Stats().Piped != 0 {
					t.Errorf("cost %v, %d piped", o.Cost, b.Stats().Piped)
				}
				group.Close()
			})
		})
	}
}

// TestSlowPipeIsCut: a client that falls below the least rate is told so, and the origin's place is given back, at no charge for the origin's
// health; one that keeps it gets through.
func TestSlowPipeIsCut(t *testing.T) {
	for name, test := range map[string]struct {
		piece  int
		gap    time.Duration
		status int
		within time.Duration // of the beginning of the slow part
	}{
		"a byte a second":  {1, time.Second, 408, 6 * time.Second},
		"silence":          {1, time.Hour, 408, 6 * time.Second},
		"8 KiB a second":   {8 << 10, time.Second, 408, 12 * time.Second},
		"32 KiB a second":  {32 << 10, time.Second, 200, time.Minute},
		"pauses of 4 s":    {96 << 10, 4 * time.Second, 200, 2 * time.Minute},
		"pauses of 5.5 s ": {32 << 10, 5500 * time.Millisecond, 408, 6 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, group, got := pipeBench(t)
				body := pattern(2 * mib)
				slow := &paced{from: bytes.NewReader(body[mib:]), piece: test.piece, gap: test.gap}
				begun := time.Now()
				reply := b.ask(t.Context(), withBody(request("POST", "/file"), io.MultiReader(bytes.NewReader(body[:mib]), slow), int64(len(body))))
				took := time.Since(begun)
				if reply.status != test.status || took > test.within {
					t.Errorf("got %d after %v", reply.status, took)
				}
				o, up := b.last(t), <-got
				if want := test.status == 200; want != (up.err == nil) || want != (o.Reason == seawall.ReasonUncachable) || !want && o.Reason != seawall.ReasonSlowUpload {
					t.Errorf("the origin got %d bytes, %v; outcome %+v", len(up.body), up.err, o)
				}
				if s := group.One(0); s.Failures != 0 || s.InFlight != 0 || o.Cost > time.Second || b.Stats().Piped != 0 {
					t.Errorf("failures %d, under way %d, cost %v, piped %d", s.Failures, s.InFlight, o.Cost, b.Stats().Piped)
				}
				group.Close()
				time.Sleep(2 * time.Hour) // until the client's last read returns
			})
		})
	}
}

// TestPipeUnderPressure: while others wait, a client that would be fast enough in peace makes way.
func TestPipeUnderPressure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, admit.Options{Start: 4, Min: 4, Max: 4}, func(_ context.Context, r *seawall.Request, _ seawall.Fields, body io.Reader) (*origin.Response, error) {
			if body != nil {
				if _, err := io.Copy(io.Discard, body); err != nil {
					return nil, &origin.Error{Reason: seawall.ReasonClientGone, Sent: true, Err: err}
				}
			}
			if r.Method == "GET" {
				time.Sleep(100 * time.Millisecond)
			}
			return answering(200, "no-store", "hello"), nil
		})
		body := io.MultiReader(bytes.NewReader(make([]byte, mib)), &paced{from: bytes.NewReader(make([]byte, 4*mib)), piece: 32 << 10, gap: time.Second})
		x := withBody(request("POST", "/file"), body, 5*mib)
		begun := time.Now()
		done := make(chan time.Duration, 1)
		go func() { b.Serve(t.Context(), x); done <- time.Since(begun) }()
		time.Sleep(10 * time.Second)
		if len(done) != 0 {
			t.Fatalf("cut in peace: %d", x.Out.(*reader).status)
		}
		ctx, stop := context.WithCancel(t.Context())
		for range 12 {
			go func() {
				for ctx.Err() == nil {
					b.Serve(t.Context(), request("GET", "/page"))
				}
			}()
		}
		if took := <-done; x.Out.(*reader).status != 408 || took > 16*time.Second {
			t.Errorf("got %d after %v, 10 s of them in peace", x.Out.(*reader).status, took)
		}
		stop()
		time.Sleep(time.Minute)
		b.last(t)
	})
}

// TestPipedBodyFails: an origin never sees a whole request where there was none.
func TestPipedBodyFails(t *testing.T) {
	const sent = 2 * mib
	for name, test := range map[string]struct {
		announced int64
		end       error // what comes behind 2 MiB
		status    int   // 0 when nobody is there to be told
		reason    seawall.Reason
	}{
		"too large":               {-1, gateway.ErrBodyTooLarge, 413, seawall.ReasonBodyTooLarge},
		"too large, announced":    {3 * mib, gateway.ErrBodyTooLarge, 413, seawall.ReasonBodyTooLarge},
		"shorter than announced":  {sent + 1, io.EOF, 400, seawall.ReasonWrongLength},
		"longer than announced":   {sent - 1, io.EOF, 400, seawall.ReasonWrongLength},
		"much longer":             {sent - mib/2, io.EOF, 400, seawall.ReasonWrongLength},
		"longer by what is held":  {mib + 1, io.EOF, 400, seawall.ReasonWrongLength},
		"breaks off":              {-1, io.ErrUnexpectedEOF, 0, seawall.ReasonClientGone},
		"breaks off at the end":   {sent, io.ErrUnexpectedEOF, 0, seawall.ReasonClientGone},
		"too large at the end":    {sent, gateway.ErrBodyTooLarge, 413, seawall.ReasonBodyTooLarge},
		"malformed":               {-1, gateway.BodyError(seawall.ReasonBadChunk), 400, seawall.ReasonBadChunk},
		"malformed, announced":    {sent + 1, gateway.BodyError(seawall.ReasonBadChunk), 400, seawall.ReasonBadChunk},
		"as long as announced":    {sent, io.EOF, 200, seawall.ReasonUncachable},
		"as long as it turns out": {-1, io.EOF, 200, seawall.ReasonUncachable},
	} {
		for _, method := range []string{"POST", "PUT"} {
			t.Run(name+" "+method, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					b, group, got := pipeBench(t)
					body := io.MultiReader(bytes.NewReader(pattern(sent)), iotest.ErrReader(test.end))
					reply := b.ask(t.Context(), withBody(request(method, "/file"), body, test.announced))
					if o := b.last(t); reply.status != test.status || o.Reason != test.reason {
						t.Errorf("got %d, %v, want %d, %v", reply.status, o.Reason, test.status, test.reason)
					}
					if up := <-got; (up.err == nil) != (test.status == 200) || up.err == nil && !bytes.Equal(up.body, pattern(sent)) {
						t.Errorf("the origin got %d bytes, %v", len(up.body), up.err)
					}
					synctest.Wait()
					if s := group.One(0); s.Failures != 0 || s.Requests != 1 || len(got) != 0 || b.Stats().Piped != 0 {
						t.Errorf("%d requests, %d failures, %d piped", s.Requests, s.Failures, b.Stats().Piped)
					}
					group.Close()
				})
			})
		}
	}
}

// TestEarlyAnswer: what the origin says before the body's end reaches the reader at once, and ends the upload.
func TestEarlyAnswer(t *testing.T) {
	for name, after := range map[string]int64{"to the head": 0, "in the middle": mib + mib/2} {
		for _, status := range []string{"401 Unauthorized", "413 Content Too Large", "302 Found", "200 OK"} {
			t.Run(status+" "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					b, _ := newRawBench(t, func(c net.Conn) {
						in := bufio.NewReader(c)
						readHead(in)
						io.CopyN(io.Discard, in, after)
						io.WriteString(c, "HTTP/1.1 "+status+"\r\nContent-Length: 4\r\nCache-Control: no-store\r\n\r\nwhy?")
						io.Copy(io.Discard, in)
					})
					ctx, stop := context.WithCancel(t.Context())
					body := io.MultiReader(bytes.NewReader(pattern(2*mib)), waiting{ctx})
					begun := time.Now()
					reply := b.ask(t.Context(), withBody(request("POST", "/file"), body, 3*mib))
					if took := time.Since(begun); reply.status/100 != int(status[0]-'0') || reply.body.String() != "why?" || took > 100*time.Millisecond {
						t.Errorf("got %d %q after %v", reply.status, reply.body.String(), took)
					}
					synctest.Wait()
					if o := b.last(t); b.Stats().Piped != 0 || o.Reason != seawall.ReasonUncachable || o.Cost > 100*time.Millisecond {
						t.Errorf("%d piped, outcome %+v", b.Stats().Piped, o)
					}
					stop()
				})
			})
		}
	}
}

// TestAnswerBeforeTheEnd: an origin that says yes before it has the whole body gets the rest of it, and is not taken for silent while it
// waits for the client; the upload holds no place any more.
func TestAnswerBeforeTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		whole := make(chan error, 1)
		b, _ := newRawBench(t, func(c net.Conn) {
			r, err := http.ReadRequest(bufio.NewReader(c))
			if err != nil {
				return
			}
			io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nCache-Control: no-store\r\n\r\n")
			_, err = io.Copy(io.Discard, r.Body)
			whole <- err
			io.WriteString(c, "2\r\nok\r\n0\r\n\r\n")
		})
		body := io.MultiReader(bytes.NewReader(pattern(mib)), &paced{from: bytes.NewReader(pattern(mib)), piece: 20 << 10, gap: time.Second})
		done := make(chan *reader, 1)
		go func() { done <- b.ask(t.Context(), withBody(request("POST", "/file"), body, 2*mib)) }()
		time.Sleep(10 * time.Second)
		if at := b.admit.Load(time.Now()).InFlight; at != 0 || b.Stats().Piped != 1 {
			t.Errorf("%d at the origin, %d piped", at, b.Stats().Piped)
		}
		if got, err := <-done, <-whole; got.status != 200 || got.body.String() != "ok" || got.aborted || err != nil {
			t.Errorf("got %d %q, aborted %v; the origin %v", got.status, got.body.String(), got.aborted, err)
		}
		if b.last(t); b.Gateway.Origins[0].(*origin.Group).One(0).Failures != 0 {
			t.Error("the origin was found to have failed")
		}
	})
}

// TestPipeBreaks: an origin that breaks off in mid-upload is noticed at once, whatever the client does, and not asked again.
func TestPipeBreaks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, raw := newRawBench(t, func(c net.Conn) {
			in := bufio.NewReader(c)
			readHead(in)
			go io.Copy(io.Discard, in)
			time.Sleep(time.Second)
		})
		ctx, stop := context.WithCancel(t.Context())
		body := io.MultiReader(bytes.NewReader(pattern(2*mib)), waiting{ctx})
		begun := time.Now()
		reply := b.ask(t.Context(), withBody(request("PUT", "/file"), body, 3*mib))
		if took := time.Since(begun); reply.status != 503 || took != time.Second || raw.dialled() != 1 {
			t.Errorf("got %d after %v, %d dials", reply.status, took, raw.dialled())
		}
		if o := b.last(t); o.Reason != seawall.ReasonOriginReset || reply.fields.Get("Proxy-Status") != "Seawall; error=connection_terminated" {
			t.Errorf("%q, outcome %+v", reply.fields.Get("Proxy-Status"), o)
		}
		if n := b.Gateway.Origins[0].(*origin.Group).One(0).Failures; n != 1 {
			t.Errorf("%d failures, want one", n)
		}
		stop()
	})
}

// TestPipedTrailers go to the origin behind a body that was passed on as it came.
func TestPipedTrailers(t *testing.T) {
	sum := make(chan string, 1)
	b, _ := newRawBench(t, func(c net.Conn) {
		r, err := http.ReadRequest(bufio.NewReader(c))
		if err != nil {
			return
		}
		io.Copy(io.Discard, r.Body)
		sum <- r.Trailer.Get("X-Sum")
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	})
	x := withBody(request("POST", "/file"), &trailed{Reader: bytes.NewReader(pattern(3 * mib)), fields: seawall.Fields{{Name: "X-Sum", Value: "42"}}}, -1)
	x.Request.Fields = append(x.Request.Fields, seawall.Field{Name: "Trailer", Value: "X-Sum"})
	if reply := b.ask(t.Context(), x); reply.status != 200 {
		t.Fatalf("got %d", reply.status)
	}
	if got := <-sum; got != "42" {
		t.Errorf("the origin got the trailer %q", got)
	}
	b.last(t)
}

// TestPipesAreShared: slow senders of long bodies, however many, hold no more than a quarter of the origin's places; who finds no room is
// held in memory as ever, and readers are served.
func TestPipesAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, admit.Options{Start: 16, Min: 16, Max: 16}, func(_ context.Context, _ *seawall.Request, _ seawall.Fields, body io.Reader) (*origin.Response, error) {
			if body != nil {
				if _, err := io.Copy(io.Discard, body); err != nil {
					return nil, &origin.Error{Reason: seawall.ReasonClientGone, Sent: true, Err: err}
				}
			}
			time.Sleep(5 * time.Millisecond)
			return answering(200, "no-store", "hello"), nil
		})
		for i := range 40 {
			addr := "192.0.2.1"
			if i >= 20 {
				addr = "203.0.113.1"
			}
			go func() {
				body := io.MultiReader(bytes.NewReader(make([]byte, mib)), &paced{from: bytes.NewReader(make([]byte, 2*mib)), piece: 18 << 10, gap: time.Second})
				b.Serve(t.Context(), by(withBody(request("POST", "/file"), body, 3*mib), addr))
			}()
		}
		time.Sleep(10 * time.Second)
		if s, at := b.Stats(), b.admit.Load(time.Now()).InFlight; s.Piped != 3 || at != 3 {
			t.Errorf("%d piped, %d at the origin, want 3: two of one network, one of the other", s.Piped, at)
		}
		if got := readersServed(t, b, "/", 50); got != 50 {
			t.Errorf("%d of 50 readers served", got)
		}
		time.Sleep(10 * time.Minute)
		if b.last(t); b.Stats().Piped != 0 {
			t.Errorf("%d piped are left", b.Stats().Piped)
		}
	})
}
