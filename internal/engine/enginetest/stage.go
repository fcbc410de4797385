package enginetest

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/ca"
	"github.com/seawall-project/seawall/internal/edge/gateway"
	"github.com/seawall-project/seawall/internal/engine"
)

const siteName = "www.example.org"

// network is where a stage is set up.
type network interface {
	Listen(ctx context.Context, addr netip.AddrPort) (net.Listener, error)
	Dial(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error)
}

// home is the only address that both networks have.
var home = netip.MustParseAddr("127.0.0.1")

// loopback is TCP on this machine.
type loopback struct{}

func (loopback) Listen(ctx context.Context, addr netip.AddrPort) (net.Listener, error) {
	return new(net.ListenConfig).Listen(ctx, "tcp", addr.String())
}

func (loopback) Dial(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error) {
	d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))}
	return d.DialContext(ctx, "tcp", to.String())
}

// stage is an engine that serves plain text on one address and TLS on another, until the test is over.
type stage struct {
	t             *testing.T
	network       network
	engine        engine.Engine
	plain, secure netip.AddrPort
	listeners     []net.Listener
	authority     *ca.CA
	stop          func() // ends Serve and waits for it
}

// newStage sets up an engine for h. The rest of s may be left empty; what its TLS does in GetCertificate happens before the
// certificate is found, and its answer is not used.
func newStage(t *testing.T, newEngine Maker, n network, h *handler, s Setup) *stage {
	t.Helper()
	authority, err := ca.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	get, err := authority.GetCertificate(time.Now(), siteName)
	if err != nil {
		t.Fatal(err)
	}
	before := s.TLS
	config := &tls.Config{GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		if before != nil {
			_, _ = before.GetCertificate(hello)
		}
		if hello.ServerName != siteName {
			return nil, nil
		}
		return get(hello)
	}}
	s.Handler, s.Now, s.TLS = h, time.Now, config
	st := &stage{t: t, network: n, engine: newEngine(t, s), authority: authority}
	st.start()
	return st
}

func (s *stage) start() {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	serve := func(tls bool) netip.AddrPort {
		ln := s.listen()
		s.listeners = append(s.listeners, ln)
		go func() { ended <- s.engine.Serve(ctx, ln, tls) }()
		return ln.Addr().(*net.TCPAddr).AddrPort()
	}
	s.plain, s.secure = serve(false), serve(true)
	waiting := 2
	s.stop = func() {
		cancel()
		for ; waiting > 0; waiting-- {
			if err := <-ended; err != nil {
				s.t.Errorf("serve: %v", err)
			}
		}
	}
	s.t.Cleanup(s.finish)
}

// finish stops the engine and expects it to hold nothing any more.
func (s *stage) finish() {
	s.stop()
	got := s.engine.Stats()
	if got.Conns != 0 || got.Handshakes != 0 || got.Exchanges != 0 || got.Networks != 0 {
		s.t.Errorf("after the end: %+v, want gauges at zero", got)
	}
	for _, ln := range s.listeners {
		if err := ln.Close(); !errors.Is(err, net.ErrClosed) {
			s.t.Errorf("close %v again: %v, want that the engine has done it", ln.Addr(), err)
		}
	}
}

// proto is one way to speak HTTP to an engine.
type proto struct {
	name  string
	proto seawall.Proto
	tls   bool
}

var protos = []proto{
	{"h1", seawall.HTTP11, false},
	{"h1-tls", seawall.HTTP11, true},
	{"h2-tls", seawall.HTTP2, true},
	{"h2c", seawall.HTTP2, false},
}

func (p proto) protocols() *http.Protocols {
	set := new(http.Protocols)
	set.SetHTTP1(p.proto == seawall.HTTP11)
	set.SetHTTP2(p.proto == seawall.HTTP2 && p.tls)
	set.SetUnencryptedHTTP2(p.proto == seawall.HTTP2 && !p.tls)
	return set
}

func (p proto) url(path string) string {
	if p.tls {
		return "https://" + siteName + path
	}
	return "http://" + siteName + path
}

// addr is where p is served.
func (s *stage) addr(p proto) netip.AddrPort {
	if p.tls {
		return s.secure
	}
	return s.plain
}

// client returns a client that speaks p and reaches the stage under every name. It follows no redirects.
func (s *stage) client(p proto) *http.Client {
	tr := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return s.network.Dial(ctx, home, s.addr(p))
		},
		TLSClientConfig:    s.clientTLS(),
		Protocols:          p.protocols(),
		DisableCompression: true,
	}
	s.t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{
		Transport:     tr,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (s *stage) clientTLS(alpn ...string) *tls.Config {
	return &tls.Config{RootCAs: s.authority.Pool(), ServerName: siteName, NextProtos: alpn}
}

// dial opens a bare connection.
func (s *stage) dial(to netip.AddrPort) net.Conn {
	s.t.Helper()
	return s.dialFrom(home, to)
}

// dialFrom opens a bare connection from an address that the network has.
func (s *stage) dialFrom(from netip.Addr, to netip.AddrPort) net.Conn {
	s.t.Helper()
	c, err := s.network.Dial(s.t.Context(), from, to)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.Close() })
	return c
}

// dialTLS opens a connection with TLS and the given ALPN.
func (s *stage) dialTLS(alpn ...string) *tls.Conn {
	s.t.Helper()
	c := tls.Client(s.dial(s.secure), s.clientTLS(alpn...))
	if err := c.HandshakeContext(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	return c
}

// reply is a whole response.
type reply struct {
	status int
	length int64 // as announced, -1 when it was not
	header http.Header
	body   string
}

// get asks for the front page.
func (s *stage) get(c *http.Client, p proto) reply {
	s.t.Helper()
	return s.do(c, request(s.t, http.MethodGet, p.url("/"), nil))
}

func (s *stage) do(c *http.Client, r *http.Request) reply {
	s.t.Helper()
	resp, err := c.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	got, err := readReply(resp)
	if err != nil {
		s.t.Fatalf("read body: %v", err)
	}
	return got
}

func readReply(resp *http.Response) (reply, error) {
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.ContentLength, resp.Header, string(body)}, err
}

func request(t *testing.T, method, url string, body io.Reader) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// send writes raw bytes.
func send(t *testing.T, c net.Conn, s string) {
	t.Helper()
	if _, err := io.WriteString(c, s); err != nil {
		t.Fatal(err)
	}
}

// receive reads one response from a bare connection.
func receive(c net.Conn) (reply, error) {
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return reply{}, err
	}
	return readReply(resp)
}

// wantClosed expects the connection to end without a byte.
func wantClosed(t *testing.T, c net.Conn) {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(5 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(c)
	if len(got) > 0 {
		t.Errorf("got %q, want nothing", got)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the connection is still open after minutes")
	}
}

// text answers with a small text.
func text(s string) func(context.Context, *gateway.Exchange) {
	return func(_ context.Context, x *gateway.Exchange) { answerText(x, 200, s) }
}

func answerText(x *gateway.Exchange, status int, s string) {
	fields := seawall.Fields{{Name: "Content-Type", Value: "text/plain"}}
	if x.Out.Head(status, fields, int64(len(s))) == nil {
		_, _ = io.Copy(x.Out, strings.NewReader(s))
	}
}

// listen opens one more listener.
func (s *stage) listen() net.Listener {
	s.t.Helper()
	ln, err := s.network.Listen(s.t.Context(), netip.AddrPortFrom(home, 0))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { ln.Close() })
	return ln
}
