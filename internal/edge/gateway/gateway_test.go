package gateway_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
	"github.com/seawall-project/seawall/internal/edge/admit"
	"github.com/seawall-project/seawall/internal/edge/answer"
	"github.com/seawall-project/seawall/internal/edge/cache"
	"github.com/seawall-project/seawall/internal/edge/gateway"
	"github.com/seawall-project/seawall/internal/edge/origin"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// originFunc is an origin made of one function, with a count of how often it was asked.
type originFunc struct {
	do func(ctx context.Context, r *seawall.Request, extra seawall.Fields, body io.Reader) (*origin.Response, error)

	mu    sync.Mutex // guards asked
	asked int
}

func (o *originFunc) Fetch(ctx context.Context, r *seawall.Request, extra seawall.Fields, body io.Reader) (*origin.Response, error) {
	o.mu.Lock()
	o.asked++
	o.mu.Unlock()
	return o.do(ctx, r, extra, body)
}

func (o *originFunc) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.asked
}

func answering(status int, control, body string) *origin.Response {
	return &origin.Response{
		Status: status, Size: int64(len(body)), Body: io.NopCloser(strings.NewReader(body)),
		Fields:      seawall.Fields{{Name: "Cache-Control", Value: control}, {Name: "Content-Type", Value: "text/html"}, {Name: "ETag", Value: `"1"`}},
		RequestTime: time.Now(), ResponseTime: time.Now(),
	}
}

// reader takes one answer.
type reader struct {
	status  int
	fields  seawall.Fields
	size    int64
	body    bytes.Buffer
	aborted bool
	gone    bool
}

func (r *reader) Head(status int, fields seawall.Fields, size int64) error {
	if r.gone {
		return errors.New("the reader has gone")
	}
	r.status, r.fields, r.size = status, append(seawall.Fields(nil), fields...), size
	return nil
}
func (r *reader) Write(p []byte) (int, error) { return r.body.Write(p) }
func (r *reader) Flush() error                { return nil }
func (r *reader) Abort()                      { r.aborted = true }

type bench struct {
	*gateway.Gateway
	origin *originFunc
	cache  *cache.Cache
	admit  *admit.Controller

	mu       sync.Mutex // guards outcomes
	outcomes []seawall.Outcome
}

func newBench(t *testing.T, o admit.Options, do func(context.Context, *seawall.Request, seawall.Fields, io.Reader) (*origin.Response, error)) *bench {
	t.Helper()
	b := &bench{origin: &originFunc{do: do}}
	sites := []*seawall.Site{{Name: "www.example.org", MaxStale: 24 * time.Hour}}
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	b.cache, err = cache.New(cache.Options{MemoryBytes: 8 << 20})
	must(err)
	t.Cleanup(b.cache.Close)
	b.admit, err = admit.New(o)
	must(err)
	book, err := answer.New(sites)
	must(err)
	e, err := edge.New(edge.Options{Sites: sites, Cache: b.cache, Answers: book, Admit: []*admit.Controller{b.admit}})
	must(err)
	b.Gateway, err = gateway.New(gateway.Options{
		Edge: e, Cache: b.cache, Answers: book, Admit: []*admit.Controller{b.admit},
		Origins: []gateway.Origin{b.origin}, Report: b.report, Now: time.Now,
	})
	must(err)
	t.Cleanup(b.Gateway.Close)
	return b
}

func (b *bench) report(o seawall.Outcome) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.outcomes = append(b.outcomes, o)
}

// last returns the latest outcome, and checks that nothing is left at or before the origin.
func (b *bench) last(t *testing.T) seawall.Outcome {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if l := b.admit.Load(time.Now()); l.InFlight != 0 || l.Queued != 0 || b.Stats().Sharing != 0 || b.Stats().Uploads != 0 || b.Stats().Downloads != 0 {
		t.Errorf("left over: %+v, %+v", l, b.Stats())
	}
	if len(b.outcomes) == 0 {
		t.Fatal("no outcome")
	}
	return b.outcomes[len(b.outcomes)-1]
}

func request(method, path string) *gateway.Exchange {
	return &gateway.Exchange{Out: &reader{}, Request: seawall.Request{
		ID: 7, Method: method, Host: "www.example.org", Path: path, Received: time.Now(),
		Client: seawall.ClientAt(netip.MustParseAddr("192.0.2.7")), Fields: seawall.Fields{{Name: "Accept", Value: "text/html"}},
	}}
}

func (b *bench) ask(ctx context.Context, x *gateway.Exchange) *reader {
	b.Serve(ctx, x)
	return x.Out.(*reader)
}

func TestForwardThenHit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, admit.Options{}, func(context.Context, *seawall.Request, seawall.Fields, io.Reader) (*origin.Response, error) {
			time.Sleep(50 * time.Millisecond)
			return answering(200, "max-age=60", "hello"), nil
		})
		for i, want := range []seawall.ActionKind{seawall.ActionForward, seawall.ActionServe} {
			got := b.ask(t.Context(), request("GET", "/"))
			if got.status != 200 || got.body.String() != "hello" || got.size != 5 {
				t.Errorf("%d: got %d %q of %d", i, got.status, got.body.String(), got.size)
			}
			if o := b.last(t); o.Action != want || o.Bytes != 5 || o.Status != 200 || o.Site != "www.example.org" {
				t.Errorf("%d: outcome %+v, want %v", i, o, want)
			}
		}
		if b.origin.count() != 1 {
			t.Errorf("the origin was asked %d times, want once", b.origin.count())
		}
		if o := b.outcomes[0]; o.Cost != 50*time.Millisecond || o.Lane != seawall.LanePage || o.Cache != seawall.CacheMiss {
			t.Errorf("first outcome %+v", o)
		}
	})
}

// TestRevalidate lets a copy go stale: the origin is asked whether it holds, and what it says is served.
func TestRevalidate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, admit.Options{}, func(_ context.Context, _ *seawall.Request, extra seawall.Fields, _ io.Reader) (*origin.Response, error) {
			if extra.Get("If-None-Match") == `"1"` {
				return answering(304, "max-age=60", ""), nil
			}
			return answering(200, "max-age=60", "hello"), nil
		})
		b.ask(t.Context(), request("GET", "/"))
		time.Sleep(2 * time.Minute)
		got := b.ask(t.Context(), request("GET", "/"))
		if got.status != 200 || got.body.String() != "hello" || b.last(t).Cache != seawall.CacheRevalidated {
			t.Errorf("got %d %q %v", got.status, got.body.String(), b.last(t).Cache)
		}
		b.ask(t.Context(), request("GET", "/"))
		if b.origin.count() != 2 {
			t.Errorf("the origin was asked %d times, want 2", b.origin.count())
		}
	})
}

// TestNeverABare502 takes the origin away in every way there is.
func TestNeverABare502(t *testing.T) {
	for name, fail := range map[string]func() (*origin.Response, error){
		"down": func() (*origin.Response, error) { return nil, &origin.Error{Reason: seawall.ReasonOriginDown} },
		"late": func() (*origin.Response, error) {
			return nil, &origin.Error{Reason: seawall.ReasonOriginTimeout, Sent: true}
		},
		"reset": func() (*origin.Response, error) {
			return nil, &origin.Error{Reason: seawall.ReasonOriginReset, Sent: true}
		},
		"502":     func() (*origin.Response, error) { return answering(502, "", "Bad Gateway"), nil },
		"503":     func() (*origin.Response, error) { return answering(503, "", "no"), nil },
		"504":     func() (*origin.Response, error) { return answering(504, "", "no"), nil },
		"unknown": func() (*origin.Response, error) { return nil, errors.New("something else") },
		"cut off": func() (*origin.Response, error) {
			r := answering(200, "max-age=60", "hel")
			r.Size = 5
			return r, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				broken := false
				b := newBench(t, admit.Options{}, func(context.Context, *seawall.Request, seawall.Fields, io.Reader) (*origin.Response, error) {
					if broken {
						return fail()
					}
					return answering(200, "max-age=60", "hello"), nil
				})
				b.ask(t.Context(), request("GET", "/known"))
				broken = true
				time.Sleep(time.Hour)
				if got := b.ask(t.Context(), request("GET", "/known")); got.status != 200 || got.body.String() != "hello" ||
					!strings.Contains(got.fields.Get("Cache-Status"), "ttl=-") {
					t.Errorf("with a copy: got %d %q %q", got.status, got.body.String(), got.fields.Get("Cache-Status"))
				}
				if o := b.last(t); o.Answer != seawall.AnswerStale || o.Cache != seawall.CacheStale {
					t.Errorf("with a copy: outcome %+v", o)
				}
				for _, x := range []*gateway.Exchange{request("GET", "/unknown"), request("POST", "/contact"), request("HEAD", "/unknown")} {
					if x.Request.Method == "HEAD" && name == "cut off" {
						continue // there is no body to be cut off
					}
					got := b.ask(t.Context(), x)
					if got.status != 503 && got.status != 504 {
						t.Errorf("%s without a copy: got %d", x.Request.Method, got.status)
					}
					if x.Request.Method == "HEAD" {
						continue
					}
					if page := got.body.String(); !strings.Contains(page, "www.example.org") || !strings.Contains(page, x.Request.ID.String()) || len(page) > 4096 {
						t.Errorf("%s: not an honest page: %q", x.Request.Method, page)
					}
					if got.fields.Get("Retry-After") == "" {
						t.Errorf("%s: no Retry-After", x.Request.Method)
					}
				}
			})
		})
	}
}

// TestCollapse sends a crowd for one page at once, while the origin has time: nobody is refused, and the origin is asked once.
func TestCollapse(t *testing.T) {
	for _, control := range []string{"max-age=60", "no-cache", "max-age=0", ""} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, admit.Options{}, func(context.Context, *seawall.Request, seawall.Fields, io.Reader) (*origin.Response, error) {
				time.Sleep(time.Second)
				return answering(200, control, "hello"), nil
			})
			const n = 10 * cache.DefaultContenders
			if served, notes := together(t, b, n); b.origin.count() != 1 || served != n || notes != 0 {
				t.Errorf("%q: asked %d times, served %d, notes %d; want 1, %d, 0", control, b.origin.count(), served, notes, n)
			}
		})
	}
}

// TestCollapseFailing does so while the origin fails: it is asked twice, one after the other, and then everyone is told. When failing takes
// longer than readers wait, those who lost patience try once more together.
func TestCollapseFailing(t *testing.T) {
	for _, tt := range []struct {
		takes time.Duration
		asked int
	}{{100 * time.Millisecond, cache.DefaultLeaders}, {time.Second, 2 * cache.DefaultLeaders}} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, admit.Options{}, func(context.Context, *seawall.Request, seawall.Fields, io.Reader) (*origin.Response, error) {
				time.Sleep(tt.takes)
				return nil, &origin.Error{Reason: seawall.ReasonOriginReset, Sent: true}
			})
			served, notes := together(t, b, 40)
			if b.origin.count() != tt.asked || served != 0 || notes != 40 {
				t.Errorf("%v: asked %d times, served %d, notes %d; want %d, 0, 40", tt.takes, b.origin.count(), served, notes, tt.asked)
			}
		})
	}
}

// TestCollapsePrivate lets the answer turn out to be for one reader alone: then everyone asks, and the next do not wait for each other.
func TestCollapsePrivate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, admit.Options{}, func(context.Context, *seawall.Request, seawall.Fields, io.Reader) (*origin.Response, error) {
			time.Sleep(100 * time.Millisecond)
			return answering(200, "private", "hello"), nil
		})
		if served, _ := together(t, b, 10); b.origin.count() != 10 || served != 10 {
			t.Errorf("asked %d times, served %d; want 10, 10", b.origin.count(), served)
		}
		begun := time.Now()
		if served, _ := together(t, b, 10); served != 10 || time.Since(begun) > 150*time.Millisecond {
			t.Errorf("served %d after %v; want 10 side by side", served, time.Since(begun))
		}
	})
}

// TestLeaderLeaves lets the reader who leads go away: the others are served all the same.
func TestLeaderLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, admit.Options{}, func(ctx context.Context, _ *seawall.Request, _ seawall.Fields, _ io.Reader) (*origin.Response, error) {
			select {
			case <-time.After(time.Second):
				return answering(200, "max-age=60", "hello"), nil
			case <-ctx.Done():
				return nil, &origin.Error{Reason: seawall.ReasonClientGone, Err: ctx.Err()}
			}
		})
		ctx, leave := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			x := request("GET", "/")
			x.Out.(*reader).gone = true
			b.Serve(ctx, x)
		})
		synctest.Wait()
		wg.Go(func() {
			if got := b.ask(t.Context(), request("GET", "/")); got.status != 200 {
				t.Errorf("the second reader got %d", got.status)
			}
		})
		synctest.Wait()
		leave()
		wg.Wait()
		if b.last(t); b.origin.count() != 1 {
			t.Errorf("asked %d times, want once", b.origin.count())
		}
	})
}

// together sends n readers for the same page at once and counts what they got.
func together(t *testing.T, b *bench, n int) (served, notes int) {
	t.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			got := b.ask(t.Context(), request("GET", "/together"))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case got.status == 200 && got.body.String() == "hello":
				served++
			case got.status == 503:
				notes++
			default:
				t.Errorf("got %d %q", got.status, got.body.String())
			}
		})
	}
	wg.Wait()
	b.last(t)
	return served, notes
}

// TestPatience fills the origin: who waits too long gets a note, or the stale copy much sooner.
func TestPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := false
		b := newBench(t, admit.Options{Start: 1, Min: 1, Max: 1}, func(context.Context, *seawall.Request, seawall.Fields, io.Reader) (*origin.Response, error) {
			if slow {
				time.Sleep(time.Minute)
			}
			return answering(200, "max-age=60", "hello"), nil
		})
		b.ask(t.Context(), request("GET", "/known"))
		time.Sleep(2 * time.Minute)
		slow = true
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { b.Serve(ctx, request("GET", "/slow")) })
		synctest.Wait()
		for _, tt := range []struct {
			path   string
			status int
			wait   time.Duration
		}{{"/known", 200, edge.DefaultStalePatience}, {"/other", 503, edge.DefaultPatience}} {
			begun := time.Now()
			got := b.ask(t.Context(), request("GET", tt.path))
			if took := time.Since(begun); got.status != tt.status || took != tt.wait {
				t.Errorf("%s: got %d after %v, want %d after %v", tt.path, got.status, took, tt.status, tt.wait)
			}
		}
		stop()
		wg.Wait()
	})
}

// TestStream passes a long answer through without keeping it, and breaks off visibly when the origin does.
func TestStream(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 1<<16) // 1 MiB
	for _, tt := range []struct {
		name    string
		size    int64
		body    io.Reader
		want    int
		aborted bool
	}{
		{"known size", int64(len(long)), strings.NewReader(long), len(long), false},
		{"unknown size", -1, strings.NewReader(long), len(long), false},
		{"cut off", int64(len(long)), io.MultiReader(strings.NewReader(long[:1<<19]), &failing{}), 1 << 19, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, admit.Options{}, func(context.Context, *seawall.Request, seawall.Fields, io.Reader) (*origin.Response, error) {
				r := answering(200, "no-store", "")
				r.Size, r.Body = tt.size, io.NopCloser(tt.body)
				return r, nil
			})
			got := b.ask(t.Context(), request("GET", "/long"))
			if got.body.Len() != tt.want || got.aborted != tt.aborted || got.size != tt.size {
				t.Errorf("got %d bytes of %d, aborted %v; want %d, %v", got.body.Len(), got.size, got.aborted, tt.want, tt.aborted)
			}
			b.last(t)
		})
	}
}

type failing struct{}

func (*failing) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

// TestOneOutcomeEach sends every sort of request and counts.
func TestOneOutcomeEach(t *testing.T) {
	b := newBench(t, admit.Options{}, func(_ context.Context, r *seawall.Request, _ seawall.Fields, _ io.Reader) (*origin.Response, error) {
		if r.Path == "/down" {
			return nil, &origin.Error{Reason: seawall.ReasonOriginDown}
		}
		return answering(200, "max-age=60", "hello"), nil
	})
	sent := 0
	for _, method := range []string{"GET", "HEAD", "POST", "TRACE", "OPTIONS"} {
		for _, path := range []string{"/", "/down", "*", ""} {
			for _, host := range []string{"www.example.org", "other.example", ""} {
				x := request(method, path)
				x.Request.Host = host
				b.Serve(t.Context(), x)
				sent++
				if o := b.last(t); o.Status != x.Out.(*reader).status || o.Bytes != int64(x.Out.(*reader).body.Len()) || o.Action == seawall.ActionNone {
					t.Errorf("%s %s%s: outcome %+v", method, host, path, o)
				}
			}
		}
	}
	b.Greet(time.Now(), &edge.Hello{Conns: 2, ConnLimit: 1})
	if len(b.outcomes) != sent+1 {
		t.Errorf("%d outcomes of %d requests and one connection", len(b.outcomes), sent)
	}
	if o := b.outcomes[sent]; o.Action != seawall.ActionDrop || o.Reason != seawall.ReasonConnections {
		t.Errorf("a connection too many: %+v", o)
	}
}

// TestTrackingKeysDoNotReachTheOrigin: what is not part of the key must not choose what is stored under it.
func TestTrackingKeysDoNotReachTheOrigin(t *testing.T) {
	b := newBench(t, admit.Options{}, func(_ context.Context, r *seawall.Request, _ seawall.Fields, _ io.Reader) (*origin.Response, error) {
		return answering(200, "max-age=60", "query "+r.Query), nil
	})
	for i, query := range []string{"utm_source=poison&page=2", "page=2", "page=2&fbclid=x"} {
		x := request("GET", "/list")
		x.Request.Query = query
		if got := b.ask(t.Context(), x).body.String(); got != "query page=2" {
			t.Errorf("%d: got %q", i, got)
		}
	}
	if b.origin.count() != 1 {
		t.Errorf("asked %d times, want once", b.origin.count())
	}
}
