// Package pebble is a certificate authority that speaks ACME (RFC 8555), in the test's own process: Let's Encrypt's own test server,
// and beside it a name server that answers every name with this machine's loopback. Nothing leaves the machine.
package pebble

import (
	"crypto/x509"
	"io"
	"log" //nolint:depguard // Pebble takes no other
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/miekg/dns"
	"go.uber.org/goleak"
)

// Leaks are the goroutines that an ACME client and a Pebble in one process leave behind: Pebble's queue; certmagic's limit on orders, one
// for each authority; and for at most five seconds those that kept a lock file young.
func Leaks() []goleak.Option {
	return []goleak.Option{
		goleak.IgnoreTopFunction("github.com/letsencrypt/pebble/v2/va.VAImpl.processTasks"),
		goleak.IgnoreAnyFunction("github.com/caddyserver/certmagic.(*RingBufferRateLimiter).loop"),
		goleak.IgnoreAnyFunction("github.com/caddyserver/certmagic.keepLockfileFresh"),
	}
}

// Server is a running authority.
type Server struct {
	Directory string         // URL
	Roots     *x509.CertPool // who signed the directory's own certificate
	Orders    atomic.Int64   // how often a new order was asked for

	// DownAfterOne makes it fail from the moment that one certificate has been handed out. Set it before Open.
	DownAfterOne bool

	handler atomic.Pointer[http.Handler]
	down    atomic.Bool
	store   *db.MemoryStore
	names   string // address of the name server
}

// Start starts an authority that ends with the test. It answers nothing before Open.
func Start(t *testing.T) *Server {
	t.Helper()
	t.Setenv("PEBBLE_VA_NOSLEEP", "1")
	t.Setenv("PEBBLE_WFE_NONCEREJECT", "0")
	s := &Server{names: nameServer(t), store: db.NewMemoryStore()}
	web := httptest.NewTLSServer(s)
	t.Cleanup(web.Close)
	s.Directory = web.URL + wfe.DirectoryPath
	s.Roots = x509.NewCertPool()
	s.Roots.AddCert(web.Certificate())
	return s
}

// Open begins to sign certificates that hold for validity, and validates names at these ports of the loopback.
func (s *Server) Open(validity time.Duration, httpPort, tlsPort int) {
	quiet := log.New(io.Discard, "", 0)
	authority := ca.New(quiet, s.store, "", "ecdsa", 0, 1, map[string]ca.Profile{
		"default": {Description: "the only one", ValidityPeriod: uint64(validity / time.Second)},
	})
	validator := va.New(quiet, httpPort, tlsPort, false, s.names, s.store)
	front := wfe.New(quiet, s.store, validator, authority, []string{"ca.example.org"}, false, false, 1, 1)
	h := front.Handler()
	s.handler.Store(&h)
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := s.handler.Load()
	if h == nil || s.down.Load() {
		http.Error(w, "down", http.StatusServiceUnavailable)
		return
	}
	if r.URL.Path == "/order-plz" {
		s.Orders.Add(1)
	}
	(*h).ServeHTTP(w, r)
	if s.DownAfterOne && strings.HasPrefix(r.URL.Path, "/certZ/") {
		s.down.Store(true)
	}
}

// nameServer answers every name with 127.0.0.1 and returns its own address.
func nameServer(t *testing.T) string {
	t.Helper()
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &dns.Server{Listener: ln, Handler: dns.HandlerFunc(answer)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.ActivateAndServe()
	}()
	t.Cleanup(func() {
		_ = server.Shutdown()
		_ = ln.Close()
		<-ended
	})
	return ln.Addr().String()
}

func answer(w dns.ResponseWriter, question *dns.Msg) {
	reply := new(dns.Msg)
	reply.SetReply(question)
	if q := question.Question[0]; q.Qtype == dns.TypeA {
		reply.Answer = append(reply.Answer, &dns.A{
			Hdr: dns.RR_Header{Name: q.Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 60},
			A:   net.IPv4(127, 0, 0, 1),
		})
	}
	_ = w.WriteMsg(reply)
}
