package std_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
	"github.com/seawall-project/seawall/internal/edge/gateway"
	"github.com/seawall-project/seawall/internal/engine"
	"github.com/seawall-project/seawall/internal/engine/enginetest"
	"github.com/seawall-project/seawall/internal/engine/std"
	"github.com/seawall-project/seawall/internal/testkit/memnet"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConformance(t *testing.T) {
	enginetest.Run(t, func(t *testing.T, s enginetest.Setup) engine.Engine {
		e, err := std.New(std.Options{Handler: s.Handler, Limits: s.Limits, Trust: s.Trust, TLS: s.TLS, Now: s.Now})
		if err != nil {
			t.Fatal(err)
		}
		return e
	})
}

func TestNewRefuses(t *testing.T) {
	for name, o := range map[string]std.Options{
		"no handler":       {},
		"negative limit":   {Handler: answer{}, Limits: engine.Limits{Conns: -1}},
		"invalid networks": {Handler: answer{}, Trust: engine.Trust{netip.Prefix{}}},
	} {
		if _, err := std.New(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestServeNeedsTLS(t *testing.T) {
	_, ln := listen(t)
	if err := newEngine(t, answer{}).Serve(t.Context(), ln, true); err == nil {
		t.Error("no error without a TLS configuration")
	}
}

func TestPanicsAreLoggedOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		e, err := std.New(std.Options{Handler: mistake{}, Logger: slog.New(slog.NewJSONHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		network, ln := listen(t)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- e.Serve(ctx, ln, false) }()
		for range 3 {
			for range 5 {
				ask(t, network).Close()
			}
			time.Sleep(time.Second)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
		if got := e.Stats().Panics; got != 15 {
			t.Errorf("%d panics counted, want 15", got)
		}
		if got := strings.Count(log.String(), "handler panicked"); got != 3 {
			t.Errorf("%d lines logged, want 3", got)
		}
		if strings.Contains(log.String(), "198.51.100.7") {
			t.Error("the log names the reader's address")
		}
	})
}

// answer lets everybody in and answers with nothing.
type answer struct{}

func (answer) Greet(time.Time, *edge.Hello) edge.Action {
	return edge.Action{Kind: seawall.ActionForward}
}
func (answer) Lost(time.Time, *edge.Hello, seawall.Reason)  {}
func (answer) Serve(_ context.Context, x *gateway.Exchange) { _ = x.Out.Head(200, nil, 0) }

// mistake panics instead.
type mistake struct{ answer }

func (mistake) Serve(context.Context, *gateway.Exchange) { panic("a mistake") }

func newEngine(t *testing.T, h engine.Handler) *std.Engine {
	t.Helper()
	e, err := std.New(std.Options{Handler: h})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// ask sends a request to address and waits for the first byte of the answer, or the end.
func ask(t *testing.T, network *memnet.Network) net.Conn {
	t.Helper()
	c, err := network.Dial(t.Context(), netip.MustParseAddr("198.51.100.7"), address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	_, _ = c.Read(make([]byte, 1)) // the end is as good as a byte
	return c
}
