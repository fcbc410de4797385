package enginetest

import (
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall/internal/edge/gateway"
	"github.com/seawall-project/seawall/internal/engine"
)

const stallTime = 20 * time.Second

func testStall(t *testing.T, newEngine Maker) {
	limits := Setup{Limits: engine.Limits{StallTime: stallTime}}
	forEachProto(t, func(t *testing.T, p proto) {
		t.Run("reader", func(t *testing.T) {
			inMemory(t, func(t *testing.T, n network) { testStalledReader(t, newEngine, n, p, limits) })
		})
		t.Run("sender", func(t *testing.T) {
			inMemory(t, func(t *testing.T, n network) { testStalledSender(t, newEngine, n, p, limits) })
		})
		t.Run("trickling reader", func(t *testing.T) {
			inMemory(t, func(t *testing.T, n network) { testTricklingReader(t, newEngine, n, p, limits) })
		})
		t.Run("trickling sender", func(t *testing.T) {
			inMemory(t, func(t *testing.T, n network) { testTricklingSender(t, newEngine, n, p, limits) })
		})
		t.Run("patient", func(t *testing.T) {
			inMemory(t, func(t *testing.T, n network) { testPatience(t, newEngine, n, p, limits) })
		})
		t.Run("client gone", func(t *testing.T) {
			inMemory(t, func(t *testing.T, n network) { testClientGone(t, newEngine, n, p) })
		})
	})
}

// testStalledReader never reads the body it asked for.
func testStalledReader(t *testing.T, newEngine Maker, n network, p proto, limits Setup) {
	ended := make(chan time.Duration, 1)
	h := &handler{serve: func(_ context.Context, x *gateway.Exchange) {
		begin := time.Now()
		_ = x.Out.Head(200, nil, -1)
		var err error
		for range 1000 {
			_, err = x.Out.Write(make([]byte, 64<<10))
			if err != nil {
				break
			}
		}
		if err == nil {
			t.Error("64 MB were written to a reader who does not read")
		}
		ended <- time.Since(begin)
	}}
	s := newStage(t, newEngine, n, h, limits)
	resp, err := s.client(p).Do(request(t, "GET", p.url("/"), nil))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got := <-ended; got < stallTime || got > stallTime+time.Second {
		t.Errorf("given up after %v, want %v", got, stallTime)
	}
}

// testStalledSender announces a body and sends half of it.
func testStalledSender(t *testing.T, newEngine Maker, n network, p proto, limits Setup) {
	ended := make(chan time.Duration, 1)
	h := &handler{serve: func(_ context.Context, x *gateway.Exchange) {
		begin := time.Now()
		if _, err := io.ReadAll(x.Body); err == nil {
			t.Error("a body that stopped half-way has no error")
		}
		ended <- time.Since(begin)
		x.Out.Abort()
	}}
	s := newStage(t, newEngine, n, h, limits)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	half, hold := io.Pipe()
	defer hold.Close()
	go func() { _, _ = hold.Write([]byte("half")) }()
	go func() {
		if resp, err := s.client(p).Do(request(t, "POST", p.url("/"), half).WithContext(ctx)); err == nil {
			resp.Body.Close()
		}
	}()
	if got := <-ended; got < stallTime || got > stallTime+time.Second {
		t.Errorf("given up after %v, want %v", got, stallTime)
	}
}

// testTricklingReader takes a body in sips, each well within the time, and is given up for being too slow all in all.
func testTricklingReader(t *testing.T, newEngine Maker, n network, p proto, limits Setup) {
	ended := make(chan time.Duration, 1)
	h := &handler{serve: func(_ context.Context, x *gateway.Exchange) {
		begin := time.Now()
		_ = x.Out.Head(200, nil, -1)
		for range 1000 {
			if _, err := x.Out.Write(make([]byte, 64<<10)); err != nil {
				break
			}
		}
		ended <- time.Since(begin)
	}}
	s := newStage(t, newEngine, n, h, limits)
	resp, err := s.client(p).Do(request(t, "GET", p.url("/"), nil))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	const most = 3 * time.Hour // buffers on the way take up to 4 MiB at once, which earns the reader that much time
	sips := time.NewTicker(10 * time.Second)
	defer sips.Stop()
	for sip := make([]byte, 1<<10); ; {
		select {
		case got := <-ended:
			if got < stallTime || got > most {
				t.Errorf("given up after %v, want at most %v", got, most)
			}
			return
		case <-sips.C:
			_, _ = resp.Body.Read(sip) // 100 bytes a second
		}
	}
}

// testTricklingSender sends a byte every ten seconds.
func testTricklingSender(t *testing.T, newEngine Maker, n network, p proto, limits Setup) {
	ended := make(chan time.Duration, 1)
	h := &handler{serve: func(_ context.Context, x *gateway.Exchange) {
		begin := time.Now()
		if _, err := io.ReadAll(x.Body); err == nil {
			t.Error("a body that trickles has no error")
		}
		ended <- time.Since(begin)
		x.Out.Abort()
	}}
	s := newStage(t, newEngine, n, h, limits)
	ctx, cancel := context.WithCancel(t.Context())
	body, feed := io.Pipe()
	var sending sync.WaitGroup
	sending.Go(func() {
		for ctx.Err() == nil {
			if _, err := feed.Write([]byte("a")); err != nil {
				return
			}
			time.Sleep(10 * time.Second)
		}
	})
	sending.Go(func() {
		if resp, err := s.client(p).Do(request(t, "POST", p.url("/"), body).WithContext(ctx)); err == nil {
			resp.Body.Close()
		}
	})
	if got := <-ended; got < stallTime || got > stallTime+time.Second {
		t.Errorf("given up after %v, want %v", got, stallTime)
	}
	cancel()
	feed.Close()
	sending.Wait()
}

// testPatience expects that waiting for the handler is nobody's stall.
func testPatience(t *testing.T, newEngine Maker, n network, p proto, limits Setup) {
	h := &handler{serve: func(_ context.Context, x *gateway.Exchange) {
		if got, err := io.ReadAll(x.Body); string(got) != "word" || err != nil {
			t.Errorf("body %q, %v", got, err)
		}
		for _, part := range []string{"", "a", "b", "c"} {
			time.Sleep(3 * stallTime)
			if part == "" {
				_ = x.Out.Head(200, nil, -1)
				continue
			}
			if _, err := io.WriteString(x.Out, part); err != nil {
				t.Errorf("write: %v", err)
			}
			_ = x.Out.Flush()
		}
	}}
	s := newStage(t, newEngine, n, h, limits)
	c := s.client(p)
	for range 2 {
		if got := s.do(c, request(t, "POST", p.url("/"), strings.NewReader("word"))).body; got != "abc" {
			t.Errorf("body %q, want abc", got)
		}
	}
}

// testClientGone expects the handler to be told.
func testClientGone(t *testing.T, newEngine Maker, n network, p proto) {
	told := make(chan struct{})
	h := &handler{serve: func(ctx context.Context, x *gateway.Exchange) {
		<-ctx.Done()
		close(told)
	}}
	s := newStage(t, newEngine, n, h, Setup{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		synctest.Wait()
		cancel()
	}()
	if resp, err := s.client(p).Do(request(t, "GET", p.url("/"), nil).WithContext(ctx)); err == nil {
		resp.Body.Close()
		t.Error("an answer to a request that was given up")
	}
	<-told
}
