package enginetest

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge/gateway"
	"github.com/seawall-project/seawall/internal/engine"
)

// testExchanges fills an engine that has room for two exchanges on all its connections and listeners together.
func testExchanges(t *testing.T, newEngine Maker) {
	forEachProto(t, func(t *testing.T, p proto) {
		inMemory(t, func(t *testing.T, n network) {
			free := make(chan struct{})
			h := &handler{serve: func(_ context.Context, x *gateway.Exchange) {
				<-free
				answerText(x, 200, "ok")
			}}
			s := newStage(t, newEngine, n, h, Setup{Limits: engine.Limits{Exchanges: 2}})
			c := s.client(p)
			var held sync.WaitGroup
			held.Go(func() { askOk(t, s.client(protos[0]), protos[0]) })
			held.Go(func() { askOk(t, c, p) })
			synctest.Wait()

			for range 3 {
				wantBrokenOff(t, c, p)
			}
			checkFull(t, s, h, 3)
			close(free)
			held.Wait()
			synctest.Wait()

			before := len(h.greeted())
			askOk(t, c, p)
			if got := len(h.greeted()); p.proto == seawall.HTTP2 && (before != 2 || got != 2) {
				t.Errorf("%d connections, then %d, want 2 that are kept", before, got)
			}
			if got := s.engine.Stats().Panics; got != 0 {
				t.Errorf("%d panics counted, want 0", got)
			}
		})
	})
}

// wantBrokenOff asks what cannot be asked again unasked, and expects no answer.
func wantBrokenOff(t *testing.T, c *http.Client, p proto) {
	t.Helper()
	resp, err := c.Do(request(t, "POST", p.url("/"), unsized{strings.NewReader("word")}))
	if err == nil {
		resp.Body.Close()
		t.Errorf("answered with %d, want no answer", resp.StatusCode)
	}
}

// checkFull expects two exchanges under way and others turned away.
func checkFull(t *testing.T, s *stage, h *handler, others int) {
	t.Helper()
	synctest.Wait()
	if got := s.engine.Stats(); got.Exchanges != 2 || got.ExchangesLimit != 2 {
		t.Errorf("%d exchanges of %d, want 2 of 2", got.Exchanges, got.ExchangesLimit)
	}
	if got := h.count(); got != 2 {
		t.Errorf("%d exchanges were handed on, want 2", got)
	}
	var want []seawall.Reason
	for range others {
		want = append(want, seawall.ReasonConnections)
	}
	if diff := cmp.Diff(want, h.lost()); diff != "" {
		t.Error(diff)
	}
}

func askOk(t *testing.T, c *http.Client, p proto) {
	resp, err := c.Do(request(t, "GET", p.url("/"), nil))
	if err != nil {
		t.Error(err)
		return
	}
	if got, err := readReply(resp); got.body != "ok" || err != nil {
		t.Errorf("got %q, %v, want ok", got.body, err)
	}
}
