package probe

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// failing is a world in which something fails, and what the probe has to say of it.
type failing struct {
	name  string
	class Class
	phase Phase
	// make starts the world and returns the target and the changes of options.
	make func(b *bed) (Target, func(*Options))
}

func at(url string) (Target, func(*Options))      { return Target{URL: url}, nil }
func quickly(url string) (Target, func(*Options)) { return Target{URL: url}, shorten }

func status(code int, fields ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(fields); i += 2 {
			w.Header().Set(fields[i], fields[i+1])
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, "<title>Hello</title><p>Something went differently than planned.")
	}
}

func answered(name string, class Class, h http.HandlerFunc) failing {
	return failing{name, class, PhaseDone, func(b *bed) (Target, func(*Options)) { return at(b.web(h)) }}
}

func spoken(name string, class Class, phase Phase, bytes string) failing {
	return failing{name, class, phase, func(b *bed) (Target, func(*Options)) { return at(b.says(bytes)) }}
}

func (f failing) test(t *testing.T) {
	b := newBed(t)
	target, options := f.make(b)
	p := b.prober(options)
	begin := time.Now()
	r := p.Probe(t.Context(), target)
	took := time.Since(begin)
	if r.Class != f.class || r.Phase != f.phase {
		t.Errorf("got %v in phase %d, want %v in %d: %s", r.Class, r.Phase, f.class, f.phase, r.Evidence.Error)
	}
	if took > p.limits.Total+2*time.Second {
		t.Errorf("took %v of %v", took, p.limits.Total)
	}
	switch c := r.Evidence.Certificate; r.Class {
	case TLSExpired, TLSWrongHost, TLSUnknownCA:
		if c == nil || len(c.SHA256) != 64 || len(c.Names) != 1 || c.NotAfter.IsZero() {
			t.Errorf("got the certificate %+v", c)
		}
	}
	if (r.Class != OK) != (r.Evidence.Error != "") {
		t.Errorf("class %v with the error %q", r.Class, r.Evidence.Error)
	}
	for phase, timing := range map[Phase]time.Duration{PhaseTCP: r.Timings.TCP, PhaseTTFB: r.Timings.TTFB, PhaseBody: r.Timings.Body} {
		if reached := r.Phase >= phase; reached != (timing != NotReached) {
			t.Errorf("phase %d reached, and phase %d took %v", r.Phase, phase, timing)
		}
	}
}

var answers = []failing{
	answered("ok", OK, page),
	answered("500", HTTP500, status(500)),
	answered("502", HTTP502, status(502)),
	answered("503", HTTP503, status(503)),
	answered("504", HTTP504, status(504)),
	answered("520", HTTP5xx, status(520)),
	answered("404", HTTP4xx, status(404)),
	answered("403", HTTP4xx, status(403)),
	answered("429", OverloadPage, status(429)),
	answered("503 and when to come again", OverloadPage, status(503, "Retry-After", "120")),
	answered("304 to nobody's question", BadResponse, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(304) }),
	answered("200 with nothing", Empty, func(http.ResponseWriter, *http.Request) {}),
	answered("204", Empty, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }),
	spoken("no HTTP", BadResponse, PhaseTTFB, "220 mail.example.org ESMTP\r\n"),
	spoken("rules broken", BadResponse, PhaseTTFB, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
	spoken("half a head", BadResponse, PhaseTTFB, "HTTP/1.1 200 OK\r\nContent-"),
	spoken("half a body", Truncated, PhaseBody, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhello"),
	spoken("half a chunk", Truncated, PhaseBody, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhello"),
	spoken("a bad chunk", BadResponse, PhaseBody, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello"),
	spoken("gzip that is none", BadResponse, PhaseBody, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nhello, this is no gzip"),
	spoken("closed at once", TCPReset, PhaseTTFB, ""),
	spoken("two places to go", BadResponse, PhaseTTFB, "HTTP/1.1 302 Found\r\nLocation: /a\r\nLocation: /b\r\n\r\n"),
	spoken("nowhere to go", BadResponse, PhaseTTFB, "HTTP/1.1 302 Found\r\n\r\n"),
	spoken("a number that is no status", BadResponse, PhaseDone, "HTTP/1.1 999 What\r\nContent-Length: 5\r\n\r\nhello"),
	{"hangs before the answer", HTTPTimeout, PhaseTTFB, func(b *bed) (Target, func(*Options)) { return quickly(b.raw(hang)) }},
	{"hangs in the head", HTTPTimeout, PhaseTTFB, func(b *bed) (Target, func(*Options)) {
		return quickly(b.raw(func(c *net.TCPConn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nServer: exam")
			hang(c)
		}))
	}},
	{"hangs in the body", HTTPTimeout, PhaseBody, func(b *bed) (Target, func(*Options)) {
		return Target{URL: b.raw(func(c *net.TCPConn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello")
			hang(c)
		})}, func(o *Options) { o.Limits.Total = 500 * time.Millisecond }
	}},
	{"closed for writing, and hangs", TCPReset, PhaseTTFB, func(b *bed) (Target, func(*Options)) {
		return at(b.raw(func(c *net.TCPConn) {
			_ = c.CloseWrite()
			hang(c)
		}))
	}},
	{"closed for reading, and hangs", HTTPTimeout, PhaseTTFB, func(b *bed) (Target, func(*Options)) {
		over := make(chan struct{})
		url := b.raw(func(c *net.TCPConn) {
			_ = c.CloseRead()
			<-over
		})
		b.Cleanup(func() { close(over) })
		return quickly(url)
	}},
	{"speaks first, and no HTTP", BadResponse, PhaseTTFB, func(b *bed) (Target, func(*Options)) {
		return at(b.raw(func(c *net.TCPConn) {
			_, _ = io.WriteString(c, "220 mail.example.org ESMTP\r\n")
			hang(c)
		}))
	}},
	{"answers before it is asked", OK, PhaseDone, func(b *bed) (Target, func(*Options)) {
		return at(b.raw(func(c *net.TCPConn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
			hang(c)
		}))
	}},
	{"reset before the answer", TCPReset, PhaseTTFB, func(b *bed) (Target, func(*Options)) {
		return at(b.raw(func(c *net.TCPConn) {
			head(c)
			_ = c.SetLinger(0)
		}))
	}},
	{"reset in the body", Truncated, PhaseBody, func(b *bed) (Target, func(*Options)) {
		return at(b.secure(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "500")
			_, _ = io.WriteString(w, "hello")
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, "www.example.org"))
	}},
}

func TestAnswers(t *testing.T) {
	for _, f := range answers {
		t.Run(f.name, f.test)
	}
}

var redirects = []failing{
	answered("followed", OK, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/da/forside", http.StatusFound)
			return
		}
		page(w, r)
	}),
	{"the same place again", RedirectLoop, PhaseTTFB, func(b *bed) (Target, func(*Options)) {
		return at(b.web(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) }))
	}},
	{"there and back", RedirectLoop, PhaseTTFB, func(b *bed) (Target, func(*Options)) {
		return at(b.web(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, map[string]string{"/": "/a", "/a": "/"}[r.URL.Path], http.StatusFound)
		}))
	}},
	{"no end, in doubt", RedirectLoop, PhaseTTFB, func(b *bed) (Target, func(*Options)) {
		return Target{URL: b.web(endless)}, func(o *Options) {
			o.Budget, _ = NewBudget(1)
			o.Budget.Doubt("example.org", time.Now(), time.Minute)
		}
	}},
	{"no end, in peace", RefusedTarget, PhaseTTFB, func(b *bed) (Target, func(*Options)) { return at(b.web(endless)) }},
	{"more than are followed", RedirectLoop, PhaseTTFB, func(b *bed) (Target, func(*Options)) {
		return Target{URL: b.web(endless)}, func(o *Options) { o.Limits.Redirects = 2 }
	}},
	{"another site", RedirectForeign, PhaseTTFB, func(b *bed) (Target, func(*Options)) {
		b.dns.addr("www.example.net", "127.0.0.1")
		return at(b.web(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://www.example.net/", http.StatusFound)
		}))
	}},
	{"another site, of a vantage with a list", RedirectForeign, PhaseTTFB, func(b *bed) (Target, func(*Options)) {
		b.dns.addr("www.example.net", "127.0.0.1")
		url := b.web(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://www.example.net/", http.StatusFound)
		})
		return Target{URL: url}, func(o *Options) { o.Sites = []string{"example.org"} }
	}},
	{"another site that belongs to it, and is not on the list", RefusedTarget, PhaseDNS, func(b *bed) (Target, func(*Options)) {
		b.dns.addr("www.example.net", "127.0.0.1")
		url := b.web(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://www.example.net/", http.StatusFound)
		})
		return Target{URL: url, Hosts: []string{"example.net"}}, func(o *Options) { o.Sites = []string{"example.org"} }
	}},
	{"another site that belongs to it", TCPRefused, PhaseTCP, func(b *bed) (Target, func(*Options)) {
		b.dns.addr("www.example.net", "127.0.0.1")
		url := b.web(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://www.example.net:"+closedPort(b), http.StatusFound)
		})
		return Target{URL: url, Hosts: []string{"example.net"}}, nil
	}},
	refusedRedirect("a private address", "http://10.0.0.1/"),
	refusedRedirect("metadata", "http://169.254.169.254/latest/meta-data/"),
	refusedRedirect("metadata, written as NAT64", "http://[64:ff9b::a9fe:a9fe]/"),
	refusedRedirect("a query", "/search?q=everything"),
	refusedRedirect("an empty query", "/search?"),
	refusedRedirect("credentials", "http://someone:secret@www.example.org/"),
	{"a port", RefusedTarget, PhaseTTFB, func(b *bed) (Target, func(*Options)) {
		b.dns.addr("private.example.org", "127.0.0.1")
		return at(b.web(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://private.example.org:8080/", http.StatusFound)
		}))
	}},
	{"a name of the site at a private address", RefusedTarget, PhaseDNS, func(b *bed) (Target, func(*Options)) {
		b.dns.addr("private.example.org", "127.0.0.1")
		return at(b.web(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://private.example.org/", http.StatusFound)
		}))
	}},
	{"a foreign name at a private address", RefusedTarget, PhaseTTFB, func(b *bed) (Target, func(*Options)) {
		b.dns.addr("inside.example", "192.168.1.1")
		return at(b.web(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://inside.example/", http.StatusFound)
		}))
	}},
	{"another scheme", BadResponse, PhaseTTFB, func(b *bed) (Target, func(*Options)) {
		return at(b.web(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "javascript:alert(1)")
			w.WriteHeader(302)
		}))
	}},
	{"a place without end", BadResponse, PhaseTTFB, func(b *bed) (Target, func(*Options)) {
		return at(b.web(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/"+strings.Repeat("a", MaxURL))
			w.WriteHeader(302)
		}))
	}},
}

func endless(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, strings.TrimSuffix(r.URL.Path, "/")+"/a", http.StatusFound)
}

func refusedRedirect(name, to string) failing {
	return failing{name, RefusedTarget, PhaseTTFB, func(b *bed) (Target, func(*Options)) {
		return at(b.web(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusMovedPermanently)
		}))
	}}
}

// closedPort returns a port of loopback that nobody listens on.
func closedPort(b *bed) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	_ = ln.Close()
	return fmt.Sprint(netip.MustParseAddrPort(ln.Addr().String()).Port())
}

func TestRedirects(t *testing.T) {
	for _, f := range redirects {
		t.Run(f.name, f.test)
	}
}

var connections = []failing{
	{"nobody listens", TCPRefused, PhaseTCP, func(b *bed) (Target, func(*Options)) {
		b.dns.addr("www.example.org", "127.0.0.1")
		return at("http://www.example.org:" + closedPort(b))
	}},
	{"no certificate in time", TLSTimeout, PhaseTLS, func(b *bed) (Target, func(*Options)) { return quickly(secured(b.raw(hang))) }},
	{"closed in the handshake", TLSReset, PhaseTLS, func(b *bed) (Target, func(*Options)) {
		return at(secured(b.raw(func(c *net.TCPConn) { _, _ = c.Read(make([]byte, 100)) })))
	}},
	{"reset in the handshake", TLSReset, PhaseTLS, func(b *bed) (Target, func(*Options)) {
		return at(secured(b.raw(func(c *net.TCPConn) {
			_, _ = c.Read(make([]byte, 4096))
			_ = c.SetLinger(0)
		})))
	}},
	{"no TLS", TLSHandshake, PhaseTLS, func(b *bed) (Target, func(*Options)) { return at(secured(b.web(page))) }},
	{"refused in the handshake", TLSHandshake, PhaseTLS, func(b *bed) (Target, func(*Options)) {
		return at(b.secureWith(page, &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return nil, fmt.Errorf("no certificate")
		}}))
	}},
	{"a certificate out of its time", TLSExpired, PhaseTLS, func(b *bed) (Target, func(*Options)) {
		return Target{URL: b.secure(page, "www.example.org")}, func(o *Options) {
			o.Now = func() time.Time { return time.Now().AddDate(1, 0, 0) }
		}
	}},
	{"a certificate before its time", TLSExpired, PhaseTLS, func(b *bed) (Target, func(*Options)) {
		return Target{URL: b.secure(page, "www.example.org")}, func(o *Options) {
			o.Now = func() time.Time { return time.Now().AddDate(-1, 0, 0) }
		}
	}},
	{"a certificate of another name", TLSWrongHost, PhaseTLS, func(b *bed) (Target, func(*Options)) {
		return at(b.secure(page, "example.net"))
	}},
	{"a certificate of nobody", TLSUnknownCA, PhaseTLS, func(b *bed) (Target, func(*Options)) {
		return Target{URL: b.secure(page, "www.example.org")}, func(o *Options) { o.Roots = x509.NewCertPool() }
	}},
	{"a certificate a megabyte long", TLSHandshake, PhaseTLS, func(b *bed) (Target, func(*Options)) {
		return at(b.secureWith(page, &tls.Config{Certificates: []tls.Certificate{longCertificate(b)}}))
	}},
	{"private, by its name", RefusedTarget, PhaseDNS, func(b *bed) (Target, func(*Options)) {
		b.dns.addr("private.example.org", "10.0.0.1", "fd00::1")
		return at("https://private.example.org/")
	}},
	{"metadata, written as NAT64 in DNS", RefusedTarget, PhaseDNS, func(b *bed) (Target, func(*Options)) {
		b.dns.addr("private.example.org", "64:ff9b::a9fe:a9fe")
		return at("https://private.example.org/")
	}},
}

// secured returns a URL of http as one of https.
func secured(url string) string { return "https" + strings.TrimPrefix(url, "http") }

// longCertificate is a certificate with a megabyte of names.
func longCertificate(b *bed) tls.Certificate {
	b.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "www.example.org"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"www.example.org"},
	}
	for i := range 1 << 20 / 50 {
		template.DNSNames = append(template.DNSNames, fmt.Sprintf("a-name-that-fills-the-certificate-%010d.example.org", i))
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		b.Fatal(err)
	}
	if len(der) < 1<<20 {
		b.Fatalf("%d bytes", len(der))
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestConnections(t *testing.T) {
	for _, f := range connections {
		t.Run(f.name, f.test)
	}
}

var names = []failing{
	{"no such name", DNSNXDomain, PhaseDNS, func(*bed) (Target, func(*Options)) { return quickly("https://www.example.org/") }},
	{"the servers fail", DNSServFail, PhaseDNS, func(b *bed) (Target, func(*Options)) {
		b.dns.code("www.example.org", dns.RcodeServerFailure)
		return quickly("https://www.example.org/")
	}},
	{"refused", DNSRefused, PhaseDNS, func(b *bed) (Target, func(*Options)) {
		b.dns.code("www.example.org", dns.RcodeRefused)
		return quickly("https://www.example.org/")
	}},
	{"no address", DNSNoAnswer, PhaseDNS, func(b *bed) (Target, func(*Options)) {
		b.dns.addr("www.example.org")
		return quickly("https://www.example.org/")
	}},
	{"no address of the family", DNSNoAnswer, PhaseDNS, func(b *bed) (Target, func(*Options)) {
		b.dns.addr("www.example.org", "192.0.2.1")
		return Target{URL: "https://www.example.org/", Family: IPv6}, shorten
	}},
	{"no answer for this name", DNSTimeout, PhaseDNS, func(b *bed) (Target, func(*Options)) {
		b.dns.silent("www.example.org")
		return quickly("https://www.example.org/")
	}},
	{"no answer for any name", MeasurementFailed, PhaseDNS, func(b *bed) (Target, func(*Options)) {
		for _, name := range []string{"www.example.org", "example.org", "org", "."} {
			b.dns.silent(name)
		}
		return quickly("https://www.example.org/")
	}},
	{"no resolver", MeasurementFailed, PhaseDNS, func(b *bed) (Target, func(*Options)) {
		return Target{URL: "https://www.example.org/"}, func(o *Options) {
			o.Limits = short
			o.Resolvers = []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:" + closedPort(b))}
		}
	}},
}

func TestNames(t *testing.T) {
	for _, f := range names {
		t.Run(f.name, f.test)
	}
}

// TestEveryClassHasAServer holds that no class is without a real failure that leads to it.
func TestEveryClassHasAServer(t *testing.T) {
	seen := map[Class]bool{}
	for _, all := range [][]failing{answers, redirects, connections, names, bombs, markedPages, unreachables} {
		for _, f := range all {
			seen[f.class] = true
		}
	}
	for _, class := range Classes() {
		if !seen[class] && class != Unknown {
			t.Errorf("no server fails with %v", class)
		}
	}
}

var bombs = []failing{
	{"a body without end", OK, PhaseDone, func(b *bed) (Target, func(*Options)) {
		return at(b.secure(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "10737418240")
			pour(r.Context(), w, bytes.Repeat([]byte("news and more news "), 4096))
		}, "www.example.org"))
	}},
	{"a body that unpacks without end", OK, PhaseDone, func(b *bed) (Target, func(*Options)) {
		return at(b.web(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z, _ := gzip.NewWriterLevel(w, gzip.BestCompression)
			pour(r.Context(), z, make([]byte, 1<<20))
		}))
	}},
	{"a body that unpacks to nothing", BadResponse, PhaseBody, func(b *bed) (Target, func(*Options)) {
		var nothing bytes.Buffer
		_ = gzip.NewWriter(&nothing).Close()
		return at(b.web(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			pour(r.Context(), w, bytes.Repeat(nothing.Bytes(), 4096))
		}))
	}},
	{"a head without end", BadResponse, PhaseTTFB, func(b *bed) (Target, func(*Options)) {
		return at(b.raw(func(c *net.TCPConn) {
			head(c)
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n")
			pour(context.Background(), c, []byte("X-Field: "+strings.Repeat("a", 1000)+"\r\n"))
		}))
	}},
	{"a head without end, in HTTP/2", BadResponse, PhaseTTFB, func(b *bed) (Target, func(*Options)) {
		return at(b.secure(func(w http.ResponseWriter, _ *http.Request) {
			for i := range 200 {
				w.Header().Set(fmt.Sprintf("X-Field-%d", i), strings.Repeat("a", 1000))
			}
			w.WriteHeader(200)
		}, "www.example.org"))
	}},
	{"early hints without end", BadResponse, PhaseTTFB, func(b *bed) (Target, func(*Options)) {
		return at(b.raw(func(c *net.TCPConn) {
			head(c)
			pour(context.Background(), c, []byte("HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"))
		}))
	}},
	{"fields twice", OK, PhaseDone, func(b *bed) (Target, func(*Options)) {
		return at(b.says("HTTP/1.1 200 OK\r\nServer: a\r\nServer: b\r\nContent-Type: text/html\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"))
	}},
}

// pour writes the same bytes until the other side has had enough.
func pour(ctx context.Context, w io.Writer, b []byte) {
	for ctx.Err() == nil {
		if _, err := w.Write(b); err != nil {
			return
		}
	}
}

func TestBombs(t *testing.T) {
	for _, f := range bombs {
		t.Run(f.name, f.test)
	}
}
