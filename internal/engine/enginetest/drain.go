package enginetest

import (
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall/internal/edge/gateway"
	"github.com/seawall-project/seawall/internal/engine"
)

func testDrain(t *testing.T, newEngine Maker) {
	forEachProto(t, func(t *testing.T, p proto) {
		t.Run("finishes", func(t *testing.T) {
			inMemory(t, func(t *testing.T, n network) { testDrainFinishes(t, newEngine, n, p) })
		})
		t.Run("cuts off", func(t *testing.T) {
			inMemory(t, func(t *testing.T, n network) { testDrainCutsOff(t, newEngine, n, p) })
		})
	})
	t.Run("silent ones are not waited for", func(t *testing.T) { testDrainSilent(t, newEngine) })
	t.Run("broken listener", func(t *testing.T) { testBrokenListener(t, newEngine) })
}

// testDrainFinishes stops the engine in the middle of an answer.
func testDrainFinishes(t *testing.T, newEngine Maker, n network, p proto) {
	begun := make(chan struct{})
	h := &handler{serve: func(ctx context.Context, x *gateway.Exchange) {
		_ = x.Out.Head(200, nil, -1)
		_, _ = io.WriteString(x.Out, "first ")
		close(begun)
		time.Sleep(4 * time.Second)
		if ctx.Err() != nil {
			t.Error("the context ended while there was time")
		}
		_, _ = io.WriteString(x.Out, "second")
	}}
	s := newStage(t, newEngine, n, h, Setup{Limits: engine.Limits{Drain: 10 * time.Second}})
	stopped := make(chan time.Duration, 1)
	go func() {
		<-begun
		begin := time.Now()
		s.stop()
		stopped <- time.Since(begin)
	}()
	if got := s.get(s.client(p), p).body; got != "first second" {
		t.Errorf("body %q, want all of it", got)
	}
	if took := <-stopped; took > 6*time.Second {
		t.Errorf("stopping took %v, want little more than the 4s of the answer", took)
	}
}

// testDrainCutsOff stops the engine under an answer that never ends.
func testDrainCutsOff(t *testing.T, newEngine Maker, n network, p proto) {
	h := &handler{serve: func(ctx context.Context, x *gateway.Exchange) {
		_ = x.Out.Head(200, nil, -1)
		_, _ = io.WriteString(x.Out, "first")
		_ = x.Out.Flush()
		<-ctx.Done()
	}}
	s := newStage(t, newEngine, n, h, Setup{Limits: engine.Limits{Drain: 10 * time.Second}})
	resp, err := s.client(p).Do(request(t, "GET", p.url("/"), nil))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	begin := time.Now()
	s.stop()
	if took := time.Since(begin); took < 10*time.Second || took > 11*time.Second {
		t.Errorf("stopping took %v, want the 10s of the limit", took)
	}
	if _, err := io.ReadAll(resp.Body); err == nil {
		t.Error("the client takes the response for complete")
	}
}

func testDrainSilent(t *testing.T, newEngine Maker) {
	inMemory(t, func(t *testing.T, n network) {
		s := newStage(t, newEngine, n, &handler{serve: text("ok")}, Setup{})
		s.dial(s.plain)
		s.dial(s.secure)
		s.dialTLS("h2")
		idle := s.client(protos[0])
		s.get(idle, protos[0])
		synctest.Wait()
		begin := time.Now()
		s.stop()
		if took := time.Since(begin); took > 100*time.Millisecond {
			t.Errorf("stopping took %v, want no time", took)
		}
	})
}

// testBrokenListener expects Serve to say why it ended.
func testBrokenListener(t *testing.T, newEngine Maker) {
	inMemory(t, func(t *testing.T, n network) {
		s := newStage(t, newEngine, n, &handler{serve: text("ok")}, Setup{})
		for _, tls := range []bool{false, true} {
			ln := s.listen()
			ln.Close()
			if err := s.engine.Serve(t.Context(), ln, tls); err == nil {
				t.Error("no error although the listener was closed")
			}
		}
	})
}
