package enginetest

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
	"github.com/seawall-project/seawall/internal/edge/gateway"
	"github.com/seawall-project/seawall/internal/engine"
)

// testQUIC holds engines that speak HTTP/3 to it, on loopback.
func testQUIC(t *testing.T, newEngine Maker) {
	for _, tt := range []struct {
		name string
		test func(*testing.T, Maker)
	}{
		{"request", testQUICRequest},
		{"response", testQUICResponse},
		{"body too large", testQUICBody},
		{"large head", testQUICHead},
		{"slow head", testQUICSlowHead},
		{"refused", testQUICRefused},
		{"drain", testQUICDrain},
		{"make way", testQUICMakeWay},
		{"told of", testAltSvc},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.test(t, newEngine) })
	}
}

// quicStage is a stage that serves HTTP/3 as well.
type quicStage struct {
	*stage
	udp *net.UDPAddr
}

func newQUICStage(t *testing.T, newEngine Maker, h *handler, limits engine.Limits) *quicStage {
	t.Helper()
	s := &quicStage{stage: newStage(t, newEngine, loopback{}, h, Setup{Limits: limits})}
	server, ok := s.engine.(engine.QUICServer)
	if !ok {
		t.Skip("the engine does not speak HTTP/3")
	}
	pc, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(s.plain))
	if err != nil {
		t.Fatal(err)
	}
	s.udp = pc.LocalAddr().(*net.UDPAddr)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.ServeQUIC(ctx, pc) }()
	others := s.stop
	s.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serve HTTP/3: %v", err)
		}
		if _, _, err := pc.ReadFrom(nil); !errors.Is(err, net.ErrClosed) {
			t.Errorf("the socket was not closed: %v", err)
		}
		others()
	})
	return s
}

// client returns a client that speaks HTTP/3 and reaches the stage under every name.
func (s *quicStage) client() *http.Client {
	tr := &http3.Transport{
		TLSClientConfig: s.clientTLS(),
		Dial: func(ctx context.Context, _ string, config *tls.Config, qc *quic.Config) (*quic.Conn, error) {
			return s.dialQUIC(ctx, config, qc)
		},
	}
	s.t.Cleanup(func() { tr.Close() })
	return &http.Client{Transport: tr}
}

func (s *quicStage) dialQUIC(ctx context.Context, config *tls.Config, qc *quic.Config) (*quic.Conn, error) {
	pc, err := net.ListenUDP("udp", &net.UDPAddr{IP: s.udp.IP})
	if err != nil {
		return nil, err
	}
	tr := &quic.Transport{Conn: pc}
	c, err := tr.Dial(ctx, s.udp, config, qc)
	if err != nil {
		return nil, errors.Join(err, tr.Close(), pc.Close())
	}
	context.AfterFunc(c.Context(), func() {
		tr.Close()
		pc.Close()
	})
	return c, nil
}

func (s *quicStage) url(path string) string { return "https://" + siteName + path }

func testQUICRequest(t *testing.T, newEngine Maker) {
	k := newKeeper()
	s := newQUICStage(t, newEngine, &k.handler, engine.Limits{})
	c := s.client()
	for _, tt := range []struct {
		method, body string
		size         int64
	}{{"GET", "", 0}, {"HEAD", "", 0}, {"POST", "word", 4}, {"PUT", "", 0}} {
		r := request(t, tt.method, s.url("/a%20b?c=d"), strings.NewReader(tt.body))
		r.Header.Set("X-Mark", "m")
		r.Header.Add("Cookie", "a=b")
		if got := s.do(c, r); got.status != 200 {
			t.Errorf("%s: status %d, want 200", tt.method, got.status)
		}
		got := <-k.requests
		got.ID, got.Received, got.Fields = 0, time.Time{}, seawall.Fields{{Name: "x-mark", Value: got.Fields.Get("X-Mark")}, {Name: "cookie", Value: got.Fields.Get("Cookie")}}
		want := seawall.Request{
			Client: seawall.ClientAt(home), Proto: seawall.HTTP3, TLS: true, Method: tt.method, Host: siteName, Path: "/a%20b", Query: "c=d",
			Fields: seawall.Fields{{Name: "x-mark", Value: "m"}, {Name: "cookie", Value: "a=b"}}, BodySize: tt.size,
		}
		if diff := cmp.Diff(want, got, cmp.Comparer(sameClient)); diff != "" {
			t.Errorf("%s: %s", tt.method, diff)
		}
	}
	if got := s.engine.Stats(); got.QUICConns != 1 || got.Conns != 1 || got.Addresses != 1 || got.QUICHandshakes != 0 {
		t.Errorf("%+v, want one connection", got)
	}
}

func testQUICResponse(t *testing.T, newEngine Maker) {
	large := bytes.Repeat([]byte("a page as large as those are\n"), 20<<10)
	h := &handler{serve: func(_ context.Context, x *gateway.Exchange) {
		size := int64(len(large))
		if x.Request.Path == "/streamed" {
			size = -1
		}
		_ = x.Out.Head(203, seawall.Fields{{Name: "Set-Cookie", Value: "a=b"}, {Name: "Set-Cookie", Value: "c=d"}}, size)
		n := len(large)
		if x.Request.Path == "/aborted" {
			n /= 2
		}
		_, _ = x.Out.Write(large[:n])
		if x.Request.Path == "/aborted" {
			x.Out.Abort()
		}
	}}
	s := newQUICStage(t, newEngine, h, engine.Limits{})
	c := s.client()
	for path, length := range map[string]int64{"/whole": int64(len(large)), "/streamed": -1} {
		got := s.do(c, request(t, "GET", s.url(path), nil))
		if got.status != 203 || got.length != length || got.body != string(large) {
			t.Errorf("%s: status %d, length %d, %d bytes", path, got.status, got.length, len(got.body))
		}
		if diff := cmp.Diff([]string{"a=b", "c=d"}, got.header["Set-Cookie"]); diff != "" {
			t.Error(diff)
		}
		if _, guessed := got.header["Content-Type"]; guessed {
			t.Errorf("%s: a Content-Type was made up: %q", path, got.header["Content-Type"])
		}
	}
	if resp, err := c.Do(request(t, "GET", s.url("/aborted"), nil)); err == nil { // else the reset overtook the head
		if got, err := readReply(resp); err == nil {
			t.Errorf("an answer that was broken off looks whole: %d bytes", len(got.body))
		}
	}
	if got := s.do(c, request(t, "GET", s.url("/whole"), nil)); got.status != 203 {
		t.Errorf("status %d on the same connection, want 203", got.status)
	}
}

func testQUICBody(t *testing.T, newEngine Maker) {
	failed := make(chan error, 1)
	h := &handler{serve: func(_ context.Context, x *gateway.Exchange) {
		_, err := io.Copy(io.Discard, x.Body)
		failed <- err
		answerText(x, 413, "too large")
	}}
	s := newQUICStage(t, newEngine, h, engine.Limits{BodyBytes: 1 << 10})
	resp, err := s.client().Do(request(t, "POST", s.url("/"), strings.NewReader(strings.Repeat("a", 2<<10))))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if err := <-failed; !errors.Is(err, gateway.ErrBodyTooLarge) || resp.StatusCode != 413 {
		t.Errorf("status %d, %v, want 413 and %v", resp.StatusCode, err, gateway.ErrBodyTooLarge)
	}
}

func testQUICHead(t *testing.T, newEngine Maker) {
	h := &handler{serve: text("ok")}
	s := newQUICStage(t, newEngine, h, engine.Limits{})
	c := s.client()
	many := request(t, "GET", s.url("/"), nil)
	for i := range 150 {
		many.Header.Add("X-Many", strings.Repeat("a", i%3))
	}
	long := request(t, "GET", s.url("/"), nil)
	long.Header.Set("X-Long", strings.Repeat("~", 40<<10))
	for _, r := range []*http.Request{many, long} {
		if got := s.do(c, r); got.status != 431 {
			t.Errorf("status %d, want 431", got.status)
		}
	}
	if got := h.count(); got != 0 {
		t.Errorf("%d served, want none", got)
	}
}

func testQUICSlowHead(t *testing.T, newEngine Maker) {
	s := newQUICStage(t, newEngine, &handler{serve: text("ok")}, engine.Limits{HeadTime: 50 * time.Millisecond})
	c, err := s.dialQUIC(t.Context(), http3.ConfigureTLSConfig(s.clientTLS(http3.NextProtoH3)), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.CloseWithError(0, "") }()
	str, err := c.OpenStreamSync(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := str.Write([]byte{1, 40, 0}); err != nil { // HEADERS of 40 bytes, of which one comes
		t.Fatal(err)
	}
	_ = str.SetReadDeadline(time.Now().Add(time.Minute))
	_, err = str.Read(make([]byte, 1))
	if reset, ok := errors.AsType[*quic.StreamError](err); !ok || reset.ErrorCode != quic.StreamErrorCode(http3.ErrCodeRequestIncomplete) {
		t.Errorf("%v, want the stream to be reset with H3_REQUEST_INCOMPLETE", err)
	}
}

func testQUICRefused(t *testing.T, newEngine Maker) {
	h := &handler{serve: text("ok"), refuse: func(hello *edge.Hello) bool { return hello.TLS }}
	s := newQUICStage(t, newEngine, h, engine.Limits{})
	if resp, err := s.client().Do(request(t, "GET", s.url("/"), nil)); err == nil {
		resp.Body.Close()
		t.Error("an answer over a connection that was not let in")
	}
	if got := s.engine.Stats(); got.Conns != 0 || got.QUICHandshakes != 0 {
		t.Errorf("%+v, want nothing to be left", got)
	}
}

// testQUICDrain stops the engine in the middle of an answer, which has to arrive whole.
func testQUICDrain(t *testing.T, newEngine Maker) {
	begun, goOn := make(chan struct{}), make(chan struct{})
	h := &handler{serve: func(_ context.Context, x *gateway.Exchange) {
		close(begun)
		<-goOn
		answerText(x, 200, strings.Repeat("ok", 50<<10))
	}}
	s := newQUICStage(t, newEngine, h, engine.Limits{})
	c := s.client()
	got := make(chan int, 1)
	go func() {
		resp, err := c.Do(request(t, "GET", s.url("/"), nil))
		if err != nil {
			t.Error(err)
			got <- 0
			return
		}
		all, err := readReply(resp)
		if err != nil {
			t.Error(err)
		}
		got <- len(all.body)
	}()
	<-begun
	stopped := make(chan struct{})
	go func() {
		s.stop()
		close(stopped)
	}()
	close(goOn)
	if n := <-got; n != 100<<10 {
		t.Errorf("%d bytes arrived, want all", n)
	}
	<-stopped
}

// testQUICMakeWay has an idle connection of HTTP/3 make way for one over TCP.
func testQUICMakeWay(t *testing.T, newEngine Maker) {
	s := newQUICStage(t, newEngine, &handler{serve: text("ok")}, engine.Limits{Conns: 1})
	p := protos[0]
	if got := s.do(s.client(), request(t, "GET", s.url("/"), nil)); got.body != "ok" {
		t.Fatalf("got %q, want ok", got.body)
	}
	if got := s.get(s.stage.client(p), p); got.body != "ok" {
		t.Errorf("got %q, want ok", got.body)
	}
	if got := s.engine.Stats().Evicted; got != 1 {
		t.Errorf("%d made way, want 1", got)
	}
}

func testAltSvc(t *testing.T, newEngine Maker) {
	s := newQUICStage(t, newEngine, &handler{serve: text("ok")}, engine.Limits{})
	h3 := s.do(s.client(), request(t, "GET", s.url("/"), nil)) // so that it is served for sure
	if got := h3.header.Get("Alt-Svc"); got != "" {
		t.Errorf("HTTP/3 is told of HTTP/3: %q", got)
	}
	for _, p := range protos {
		want := ""
		if p.tls {
			want = `h3=":` + strings.TrimPrefix(s.udp.String(), s.udp.IP.String()+":") + `"; ma=86400`
		}
		if got := s.get(s.stage.client(p), p).header.Get("Alt-Svc"); got != want {
			t.Errorf("%s: Alt-Svc %q, want %q", p.name, got, want)
		}
	}
}
