package enginetest

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge/gateway"
	"github.com/seawall-project/seawall/internal/engine"
)

const askSwitch = "GET / HTTP/1.1\r\nHost: example.org\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n"

// testUpgrade has connections handed over to another protocol.
func testUpgrade(t *testing.T, newEngine Maker) {
	for _, p := range protos[:2] {
		t.Run(p.name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, n network) { testSwitch(t, newEngine, n, p) })
		})
	}
	t.Run("not switched", func(t *testing.T) {
		inMemory(t, func(t *testing.T, n network) { testNoSwitch(t, newEngine, n) })
	})
	t.Run("not asked for", func(t *testing.T) {
		forEachProto(t, func(t *testing.T, p proto) {
			inMemory(t, func(t *testing.T, n network) { testNotAsked(t, newEngine, n, p) })
		})
	})
	t.Run("end", func(t *testing.T) {
		inMemory(t, func(t *testing.T, n network) { testUpgradeEnds(t, newEngine, n) })
	})
}

// echo switches and sends back what comes.
func echo(t *testing.T) func(context.Context, *gateway.Exchange) {
	return func(ctx context.Context, x *gateway.Exchange) {
		c, err := x.Out.(gateway.Upgrader).Upgrade(101, seawall.Fields{{Name: "Upgrade", Value: "websocket"}})
		if err != nil {
			t.Errorf("upgrade: %v", err)
			return
		}
		stop := context.AfterFunc(ctx, func() { c.Close() })
		defer stop()
		_, _ = io.Copy(c, c)
		_ = c.Close()
		_ = c.Close()
	}
}

func testSwitch(t *testing.T, newEngine Maker, n network, p proto) {
	s := newStage(t, newEngine, n, &handler{serve: echo(t)}, Setup{Limits: engine.Limits{HeadTime: time.Second, IdleTime: time.Second, StallTime: time.Second}})
	var c io.ReadWriter = s.dial(s.plain)
	if p.tls {
		c = s.dialTLS("http/1.1")
	}
	const early, late = "early\r\n\r\n\x00", "late\n"
	if _, err := io.WriteString(c, askSwitch+early); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(c)
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 101 || resp.Header.Get("Upgrade") != "websocket" || resp.Header.Get("Connection") != "Upgrade" {
		t.Errorf("status %d, %v", resp.StatusCode, resp.Header)
	}
	if _, onTCP := n.(loopback); !onTCP {
		time.Sleep(time.Hour) // no limit of the engine's holds any more
	}
	if _, err := io.WriteString(c, late); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(early+late))
	if _, err := io.ReadFull(r, got); string(got) != early+late || err != nil {
		t.Errorf("came back %q, %v, want %q", got, err, early+late)
	}
}

// testNoSwitch answers in the protocol that there is; the connection ends behind the answer.
func testNoSwitch(t *testing.T, newEngine Maker, n network) {
	h := &handler{serve: text("ok")}
	s := newStage(t, newEngine, n, h, Setup{})
	c := s.dial(s.plain)
	send(t, c, askSwitch+"GET /next HTTP/1.1\r\nHost: example.org\r\n\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := readReply(resp); got.body != "ok" || err != nil || !resp.Close {
		t.Errorf("got %q, %v, closing %v", got.body, err, resp.Close)
	}
	if rest, _ := io.ReadAll(c); len(rest) > 0 || h.count() != 1 {
		t.Errorf("%d requests answered, behind the first came %q", h.count(), rest)
	}
}

func testNotAsked(t *testing.T, newEngine Maker, n network, p proto) {
	h := &handler{serve: func(_ context.Context, x *gateway.Exchange) {
		if up, ok := x.Out.(gateway.Upgrader); ok {
			if _, err := up.Upgrade(101, nil); !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("upgrade: %v, want %v", err, errors.ErrUnsupported)
			}
		}
		answerText(x, 200, "ok")
	}}
	s := newStage(t, newEngine, n, h, Setup{})
	if got := s.get(s.client(p), p); got.body != "ok" {
		t.Errorf("got %q, want ok", got.body)
	}
}

// testUpgradeEnds stops the engine while a connection is handed over.
func testUpgradeEnds(t *testing.T, newEngine Maker, n network) {
	s := newStage(t, newEngine, n, &handler{serve: echo(t)}, Setup{})
	c := s.dial(s.plain)
	send(t, c, askSwitch)
	if got := status(t, bufio.NewReader(c)); got != 101 {
		t.Fatalf("status %d, want 101", got)
	}
	synctest.Wait()
	if got := s.engine.Stats(); got.Conns != 1 || got.Exchanges != 1 {
		t.Errorf("%+v, want one connection with an exchange", got)
	}
	s.stop()
	if rest, _ := io.ReadAll(c); len(rest) > 0 {
		t.Errorf("at the end came %q", rest)
	}
}

// testTrailers sends fields behind a body, both ways.
func testTrailers(t *testing.T, newEngine Maker) {
	forEachProto(t, func(t *testing.T, p proto) {
		inMemory(t, func(t *testing.T, n network) {
			tr := &trailing{got: make(chan seawall.Fields, 1)}
			s := newStage(t, newEngine, n, &handler{serve: tr.serve(t)}, Setup{})
			tr.check(t, s.client(p), p.url("/"), true, []string{"1", "2"})
			if p.proto == seawall.HTTP11 {
				tr.check(t, s.client(p), p.url("/"), false, nil)
			} else {
				tr.check(t, s.client(p), p.url("/"), false, []string{"1", "2"})
			}
		})
	})
	t.Run("h3", func(t *testing.T) {
		tr := &trailing{got: make(chan seawall.Fields, 1)}
		s := newQUICStage(t, newEngine, &handler{serve: tr.serve(t)}, engine.Limits{})
		tr.check(t, s.client(), s.url("/"), true, []string{"1", "2"})
	})
}

// trailing keeps the trailers of requests.
type trailing struct{ got chan seawall.Fields }

// serve answers with trailers.
func (tr *trailing) serve(t *testing.T) func(context.Context, *gateway.Exchange) {
	return func(_ context.Context, x *gateway.Exchange) {
		behind := x.Body.(gateway.Trailered)
		if early := behind.Trailers(); early != nil {
			t.Errorf("trailers before the end of the body: %v", early)
		}
		_, _ = io.Copy(io.Discard, x.Body)
		tr.got <- behind.Trailers()
		_ = x.Out.Head(200, nil, -1)
		_, _ = io.WriteString(x.Out, "ok")
		fields := seawall.Fields{{Name: "x-sum", Value: "1"}, {Name: "X-Sum", Value: "2"}}
		if err := x.Out.(gateway.TrailerWriter).WriteTrailers(fields); err != nil {
			t.Errorf("write trailers: %v", err)
		}
	}
}

// check sends a request with a trailer, which says whether it takes some itself, and looks at both.
func (tr *trailing) check(t *testing.T, c *http.Client, url string, takes bool, want []string) {
	t.Helper()
	r := request(t, "POST", url, io.MultiReader(strings.NewReader("word")))
	r.Trailer = http.Header{"X-Mark": {"m"}}
	if takes {
		r.Header.Set("TE", "trailers")
	}
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if reply, err := readReply(resp); reply.body != "ok" || err != nil {
		t.Errorf("got %q, %v", reply.body, err)
	}
	if f := <-tr.got; len(f) != 1 || !strings.EqualFold(f[0].Name, "x-mark") || f[0].Value != "m" {
		t.Errorf("trailers %v, want x-mark", f)
	}
	if diff := cmp.Diff(want, resp.Trailer["X-Sum"]); diff != "" {
		t.Errorf("takes trailers %v: %s", takes, diff)
	}
}
