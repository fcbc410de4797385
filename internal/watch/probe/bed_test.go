package probe

import (
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/seawall-project/seawall/internal/ca"
)

// short is for tests in which something hangs.
var short = Limits{
	DNS: time.Second, Connect: 300 * time.Millisecond, TLS: 300 * time.Millisecond, TTFB: 300 * time.Millisecond, Total: 3 * time.Second,
}

// fakeDNS is a name server on loopback. Names that it does not know do not exist.
type fakeDNS struct {
	at            netip.AddrPort
	authoritative atomic.Bool
	cut           atomic.Bool // answers over UDP are cut off

	mu      sync.Mutex // guards what follows
	answers map[string]func(m *dns.Msg, q dns.Question) bool
}

func newDNS(t testing.TB) *fakeDNS {
	t.Helper()
	f := &fakeDNS{answers: map[string]func(*dns.Msg, dns.Question) bool{}}
	udp, tcp := listenBoth(t)
	f.at = netip.MustParseAddrPort(udp.LocalAddr().String())
	for _, s := range []*dns.Server{{PacketConn: udp, Handler: f}, {Listener: tcp, Handler: f}} {
		started := make(chan struct{})
		s.NotifyStartedFunc = func() { close(started) }
		go func() { _ = s.ActivateAndServe() }()
		<-started
		t.Cleanup(func() { _ = s.Shutdown() })
	}
	f.set(".", func(m *dns.Msg, q dns.Question) bool {
		if q.Qtype == dns.TypeNS {
			m.Answer = append(m.Answer, rr(". 60 IN NS a.root.example."))
		}
		return true
	})
	return f
}

// listenBoth listens on one port of loopback over UDP and TCP.
func listenBoth(t testing.TB) (net.PacketConn, net.Listener) {
	t.Helper()
	for range 20 {
		udp, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if tcp, err := net.Listen("tcp", udp.LocalAddr().String()); err == nil {
			return udp, tcp
		}
		_ = udp.Close()
	}
	t.Fatal("no port is free for both")
	return nil, nil
}

// rr reads a record.
func rr(line string) dns.RR {
	r, err := dns.NewRR(line)
	if err != nil {
		panic(err)
	}
	return r
}

// set says how questions for a name are answered; not at all when the function returns false.
func (f *fakeDNS) set(name string, answer func(m *dns.Msg, q dns.Question) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers[dns.Fqdn(name)] = answer
}

// addr gives a name addresses.
func (f *fakeDNS) addr(name string, addrs ...string) {
	f.set(name, func(m *dns.Msg, q dns.Question) bool {
		for _, a := range addrs {
			kind, ok := "A", q.Qtype == dns.TypeA
			if strings.Contains(a, ":") {
				kind, ok = "AAAA", q.Qtype == dns.TypeAAAA
			}
			if ok {
				m.Answer = append(m.Answer, rr(dns.Fqdn(name)+" 60 IN "+kind+" "+a))
			}
		}
		return true
	})
}

// code answers every question for a name with a code.
func (f *fakeDNS) code(name string, code int) {
	f.set(name, func(m *dns.Msg, _ dns.Question) bool {
		m.Rcode = code
		return true
	})
}

// silent does not answer questions for a name.
func (f *fakeDNS) silent(name string) {
	f.set(name, func(*dns.Msg, dns.Question) bool { return false })
}

func (f *fakeDNS) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	m := new(dns.Msg).SetReply(q)
	m.Authoritative = f.authoritative.Load()
	f.mu.Lock()
	answer, ok := f.answers[q.Question[0].Name]
	f.mu.Unlock()
	if !ok {
		m.Rcode = dns.RcodeNameError
	} else if !answer(m, q.Question[0]) {
		return
	}
	if _, udp := w.RemoteAddr().(*net.UDPAddr); udp && f.cut.Load() {
		m.Truncated, m.Answer = true, nil
	}
	_ = w.WriteMsg(m)
}

// bed is a world on loopback: a name server, an authority for certificates, and whatever a test starts.
type bed struct {
	testing.TB
	dns *fakeDNS
	ca  *ca.CA
}

func newBed(t testing.TB) *bed {
	t.Helper()
	authority, err := ca.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return &bed{t, newDNS(t), authority}
}

// prober returns a prober that knows the bed, and may go to example.org, www.example.org and others there.
func (b *bed) prober(change func(*Options)) *Prober {
	b.Helper()
	o := Options{
		Contact: "https://lookout.example/", Vantage: "test", Resolvers: []netip.AddrPort{b.dns.at}, Roots: b.ca.Pool(),
		AllowHosts: []string{"example.org", "www.example.org", "other.example.org", "example.net", "www.example.net", "127.0.0.1", "::1", "localhost", "ns1.example.org"},
	}
	if change != nil {
		change(&o)
	}
	p, err := New(o)
	if err != nil {
		b.Fatal(err)
	}
	p.names.port = b.dns.at.Port()
	return p
}

func shorten(o *Options) { o.Limits = short }

// web starts a plain HTTP server and returns its URL under the name www.example.org.
func (b *bed) web(h http.HandlerFunc) string {
	b.Helper()
	s := httptest.NewServer(h)
	b.Cleanup(s.Close)
	return b.named("http", s.Listener)
}

// secure starts a server for HTTP/1.1 and HTTP/2 with a certificate of the bed's authority for names.
func (b *bed) secure(h http.HandlerFunc, names ...string) string {
	b.Helper()
	cert, err := b.ca.Issue(time.Now(), names...)
	if err != nil {
		b.Fatal(err)
	}
	return b.secureWith(h, &tls.Config{Certificates: []tls.Certificate{cert}})
}

func (b *bed) secureWith(h http.HandlerFunc, c *tls.Config) string {
	b.Helper()
	s := httptest.NewUnstartedServer(h)
	s.EnableHTTP2 = true
	s.TLS = c
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.StartTLS()
	b.Cleanup(s.Close)
	return b.named("https", s.Listener)
}

// raw starts a server that hands every connection to a function, and closes it afterwards.
func (b *bed) raw(serve func(c *net.TCPConn)) string {
	b.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	var serving sync.WaitGroup
	ended := make(chan struct{})
	serving.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			stop := make(chan struct{})
			serving.Go(func() {
				select {
				case <-ended:
				case <-stop:
				}
				_ = c.Close()
			})
			serving.Go(func() {
				defer close(stop)
				serve(c.(*net.TCPConn))
			})
		}
	})
	b.Cleanup(func() {
		close(ended)
		_ = ln.Close()
		serving.Wait()
	})
	return b.named("http", ln)
}

// named returns the URL of a listener under the name www.example.org, which leads to loopback.
func (b *bed) named(scheme string, ln net.Listener) string {
	at := netip.MustParseAddrPort(ln.Addr().String())
	b.dns.addr("www.example.org", at.Addr().String())
	return place{scheme: scheme, host: "www.example.org", port: at.Port(), path: "/"}.String()
}

// head reads a request and drops it.
func head(c net.Conn) {
	buf := make([]byte, 4096)
	var got string
	for !strings.Contains(got, "\r\n\r\n") {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		got += string(buf[:n])
	}
}

// hang waits until the other side has gone.
func hang(c *net.TCPConn) { _, _ = io.Copy(io.Discard, c) }

// says answers every request with the same bytes.
func (b *bed) says(answer string) string {
	return b.raw(func(c *net.TCPConn) {
		head(c)
		_, _ = io.WriteString(c, answer)
	})
}

func page(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, "<!doctype html><title>The Example</title><p>All the news that is invented.")
}

// addrOf returns where a server of the bed listens.
func addrOf(t testing.TB, url string) netip.AddrPort {
	t.Helper()
	at, err := parse(url)
	if err != nil {
		t.Fatal(err)
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), at.port)
}
