package enginetest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/seawall-project/seawall/internal/edge/gateway"
)

// testCrowd has many clients of all protocols at once, each of whom must get its own answers.
func testCrowd(t *testing.T, newEngine Maker) {
	const clients, requests = 6, 20 // of each protocol, each
	onBoth(t, func(t *testing.T, n network) {
		h := &handler{serve: func(_ context.Context, x *gateway.Exchange) {
			body := ""
			if x.Body != nil {
				all, err := io.ReadAll(x.Body)
				if err != nil {
					t.Errorf("read body: %v", err)
				}
				body = string(all)
			}
			answerText(x, 200, x.Request.Path+" "+x.Request.Fields.Get("X-Mark")+" "+body)
		}}
		s := newStage(t, newEngine, n, h, Setup{})
		var crowd sync.WaitGroup
		for _, p := range protos {
			for i := range clients {
				c := s.client(p)
				crowd.Go(func() {
					for k := range requests {
						askOne(t, c, p, fmt.Sprintf("%s-%d-%d", p.name, i, k))
					}
				})
			}
		}
		crowd.Wait()
		if got, want := h.count(), len(protos)*clients*requests; got != want {
			t.Errorf("served %d, want %d", got, want)
		}
		if got := s.engine.Stats().Exchanges; got > len(protos)*clients {
			t.Errorf("%d exchanges under way after all were answered", got)
		}
	})
}

func askOne(t *testing.T, c *http.Client, p proto, mark string) {
	r, err := http.NewRequestWithContext(t.Context(), "POST", p.url("/"+mark), strings.NewReader(mark))
	if err != nil {
		t.Error(err)
		return
	}
	r.Header.Set("X-Mark", mark)
	resp, err := c.Do(r)
	if err != nil {
		t.Error(err)
		return
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if want := "/" + mark + " " + mark + " " + mark; string(got) != want || err != nil {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}
