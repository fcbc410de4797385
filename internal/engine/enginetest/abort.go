package enginetest

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/seawall-project/seawall/internal/edge/gateway"
)

// broken are the ways in which a response may fail to be complete.
var broken = map[string]func(context.Context, *gateway.Exchange){
	"abort before the head": func(_ context.Context, x *gateway.Exchange) { x.Out.Abort() },
	"abort of a known size": func(_ context.Context, x *gateway.Exchange) {
		_ = x.Out.Head(200, nil, 100)
		_, _ = io.WriteString(x.Out, "part")
		_ = x.Out.Flush()
		x.Out.Abort()
	},
	"abort of an unknown size": func(_ context.Context, x *gateway.Exchange) {
		_ = x.Out.Head(200, nil, -1)
		_, _ = io.WriteString(x.Out, strings.Repeat("part", 5000))
		_ = x.Out.Flush()
		x.Out.Abort()
	},
	"abort of an unknown size unflushed": func(_ context.Context, x *gateway.Exchange) {
		_ = x.Out.Head(200, nil, -1)
		_, _ = io.WriteString(x.Out, "part")
		x.Out.Abort()
	},
	"too little": func(_ context.Context, x *gateway.Exchange) {
		_ = x.Out.Head(200, nil, 100)
		_, _ = io.WriteString(x.Out, "part")
	},
	"no answer": func(context.Context, *gateway.Exchange) {},
	"panic":     func(context.Context, *gateway.Exchange) { panic("a mistake") },
	"panic after the head": func(_ context.Context, x *gateway.Exchange) {
		_ = x.Out.Head(200, nil, -1)
		_, _ = io.WriteString(x.Out, "part")
		_ = x.Out.Flush()
		panic("a mistake")
	},
}

func testAbort(t *testing.T, newEngine Maker) {
	for name, serve := range broken {
		t.Run(name, func(t *testing.T) {
			forEachProto(t, func(t *testing.T, p proto) {
				onBoth(t, func(t *testing.T, n network) {
					s := newStage(t, newEngine, n, &handler{serve: serve}, Setup{})
					resp, err := s.client(p).Do(request(t, "POST", p.url("/"), strings.NewReader("word")))
					if err == nil {
						_, err = io.ReadAll(resp.Body)
						resp.Body.Close()
					}
					if err == nil {
						t.Error("the client takes the response for complete")
					}
					if got, want := s.engine.Stats().Panics > 0, strings.HasPrefix(name, "panic"); got != want {
						t.Errorf("panic counted %v, want %v", got, want)
					}
				})
			})
			t.Run("http10", func(t *testing.T) {
				onBoth(t, func(t *testing.T, n network) {
					s := newStage(t, newEngine, n, &handler{serve: serve}, Setup{})
					c := s.dial(s.plain)
					send(t, c, "GET / HTTP/1.0\r\n\r\n")
					if _, err := receive(c); err == nil {
						t.Error("the client takes the response for complete")
					}
				})
			})
		})
	}
}
