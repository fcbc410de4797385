package notifytest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/seawall-project/seawall/internal/notify/call"
)

// answerText is in every answer of a failing server, and must not come through.
const answerText = "what-the-server-wrote"

// Web is an HTTP server on loopback over TLS. It stands in for any host: [Web.Caller] connects every name to it.
type Web struct {
	server *httptest.Server
	meter  meter

	mu     sync.Mutex
	answer Answer        // guarded by mu
	got    []Received    // guarded by mu
	more   chan struct{} // closed and made anew with each request that is taken; guarded by mu
}

// Received is a request that was answered with 2xx.
type Received struct {
	Host, Path string
	Header     http.Header
	Body       string
}

// NewWeb returns a server that ends with the test.
func NewWeb(t testing.TB) *Web {
	t.Helper()
	w := &Web{answer: Answer{Status: http.StatusOK}, more: make(chan struct{})}
	w.server = httptest.NewUnstartedServer(w)
	w.server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	w.server.StartTLS()
	t.Cleanup(w.server.Close)
	return w
}

// URL returns the server's, without a slash at the end.
func (w *Web) URL() string { return w.server.URL }

// Set makes the server answer so from now on.
func (w *Web) Set(a Answer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = a
	w.meter.read.Store(0)
}

// Got returns what was taken.
func (w *Web) Got() []Received {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]Received(nil), w.got...)
}

// Wait returns once n requests were taken, and fails the test when its context ends before.
func (w *Web) Wait(t testing.TB, n int) {
	t.Helper()
	wait(t, func() (int, chan struct{}) {
		w.mu.Lock()
		defer w.mu.Unlock()
		return len(w.got), w.more
	}, n)
}

// Read returns how many bytes came through connections of [Web.Dial] since the last [Web.Set].
func (w *Web) Read() int64 { return w.meter.read.Load() }

// Dial connects to the server, whatever the address.
func (w *Web) Dial(ctx context.Context, network, _ string) (net.Conn, error) {
	return w.meter.dial(ctx, network, w.server.Listener.Addr().String())
}

// Caller returns a caller whose every connection leads here.
func (w *Web) Caller(t testing.TB) *call.Caller {
	t.Helper()
	c, err := call.New(call.Options{Dial: w.Dial, TLS: w.TLS()})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TLS returns a configuration that knows the server, under any name: its certificate is of example.com.
func (w *Web) TLS() *tls.Config {
	roots := x509.NewCertPool()
	roots.AddCert(w.server.Certificate())
	return &tls.Config{RootCAs: roots, ServerName: "example.com", MinVersion: tls.VersionTLS12}
}

// ServeHTTP implements [http.Handler].
func (w *Web) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	w.mu.Lock()
	answer := w.answer
	if ok := answer.Status >= 200 && answer.Status < 300; ok && !answer.Hang && !answer.Reset {
		w.got = append(w.got, Received{r.Host, r.URL.RequestURI(), r.Header.Clone(), string(body)})
		close(w.more)
		w.more = make(chan struct{})
	}
	w.mu.Unlock()
	switch {
	case answer.Hang:
		<-r.Context().Done()
	case answer.Reset:
		panic(http.ErrAbortHandler)
	case answer.Endless:
		forever(rw)
	default:
		rw.Header().Set("Content-Type", "application/json")
		if answer.Status >= 300 && answer.Status < 400 {
			rw.Header().Set("Location", "/elsewhere")
		}
		if answer.RetryAfter != "" {
			rw.Header().Set("Retry-After", answer.RetryAfter)
		}
		rw.WriteHeader(answer.Status)
		_, _ = io.WriteString(rw, `{"id":"1","error":"`+answerText+`","errors":["`+answerText+`"]}`)
	}
}
