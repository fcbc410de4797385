package gateway_test

import (
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge/admit"
	"github.com/seawall-project/seawall/internal/edge/gateway"
	"github.com/seawall-project/seawall/internal/edge/origin"
)

type askFunc = func(context.Context, *seawall.Request, seawall.Fields, io.Reader) (*origin.Response, error)

func with(x *gateway.Exchange, name, value string) *gateway.Exchange {
	x.Request.Fields = append(x.Request.Fields, seawall.Field{Name: name, Value: value})
	return x
}

// always answers everything with one answer.
func always(status int, control, body string) askFunc {
	return func(context.Context, *seawall.Request, seawall.Fields, io.Reader) (*origin.Response, error) {
		return answering(status, control, body), nil
	}
}

func TestRangeFromTheCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, admit.Options{}, always(200, "max-age=60", "0123456789"))
		b.ask(t.Context(), request("GET", "/"))
		for spec, want := range map[string]struct {
			status      int
			body, field string
		}{
			"bytes=2-4":     {206, "234", "bytes 2-4/10"},
			"bytes=-1":      {206, "9", "bytes 9-9/10"},
			"bytes=10-":     {416, "", "bytes */10"},
			"bytes=0-1,3-4": {200, "0123456789", ""},
		} {
			got := b.ask(t.Context(), with(request("GET", "/"), "Range", spec))
			if got.status != want.status || got.body.String() != want.body || got.fields.Get("Content-Range") != want.field || got.size != int64(len(want.body)) {
				t.Errorf("%s: got %d %q %q of %d", spec, got.status, got.body.String(), got.fields.Get("Content-Range"), got.size)
			}
		}
		if got := b.ask(t.Context(), with(with(request("GET", "/"), "Range", "bytes=0-1"), "If-None-Match", `"1"`)); got.status != 304 {
			t.Errorf("the condition did not come first: got %d", got.status)
		}
		if b.origin.count() != 1 {
			t.Errorf("the origin was asked %d times, want once", b.origin.count())
		}
	})
}

// TestRenewing lets a copy go just past its time: readers get it at once, and one of them has it renewed.
func TestRenewing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body := "old"
		b := newBench(t, admit.Options{}, func(_ context.Context, r *seawall.Request, _ seawall.Fields, _ io.Reader) (*origin.Response, error) {
			if r.Method != "GET" {
				t.Errorf("renewed with %s", r.Method)
			}
			time.Sleep(time.Second)
			return answering(200, "max-age=60, stale-while-revalidate=600", body), nil
		})
		defer b.Close()
		b.ask(t.Context(), request("GET", "/"))
		body = "new"
		time.Sleep(2 * time.Minute)
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				begun := time.Now()
				x := request([]string{"GET", "HEAD"}[i%2], "/")
				if got := b.ask(t.Context(), x); got.status != 200 || i%2 == 0 && got.body.String() != "old" || time.Since(begun) != 0 ||
					!strings.HasSuffix(got.fields.Get("Cache-Status"), "detail=renewing") {
					t.Errorf("got %d %q after %v, %q", got.status, got.body.String(), time.Since(begun), got.fields.Get("Cache-Status"))
				}
			})
		}
		wg.Wait()
		if s := b.Stats(); s.Renewals == 0 || s.Renewals > s.RenewalsLimit {
			t.Errorf("renewals: got %d of %d", s.Renewals, s.RenewalsLimit)
		}
		time.Sleep(3 * time.Second)
		if got := b.ask(t.Context(), request("GET", "/")); got.body.String() != "new" || b.last(t).Cache != seawall.CacheHit {
			t.Errorf("afterwards: got %q, %v", got.body.String(), b.last(t).Cache)
		}
		if n := b.origin.count(); n > 3 { // one for GET and one for HEAD at most
			t.Errorf("the origin was asked %d times", n)
		}
		if len(b.outcomes) != 22 || b.Stats().Renewals != 0 {
			t.Errorf("%d outcomes of 22, %d renewals left", len(b.outcomes), b.Stats().Renewals)
		}
	})
}

// TestCloseEndsRenewals: what nobody waits for does not hold the gateway up.
func TestCloseEndsRenewals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := false
		b := newBench(t, admit.Options{}, func(ctx context.Context, _ *seawall.Request, _ seawall.Fields, _ io.Reader) (*origin.Response, error) {
			if hang {
				<-ctx.Done()
				return nil, &origin.Error{Reason: seawall.ReasonClientGone, Err: ctx.Err()}
			}
			return answering(200, "max-age=60, stale-while-revalidate=600", "old"), nil
		})
		b.ask(t.Context(), request("GET", "/"))
		hang = true
		time.Sleep(2 * time.Minute)
		b.ask(t.Context(), request("GET", "/"))
		synctest.Wait()
		begun := time.Now()
		b.Close()
		b.Close()
		if time.Since(begun) != 0 || b.Stats().Renewals != 0 {
			t.Errorf("closing took %v, %d renewals left", time.Since(begun), b.Stats().Renewals)
		}
		b.ask(t.Context(), request("GET", "/")) // a closed gateway answers, and renews nothing
		if b.Stats().Renewals != 0 {
			t.Error("renewed after the end")
		}
	})
}

// TestLastingError passes on what the origin has written for its readers, and shares it; a copy of the page comes first.
func TestLastingError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, admit.Options{}, always(503, "max-age=60", "we are moving house"))
		for range 2 {
			if got := b.ask(t.Context(), request("GET", "/")); got.status != 503 || got.body.String() != "we are moving house" {
				t.Errorf("got %d %q", got.status, got.body.String())
			}
		}
		if b.origin.count() != 1 {
			t.Errorf("the origin was asked %d times, want once", b.origin.count())
		}
	})
	synctest.Test(t, func(t *testing.T) {
		status := 200
		b := newBench(t, admit.Options{}, func(context.Context, *seawall.Request, seawall.Fields, io.Reader) (*origin.Response, error) {
			return answering(status, "max-age=60", "hello"), nil
		})
		b.ask(t.Context(), request("GET", "/"))
		status = 503
		time.Sleep(2 * time.Minute)
		if got := b.ask(t.Context(), request("GET", "/")); got.status != 200 {
			t.Errorf("with a copy at hand: got %d", got.status)
		}
	})
}

// TestWantsNewer has readers reload a fresh page together: the origin is asked once for all of them.
func TestWantsNewer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, admit.Options{}, func(context.Context, *seawall.Request, seawall.Fields, io.Reader) (*origin.Response, error) {
			time.Sleep(100 * time.Millisecond)
			return answering(200, "max-age=3600", "hello"), nil
		})
		b.ask(t.Context(), request("GET", "/"))
		time.Sleep(time.Minute)
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				got := b.ask(t.Context(), with(with(request("GET", "/"), "Cache-Control", "max-age=0"), "Cookie", "id=1"))
				status := got.fields.Get("Cache-Status")
				if got.status != 200 || got.fields.Get("Age") != "0" || !strings.Contains(status, "fwd=request") && !strings.Contains(status, "collapsed") {
					t.Errorf("got %d, age %s, %s", got.status, got.fields.Get("Age"), status)
				}
			})
		}
		wg.Wait()
		if b.origin.count() != 2 {
			t.Errorf("the origin was asked %d times, want 2", b.origin.count())
		}
	})
}

// TestCompressed: the first reader gets the page as the origin sent it, and those who come once it has been used get it compressed.
func TestCompressed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		page := strings.Repeat("<p>The harbour bridge will be closed on Sunday.</p>\n", 200)
		b := newBench(t, admit.Options{}, always(200, "max-age=3600", page))
		for i, want := range []string{"", "", "gzip"} {
			got := b.ask(t.Context(), with(request("GET", "/"), "Accept-Encoding", "gzip"))
			if got.status != 200 || got.fields.Get("Content-Encoding") != want || got.fields.Get("Vary") != "Accept-Encoding" ||
				got.size != int64(got.body.Len()) || (want == "") != (got.body.String() == page) {
				t.Errorf("%d: got %d %v, %d bytes of %d", i, got.status, got.fields, got.body.Len(), got.size)
			}
			synctest.Wait()
		}
		if got := b.ask(t.Context(), with(with(request("GET", "/"), "Accept-Encoding", "gzip"), "If-None-Match", `W/"1"`)); got.status != 304 || got.fields.Get("ETag") != `W/"1"` {
			t.Errorf("got %d %s", got.status, got.fields.Get("ETag"))
		}
		if got := b.ask(t.Context(), with(with(request("GET", "/"), "Accept-Encoding", "gzip"), "Range", "bytes=0-2")); got.status != 206 || got.body.String() != "<p>" {
			t.Errorf("got %d %q", got.status, got.body.String())
		}
		if b.origin.count() != 1 {
			t.Errorf("the origin was asked %d times", b.origin.count())
		}
	})
}

// TestRangesShare: many who want parts of a page that has gone stale ask the origin once, for the whole.
func TestRangesShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, admit.Options{}, func(_ context.Context, _ *seawall.Request, extra seawall.Fields, _ io.Reader) (*origin.Response, error) {
			if extra == nil || extra.Has("Range") {
				t.Error("the Range was forwarded")
			}
			time.Sleep(100 * time.Millisecond)
			return answering(200, "max-age=60", "0123456789"), nil
		})
		b.ask(t.Context(), request("GET", "/"))
		time.Sleep(2 * time.Minute)
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if got := b.ask(t.Context(), with(request("GET", "/"), "Range", "bytes=1-2")); got.status != 206 || got.body.String() != "12" {
					t.Errorf("got %d %q", got.status, got.body.String())
				}
			})
		}
		wg.Wait()
		if b.origin.count() != 2 {
			t.Errorf("the origin was asked %d times, want 2", b.origin.count())
		}
	})
}

// TestRenewalsPause: when the origin is down, a page that may be served while it is renewed does not have it asked by every reader.
func TestRenewalsPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := false
		b := newBench(t, admit.Options{}, func(context.Context, *seawall.Request, seawall.Fields, io.Reader) (*origin.Response, error) {
			if down {
				return nil, &origin.Error{Reason: seawall.ReasonOriginDown}
			}
			return answering(200, "max-age=60, stale-while-revalidate=600", "old"), nil
		})
		defer b.Close()
		b.ask(t.Context(), request("GET", "/"))
		down = true
		time.Sleep(2 * time.Minute)
		for range 1000 {
			if got := b.ask(t.Context(), request("GET", "/")); got.body.String() != "old" {
				t.Fatalf("got %d %q", got.status, got.body.String())
			}
			time.Sleep(10 * time.Millisecond)
		}
		if n := b.origin.count(); n > 1+10*2+2 { // two leaders a second at most
			t.Errorf("the origin was asked %d times in 10 s", n)
		}
	})
}
