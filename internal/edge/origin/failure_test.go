package origin

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http/httptrace"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall"
)

var quiet = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)

// hang takes what it is sent and says nothing.
func hang(c net.Conn) { io.Copy(io.Discard, c) }

func TestRefused(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	o := newOrigin(t, Options{BaseURL: "http://" + ln.Addr().String()})
	_, err = o.Fetch(t.Context(), post(3), nil, strings.NewReader("a=b"))
	check(t, err, seawall.ReasonOriginDown, unsent)
}

func TestBrokenHead(t *testing.T) {
	for name, raw := range map[string]string{
		"nothing":           "",
		"half a head":       "HTTP/1.1 200 OK\r\nContent-",
		"not HTTP":          "SSH-2.0-example\r\n\r\n",
		"endless head":      "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 2*headBytes) + "\r\n\r\n",
		"unasked switching": "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			o := scripted(t, func(c net.Conn) {
				if _, err := readHead(bufio.NewReader(c)); err == nil {
					io.WriteString(c, raw)
				}
			})
			_, err := o.Fetch(t.Context(), get("/"), nil, nil)
			check(t, err, seawall.ReasonOriginReset, sent)
		})
	}
}

func TestReset(t *testing.T) {
	for name, raw := range map[string]string{
		"in mid-head":              "HTTP/1.1 200 OK\r\nContent-",
		"in mid-body":              "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
		"in mid-body, no length":   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
		"in mid-body, a bad chunk": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			o := newOrigin(t, Options{BaseURL: "http://" + resetting(t, raw)})
			resp, err := o.Fetch(t.Context(), get("/"), nil, nil)
			if err == nil {
				defer resp.Body.Close()
				_, err = io.ReadAll(resp.Body)
			}
			check(t, err, seawall.ReasonOriginReset, sent)
		})
	}
}

// resetting listens on loopback, answers one request with raw, and resets the connection once the client has said it read enough or
// at once when the head is not complete.
func resetting(t *testing.T, raw string) (addr string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := ln.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		if _, err := readHead(bufio.NewReader(c)); err != nil {
			return
		}
		io.WriteString(c, raw)
		c.(*net.TCPConn).SetLinger(0)
	}()
	t.Cleanup(func() { ln.Close(); <-done })
	return ln.Addr().String()
}

func TestHang(t *testing.T) {
	tests := map[string]struct {
		request *seawall.Request
		want    time.Duration
	}{
		"page": {get("/"), 15 * time.Second},
		"form": {post(3), 30 * time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := scripted(t, hang)
				start := time.Now()
				_, err := o.Fetch(t.Context(), test.request, nil, strings.NewReader("a=b"))
				check(t, err, seawall.ReasonOriginTimeout, sent)
				if !errors.Is(err, errHead) {
					t.Errorf("got %v, want %v", err, errHead)
				}
				if got, want := time.Since(start).Truncate(time.Second), test.want; got != want {
					t.Errorf("gave up after %v, want %v", got, want)
				}
			})
		})
	}
}

func TestNoConnectionFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := scriptedWith(t, Options{MaxConns: 1}, hang)
		first := make(chan error)
		go func() {
			_, err := o.Fetch(t.Context(), post(3), nil, strings.NewReader("a=b"))
			first <- err
		}()
		synctest.Wait()
		_, err := o.Fetch(t.Context(), get("/"), nil, nil)
		check(t, err, seawall.ReasonOriginTimeout, unsent)
		check(t, <-first, seawall.ReasonOriginTimeout, sent)
	})
}

func TestSlowIsNotStalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := scripted(t, func(c net.Conn) {
			in := bufio.NewReader(c)
			readHead(in)
			<-time.After(14 * time.Second)
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
			for _, b := range []byte("hello") {
				<-time.After(19 * time.Second)
				c.Write([]byte{b})
			}
			io.Copy(io.Discard, in)
		})
		resp, err := o.Fetch(t.Context(), get("/"), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if got, want := string(body), "hello"; got != want || err != nil {
			t.Errorf("body: got %q, %v, want %q", got, err, want)
		}
	})
}

func TestClientGone(t *testing.T) {
	t.Run("before the head", func(t *testing.T) {
		asked := make(chan struct{})
		o := scripted(t, func(c net.Conn) { readHead(bufio.NewReader(c)); close(asked); hang(c) })
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-asked; cancel() }()
		_, err := o.Fetch(ctx, get("/"), nil, nil)
		check(t, err, seawall.ReasonClientGone, sent)
	})
	t.Run("before anything", func(t *testing.T) {
		o := scripted(t, hang)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := o.Fetch(ctx, get("/"), nil, nil)
		check(t, err, seawall.ReasonClientGone, unsent)
	})
	t.Run("in mid-body", func(t *testing.T) {
		o := scripted(t, answerWith("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"))
		ctx, cancel := context.WithCancel(t.Context())
		resp, err := o.Fetch(ctx, get("/"), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		cancel()
		_, err = io.ReadAll(resp.Body)
		check(t, err, seawall.ReasonClientGone, sent)
	})
	t.Run("deadline of the caller", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := scripted(t, hang).Fetch(ctx, get("/"), nil, nil)
			check(t, err, seawall.ReasonOriginTimeout, sent)
		})
	})
}

func TestRequestBodyFails(t *testing.T) {
	errTooLarge := errors.New("too large")
	tests := map[string]struct {
		size int64
		body io.Reader
		want error
	}{
		"too large":          {-1, io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(errTooLarge)), errTooLarge},
		"too large, at once": {10, iotest.ErrReader(errTooLarge), errTooLarge},
		"too short":          {10, strings.NewReader("abc"), io.ErrUnexpectedEOF},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := scripted(t, hang).Fetch(t.Context(), post(test.size), nil, test.body)
			if !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
			if e, ok := errors.AsType[*Error](err); !ok || e.Reason != seawall.ReasonClientGone {
				t.Errorf("got %v, want %s", err, seawall.ReasonClientGone)
			}
		})
	}
}

// trickle yields one chunk a second.
type trickle struct{ chunks, size int }

func (t *trickle) Read(p []byte) (int, error) {
	if t.chunks == 0 {
		return 0, io.EOF
	}
	t.chunks--
	<-time.After(time.Second)
	return copy(p, make([]byte, t.size)), nil
}

func TestUploadBuysTime(t *testing.T) {
	tests := map[string]struct {
		size int
		want seawall.Reason
	}{
		"honest line":      {32 << 10, seawall.ReasonNone},
		"hardly a trickle": {100, seawall.ReasonClientGone},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := scripted(t, func(c net.Conn) {
					in := bufio.NewReader(c)
					readHead(in)
					if _, err := io.CopyN(io.Discard, in, int64(60*test.size)); err == nil {
						io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n")
					}
					io.Copy(io.Discard, in)
				})
				resp, err := o.Fetch(t.Context(), post(int64(60*test.size)), nil, &trickle{60, test.size})
				if test.want != seawall.ReasonNone {
					check(t, err, test.want, sent)
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
			})
		})
	}
}

// TestKeptConnectionGone is about the commonest race of all: the origin closes an idle connection just as a request comes.
func TestKeptConnectionGone(t *testing.T) {
	once := func(after func(net.Conn)) func(net.Conn) {
		return func(c net.Conn) {
			in := bufio.NewReader(c)
			readHead(in)
			io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n")
			readHead(in)
			after(c)
		}
	}
	closes := func(net.Conn) {}
	first := func(t *testing.T, o *Origin) {
		t.Helper()
		resp, err := o.Fetch(t.Context(), get("/"), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	t.Run("a page is asked for again", func(t *testing.T) {
		o := scripted(t, once(closes), answerWith("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
		first(t, o)
		resp, err := o.Fetch(t.Context(), get("/"), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if got, want := resp.Status, 200; got != want {
			t.Errorf("status: got %d, want %d", got, want)
		}
	})
	t.Run("a form is not", func(t *testing.T) {
		o := scripted(t, once(closes), func(net.Conn) { t.Error("the form was sent twice") })
		first(t, o)
		_, err := o.Fetch(t.Context(), post(3), nil, strings.NewReader("a=b"))
		check(t, err, seawall.ReasonOriginReset, sent)
	})
}

// TestTrailOfUnwritable is about a connection that fails before the first byte: certainly not sent.
func TestTrailOfUnwritable(t *testing.T) {
	conn := &countedConn{}
	var tr trail
	if tr.sent() || tr.reached() {
		t.Error("a request without a connection counts as sent or reached")
	}
	conn.written.Add(100) // an earlier request's
	tr.gotConn(httptrace.GotConnInfo{Conn: conn})
	if got, want := tr.sent(), unsent; got != want {
		t.Errorf("sent on a kept connection: got %t, want %t", got, want)
	}
	conn.written.Add(1)
	tr.gotConn(httptrace.GotConnInfo{Conn: &countedConn{}})
	if got, want := tr.sent(), sent; got != want {
		t.Errorf("sent on the connection before: got %t, want %t", got, want)
	}
}
