package gateway_test

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
	"github.com/seawall-project/seawall/internal/edge/admit"
	"github.com/seawall-project/seawall/internal/edge/cache"
	"github.com/seawall-project/seawall/internal/edge/gateway"
	"github.com/seawall-project/seawall/internal/edge/origin"
)

// Each test here is an attack that once worked.

// slowBody is a body that arrives a byte at a time.
type slowBody struct {
	left int
	gap  time.Duration
}

func (s *slowBody) Read(p []byte) (int, error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	time.Sleep(s.gap)
	s.left--
	p[0] = 'x'
	return 1, nil
}

func withBody(x *gateway.Exchange, body io.Reader, size int64) *gateway.Exchange {
	x.Body, x.Request.BodySize = body, size
	return x
}

func by(x *gateway.Exchange, addr string) *gateway.Exchange {
	x.Request.Client = seawall.ClientAt(netip.MustParseAddr(addr))
	return x
}

// readersServed asks for path from n networks, one after another, and counts the answers that are right.
func readersServed(t *testing.T, b *bench, path string, n int) int {
	t.Helper()
	served := 0
	for i := range n {
		if got := b.ask(t.Context(), by(request("GET", path), fmt.Sprintf("198.51.%d.1", i))); got.status == 200 {
			served++
		}
	}
	return served
}

// TestSlowUploadsHoldNoPlace: whoever dribbles a body into a request holds neither a place at the origin nor those who ask for the page.
func TestSlowUploadsHoldNoPlace(t *testing.T) {
	for _, method := range []string{"GET", "POST"} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, admit.Options{}, func(_ context.Context, _ *seawall.Request, _ seawall.Fields, body io.Reader) (*origin.Response, error) {
				if body != nil {
					_, _ = io.Copy(io.Discard, body)
				}
				time.Sleep(5 * time.Millisecond)
				return answering(200, "no-store", "hello"), nil
			})
			var wg sync.WaitGroup
			for range 100 {
				wg.Go(func() { b.Serve(t.Context(), withBody(request(method, "/"), &slowBody{10, 3 * time.Second}, 10)) })
			}
			synctest.Wait()
			if got := readersServed(t, b, "/", 50); got != 50 {
				t.Errorf("%s: %d of 50 readers served beside slow uploads", method, got)
			}
			wg.Wait()
			if o := b.last(t); o.Cost > time.Second {
				t.Errorf("%s: the client's slowness counts as the origin's cost: %v", method, o.Cost)
			}
		})
	}
}

// TestUploadsAreShared: one network cannot take all the room for bodies.
func TestUploadsAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, admit.Options{}, func(_ context.Context, _ *seawall.Request, _ seawall.Fields, body io.Reader) (*origin.Response, error) {
			return answering(200, "no-store", "hello"), nil
		})
		var wg sync.WaitGroup
		ctx, stop := context.WithCancel(t.Context())
		for range 100 {
			wg.Go(func() {
				body := io.MultiReader(strings.NewReader(strings.Repeat("x", 1<<20)), waiting{ctx})
				b.Serve(ctx, withBody(request("POST", "/upload"), body, -1))
			})
		}
		synctest.Wait()
		got := b.ask(t.Context(), by(withBody(request("POST", "/contact"), strings.NewReader("a=1"), 3), "203.0.113.5"))
		if got.status != 200 {
			t.Errorf("a reader's form got %d while one network filled the room for uploads", got.status)
		}
		if s := b.Stats(); s.Uploads > s.UploadsLimit/2+1 {
			t.Errorf("one network holds %d of %d bytes", s.Uploads, s.UploadsLimit)
		}
		stop()
		wg.Wait()
		b.last(t)
	})
}

type waiting struct{ ctx context.Context }

func (w waiting) Read([]byte) (int, error) {
	<-w.ctx.Done()
	return 0, w.ctx.Err()
}

// TestCancellingIsNotFree: who asks and leaves does not get more of the origin than who waits.
func TestCancellingIsNotFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		working, most := 0, 0
		b := newBench(t, admit.Options{Start: 8, Min: 4, Max: 8}, func(ctx context.Context, _ *seawall.Request, _ seawall.Fields, _ io.Reader) (*origin.Response, error) {
			mu.Lock()
			working++
			most = max(most, working)
			mu.Unlock()
			time.Sleep(2 * time.Second) // an origin does not notice that nobody waits any more
			mu.Lock()
			working--
			mu.Unlock()
			return answering(200, "no-store", "hello"), ctx.Err()
		})
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				ctx, leave := context.WithTimeout(t.Context(), 10*time.Millisecond)
				defer leave()
				b.Serve(ctx, request("GET", fmt.Sprintf("/page-%d", i)))
			})
			time.Sleep(20 * time.Millisecond)
		}
		wg.Wait()
		if most > 8 {
			t.Errorf("the origin worked on %d requests at once, with a limit of 8", most)
		}
		b.last(t)
	})
}

// TestSlowDownloadsAreShared: long answers to slow readers of one network leave room for others.
func TestSlowDownloadsAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, admit.Options{}, func(context.Context, *seawall.Request, seawall.Fields, io.Reader) (*origin.Response, error) {
			r := answering(200, "no-store", "")
			r.Size, r.Body = 1<<20, io.NopCloser(strings.NewReader(strings.Repeat("x", 1<<20)))
			return r, nil
		})
		var wg sync.WaitGroup
		ctx, stop := context.WithCancel(t.Context())
		for range 600 {
			wg.Go(func() {
				x := request("GET", "/film")
				x.Out = &slowReader{ctx: ctx}
				b.Serve(ctx, x)
			})
		}
		synctest.Wait()
		if s := b.Stats(); s.Downloads > s.DownloadsLimit/2 {
			t.Errorf("one network has %d of %d long answers under way", s.Downloads, s.DownloadsLimit)
		}
		if got := b.ask(t.Context(), by(request("GET", "/film"), "203.0.113.5")); got.body.Len() != 1<<20 {
			t.Errorf("a reader elsewhere got %d, %d bytes", got.status, got.body.Len())
		}
		stop()
		wg.Wait()
		b.last(t)
	})
}

type slowReader struct {
	reader
	ctx context.Context
}

func (r *slowReader) Write([]byte) (int, error) {
	<-r.ctx.Done()
	return 0, r.ctx.Err()
}

// TestWhatIsNotTheKeysIsNotStored: what a request carries beyond the cache's key must not end up in others' pages.
func TestWhatIsNotTheKeysIsNotStored(t *testing.T) {
	echo := func(_ context.Context, r *seawall.Request, _ seawall.Fields, body io.Reader) (*origin.Response, error) {
		sent := ""
		if body != nil {
			b, _ := io.ReadAll(body)
			sent = string(b)
		}
		status := 200
		if r.Fields.Has("X-Bad") {
			status = 400
		}
		return answering(status, "public, max-age=60", "page "+r.Query+sent), nil
	}
	for name, attack := range map[string]func() *gateway.Exchange{
		"a body": func() *gateway.Exchange { return withBody(request("GET", "/"), strings.NewReader("poison"), 6) },
		"a tracking key with Range": func() *gateway.Exchange {
			x := request("GET", "/")
			x.Request.Query, x.Request.Fields = "utm_source=poison", append(x.Request.Fields, seawall.Field{Name: "Range", Value: "bytes=0-"})
			return x
		},
		"a tracking key with Authorization": func() *gateway.Exchange {
			x := request("GET", "/")
			x.Request.Query, x.Request.Fields = "utm_source=poison", append(x.Request.Fields, seawall.Field{Name: "Authorization", Value: "x"})
			return x
		},
		"a field the origin refuses": func() *gateway.Exchange {
			x := request("GET", "/")
			x.Request.Fields = append(x.Request.Fields, seawall.Field{Name: "X-Bad", Value: "1"})
			return x
		},
	} {
		b := newBench(t, admit.Options{}, echo)
		b.ask(t.Context(), attack())
		if got := b.ask(t.Context(), request("GET", "/")); got.status != 200 || got.body.String() != "page " {
			t.Errorf("%s: the next reader got %d %q", name, got.status, got.body.String())
		}
	}
}

// TestPostsDoNotTakeTheCopyAway: strangers' posts to a page do not cost readers its copy when the origin dies.
func TestPostsDoNotTakeTheCopyAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := false
		b := newBench(t, admit.Options{}, func(context.Context, *seawall.Request, seawall.Fields, io.Reader) (*origin.Response, error) {
			if down {
				return nil, &origin.Error{Reason: seawall.ReasonOriginDown}
			}
			return answering(200, "max-age=60", "hello"), nil
		})
		b.ask(t.Context(), request("GET", "/"))
		time.Sleep(time.Second)
		b.ask(t.Context(), withBody(request("POST", "/"), strings.NewReader("x"), 1))
		down = true
		if got := b.ask(t.Context(), request("GET", "/")); got.status != 200 || got.body.String() != "hello" {
			t.Errorf("got %d %q", got.status, got.body.String())
		}
	})
}

// TestSlowLeader: readers do not wait for ever behind one whose answer hangs.
func TestSlowLeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, admit.Options{}, func(_ context.Context, r *seawall.Request, _ seawall.Fields, _ io.Reader) (*origin.Response, error) {
			if r.Fields.Get("Cookie") != "" {
				time.Sleep(15 * time.Second) // such as a locked session
			}
			return answering(200, "max-age=60", "hello"), nil
		})
		var wg sync.WaitGroup
		wg.Go(func() {
			x := request("GET", "/")
			x.Request.Fields = append(x.Request.Fields, seawall.Field{Name: "Cookie", Value: "session=locked"})
			b.Serve(t.Context(), x)
		})
		synctest.Wait()
		begun := time.Now()
		got := b.ask(t.Context(), by(request("GET", "/"), "198.51.100.1"))
		if took := time.Since(begun); got.status != 200 || took > edge.DefaultPatience {
			t.Errorf("got %d after %v", got.status, took)
		}
		wg.Wait()
		b.last(t)
	})
}

// TestPersonalPagesAreNotShared: an answer that says nothing of its freshness may be one reader's own. Readers with cookies who ask at
// the same moment each get theirs.
func TestPersonalPagesAreNotShared(t *testing.T) {
	for _, control := range []string{"", "no-cache", "max-age=0", "max-age=0, must-revalidate"} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, admit.Options{}, func(_ context.Context, r *seawall.Request, _ seawall.Fields, _ io.Reader) (*origin.Response, error) {
				time.Sleep(100 * time.Millisecond)
				return answering(200, control, "account of "+r.Fields.Get("Cookie")), nil
			})
			var wg sync.WaitGroup
			for _, who := range []string{"alice", "bob", "", "carol", ""} {
				wg.Go(func() {
					x := request("GET", "/account")
					if who != "" {
						x.Request.Fields = append(x.Request.Fields, seawall.Field{Name: "Cookie", Value: who})
					}
					if got := b.ask(t.Context(), x).body.String(); got != "account of "+who {
						t.Errorf("%q: %q got %q", control, who, got)
					}
				})
				synctest.Wait()
			}
			wg.Wait()
			b.last(t)
		})
	}
}

// TestCrowdBeforeAFullOrigin: of a crowd that wants one page of an origin that is busy, no more queue than may.
func TestCrowdBeforeAFullOrigin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, admit.Options{Start: 4, Min: 4, Max: 4}, func(context.Context, *seawall.Request, seawall.Fields, io.Reader) (*origin.Response, error) {
			time.Sleep(5 * time.Second)
			return answering(200, "max-age=60", "hello"), nil
		})
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() { b.Serve(t.Context(), request("GET", fmt.Sprintf("/slow-%d", i))) })
		}
		synctest.Wait()
		for range 500 {
			wg.Go(func() { b.Serve(t.Context(), request("GET", "/page")) })
		}
		for range 30 {
			time.Sleep(100 * time.Millisecond)
			synctest.Wait()
			if got := b.admit.Load(time.Now()).Queued; got > cache.DefaultContenders {
				t.Fatalf("%d queue for one page", got)
			}
		}
		wg.Wait()
		b.last(t)
	})
}

// TestSetCookieOfAsker: who fetches a page that may be shared still gets the cookie that came with it, and nobody else does.
func TestSetCookieOfAsker(t *testing.T) {
	b := newBench(t, admit.Options{}, func(context.Context, *seawall.Request, seawall.Fields, io.Reader) (*origin.Response, error) {
		r := answering(200, "public, max-age=60", "hello")
		r.Fields = append(r.Fields, seawall.Field{Name: "Set-Cookie", Value: "id=1"})
		return r, nil
	})
	for i, want := range []string{"id=1", ""} {
		if got := b.ask(t.Context(), request("GET", "/")); got.fields.Get("Set-Cookie") != want || got.body.String() != "hello" {
			t.Errorf("reader %d: got %q and %q", i, got.fields.Get("Set-Cookie"), got.body.String())
		}
	}
	if b.origin.count() != 1 {
		t.Errorf("asked %d times, want once", b.origin.count())
	}
}

// TestHeadOfUnknownLength: no length is made up.
func TestHeadOfUnknownLength(t *testing.T) {
	b := newBench(t, admit.Options{}, func(context.Context, *seawall.Request, seawall.Fields, io.Reader) (*origin.Response, error) {
		r := answering(200, "no-store", "")
		r.Size = -1
		return r, nil
	})
	if got := b.ask(t.Context(), request("HEAD", "/")); got.size != -1 {
		t.Errorf("a length of %d was announced", got.size)
	}
}
