package enginetest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"

	"github.com/seawall-project/seawall/internal/edge/gateway"
	"github.com/seawall-project/seawall/internal/engine"
)

func testBody(t *testing.T, newEngine Maker) {
	t.Run("both ways", func(t *testing.T) { testBigBodies(t, newEngine) })
	t.Run("limit", func(t *testing.T) { testBodyLimit(t, newEngine) })
	t.Run("unread", func(t *testing.T) { testUnreadBody(t, newEngine) })
}

// unsized hides the length of a body from net/http's client.
type unsized struct{ io.Reader }

func testBigBodies(t *testing.T, newEngine Maker) {
	big := bytes.Repeat([]byte("0123456789abcdef"), 3<<16) // 3 MiB
	forEachProto(t, func(t *testing.T, p proto) {
		onBoth(t, func(t *testing.T, n network) {
			h := &handler{serve: func(_ context.Context, x *gateway.Exchange) {
				all, err := io.ReadAll(x.Body)
				if err != nil {
					t.Errorf("read body: %v", err)
				}
				_ = x.Out.Head(200, nil, x.Request.BodySize)
				_, _ = x.Out.Write(all)
			}}
			s := newStage(t, newEngine, n, h, Setup{})
			c := s.client(p)
			for name, body := range map[string]io.Reader{"sized": bytes.NewReader(big), "unsized": unsized{bytes.NewReader(big)}} {
				got := s.do(c, request(t, "POST", p.url("/"), body))
				if got.body != string(big) {
					t.Errorf("%s: %d bytes came back and are not the %d sent", name, len(got.body), len(big))
				}
				if known := got.length >= 0; known != (name == "sized") {
					t.Errorf("%s: length %d", name, got.length)
				}
			}
		})
	})
}

func testBodyLimit(t *testing.T, newEngine Maker) {
	const limit = 100_000
	forEachProto(t, func(t *testing.T, p proto) {
		onBoth(t, func(t *testing.T, n network) {
			h := &handler{serve: func(_ context.Context, x *gateway.Exchange) {
				got, err := io.Copy(io.Discard, x.Body)
				switch {
				case errors.Is(err, gateway.ErrBodyTooLarge):
					answerText(x, 413, "too large")
				case err != nil:
					t.Errorf("read body: %v", err)
				case got != limit:
					t.Errorf("read %d bytes, want %d", got, limit)
				default:
					answerText(x, 200, "ok")
				}
			}}
			s := newStage(t, newEngine, n, h, Setup{Limits: engine.Limits{BodyBytes: limit}})
			c := s.client(p)
			for _, tt := range []struct{ size, want int }{{limit, 200}, {limit + 1, 413}, {3 * limit, 413}} {
				body := make([]byte, tt.size)
				for _, r := range []io.Reader{bytes.NewReader(body), unsized{bytes.NewReader(body)}} {
					if got := s.do(c, request(t, "POST", p.url("/"), r)).status; got != tt.want {
						t.Errorf("%d bytes in %T: status %d, want %d", tt.size, r, got, tt.want)
					}
				}
			}
		})
	})
}

// testUnreadBody expects an answer although the body that it does not depend on never comes, and the connection to end.
func testUnreadBody(t *testing.T, newEngine Maker) {
	inMemory(t, func(t *testing.T, n network) {
		s := newStage(t, newEngine, n, &handler{serve: text("no need")}, Setup{})
		c := s.dial(s.plain)
		send(t, c, "POST / HTTP/1.1\r\nHost: example.org\r\nContent-Length: 1000\r\n\r\n")
		if got, err := receive(c); got.body != "no need" || err != nil {
			t.Errorf("got %q, %v, want the answer", got.body, err)
		}
		wantClosed(t, c)
		synctest.Wait()
		if got := s.engine.Stats().Conns; got != 0 {
			t.Errorf("%d connections, want 0", got)
		}
	})
}
