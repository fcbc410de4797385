package origin

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall/internal/drill/paper"
	"github.com/seawall-project/seawall/internal/drill/work"
)

var never chan struct{}

func TestPoolServesInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(2, 10)
		begun := time.Now()
		var mu sync.Mutex
		ended := make(map[int]time.Duration)
		var wg sync.WaitGroup
		for i := range 6 {
			wg.Go(func() {
				if err := p.work(time.Second, never, never); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				ended[i] = time.Since(begun)
			})
			synctest.Wait()
		}
		wg.Wait()
		for i := range 6 {
			if got, want := ended[i], time.Duration(i/2+1)*time.Second; got != want {
				t.Errorf("number %d ended after %v, want %v", i, got, want)
			}
		}
		if got, want := p.busyTime(), 6*time.Second; got != want {
			t.Errorf("busy for %v, want %v", got, want)
		}
	})
}

func TestPoolFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(1, 1)
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() { _ = p.work(time.Second, never, never) })
		}
		synctest.Wait()
		if got := p.work(time.Second, never, never); got != errFull {
			t.Errorf("got %v, want %v", got, errFull)
		}
		wg.Wait()
		if got := p.work(time.Second, never, never); got != nil {
			t.Errorf("afterwards: got %v, want nil", got)
		}
	})
}

// Who has gone keeps the place until a worker comes, and then costs nothing.
func TestPoolGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(1, 1)
		gone := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := p.work(time.Second, gone, never); err != nil {
				t.Errorf("work under way: got %v, want nil", err)
			}
		})
		synctest.Wait()
		wg.Go(func() {
			if err := p.work(time.Second, gone, never); err != errGone {
				t.Errorf("work not begun: got %v, want %v", err, errGone)
			}
		})
		synctest.Wait()
		close(gone)
		synctest.Wait()
		if got := p.work(time.Second, never, never); got != errFull {
			t.Errorf("while a worker has not come: got %v, want %v", got, errFull)
		}
		wg.Wait()
		if got, want := p.busyTime(), time.Second; got != want {
			t.Errorf("busy for %v, want %v", got, want)
		}
	})
}

func TestPoolStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(1, 3)
		stop := make(chan struct{})
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if err := p.work(time.Hour, never, stop); err != errStopped {
					t.Errorf("got %v, want %v", err, errStopped)
				}
			})
		}
		synctest.Wait()
		begun := time.Now()
		close(stop)
		wg.Wait()
		if took := time.Since(begun); took != 0 {
			t.Errorf("stopping took %v, want 0", took)
		}
		if p.free != 1 || p.line.Len() != 0 {
			t.Errorf("got %d free and %d in line, want 1 and 0", p.free, p.line.Len())
		}
	})
}

// Forms that come faster than eight workers can take them turn readers away with a bare 502.
func TestOverload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOrigin(t, Options{Workers: 2, Queue: 3})
		c, form := client(t, o), courier.FormPaths()[0]
		var ok, refused atomic.Int64
		var wg sync.WaitGroup
		for range 9 {
			wg.Go(func() {
				switch got := do(t, c, "POST", form, "name=x"); got.status {
				case http.StatusOK:
					ok.Add(1)
				case http.StatusBadGateway:
					refused.Add(1)
				}
			})
		}
		wg.Wait()
		if ok.Load() != 5 || refused.Load() != 4 {
			t.Errorf("got %d served and %d refused, want 5 and 4", ok.Load(), refused.Load())
		}
		want := Stats{Busy: 5 * work.Form.Cost(), Workers: 2, Requests: 9, Refused: 4}
		if got := o.Stats(); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		do(t, c, "GET", paper.FeedPath, "")
		if got := o.Stats().Front; got != 1 {
			t.Errorf("got %d answered by the front, want 1", got)
		}
	})
}

func TestClientGoneOverHTTP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOrigin(t, Options{Workers: 1, Queue: 2})
		c := client(t, o)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() { _, _ = send(ctx, c, "GET", paper.SearchTarget("x"), "") })
		}
		synctest.Wait()
		cancel()
		wg.Wait()
		synctest.Wait()
		if got := do(t, c, "GET", "/", ""); got.status != http.StatusBadGateway {
			t.Errorf("while places are kept: got %d, want 502", got.status)
		}
		time.Sleep(work.Search.Cost())
		if got := do(t, c, "GET", "/", ""); got.status != http.StatusOK {
			t.Errorf("afterwards: got %d, want 200", got.status)
		}
		if got, want := o.Stats().Busy, work.Search.Cost()+work.Page.Cost(); got != want {
			t.Errorf("busy for %v, want %v", got, want)
		}
	})
}
