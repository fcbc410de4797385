package call_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/seawall-project/seawall/internal/notify/call"
	"github.com/seawall-project/seawall/internal/notify/notifytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func get(c *call.Call, url string) {
	resp, err := c.Client().Get(url)
	if err == nil {
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
}

// TestRedirectIsNotFollowed: the request may carry a token, which is for the host that was named.
func TestRedirectIsNotFollowed(t *testing.T) {
	web := notifytest.NewWeb(t)
	web.Set(notifytest.Answer{Status: http.StatusFound})
	c := web.Caller(t).Begin(t.Context())
	get(c, web.URL())
	retry, err := c.Result()
	if retry || err == nil || err.Error() != "answered 302, a redirect, which is not followed: give the URL it leads to" {
		t.Errorf("got %t, %v", retry, err)
	}
}

// TestOverAfterAFailure: libraries that try again by themselves do not get to.
func TestOverAfterAFailure(t *testing.T) {
	web := notifytest.NewWeb(t)
	web.Set(notifytest.Answer{Status: http.StatusServiceUnavailable})
	c := web.Caller(t).Begin(t.Context())
	get(c, web.URL())
	web.Set(notifytest.Answer{Status: http.StatusOK})
	get(c, web.URL())
	if retry, err := c.Result(); !retry || err == nil || len(web.Got()) != 0 {
		t.Errorf("got %t, %v, %d requests taken", retry, err, len(web.Got()))
	}
}

func TestNotMoreThanAFewRequests(t *testing.T) {
	web := notifytest.NewWeb(t)
	c := web.Caller(t).Begin(t.Context())
	for range 2 * call.MaxRequest {
		get(c, web.URL())
	}
	if got := len(web.Got()); got != call.MaxRequest {
		t.Errorf("got %d requests, want %d", got, call.MaxRequest)
	}
}

func TestNothingSentIsNoSuccess(t *testing.T) {
	web := notifytest.NewWeb(t)
	if _, err := web.Caller(t).Begin(t.Context()).Result(); err == nil {
		t.Error("got no error")
	}
}

// TestNoProxy: a proxy in the environment would see tokens, and get around the dialler.
func TestNoProxy(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://proxy.example:3128")
	t.Setenv("HTTPS_PROXY", "http://proxy.example:3128")
	var dialled string
	caller, err := call.New(call.Options{Dial: func(_ context.Context, _, address string) (net.Conn, error) {
		dialled = address
		return nil, errors.New("private address")
	}})
	if err != nil {
		t.Fatal(err)
	}
	c := caller.Begin(t.Context())
	get(c, "https://hooks.example.org/token")
	retry, err := c.Result()
	if dialled != "hooks.example.org:443" || !retry || err == nil || err.Error() != "connect: private address" {
		t.Errorf("dialled %s, got %t, %v", dialled, retry, err)
	}
}

// TestWhatIsSaid of a failure, and what is not.
func TestWhatIsSaid(t *testing.T) {
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	noHTTP := listen(t, func(c net.Conn) { _, _ = io.WriteString(c, "secret-of-the-other-side\r\n\r\n") })
	web := notifytest.NewWeb(t)
	for name, tt := range map[string]struct{ url, addr, want string }{
		"certificate": {"https://hooks.example.org/", strings.TrimPrefix(web.URL(), "https://"), "certificate: "},
		"no TLS":      {"https://hooks.example.org/", strings.TrimPrefix(plain.URL, "http://"), "the connection broke off, or what answered does not speak the protocol"},
		"no HTTP":     {"http://hooks.example.org/", noHTTP, "the connection broke off, or what answered does not speak the protocol"},
		"refused":     {"http://hooks.example.org/", "127.0.0.1:1", "connect: dial tcp 127.0.0.1:1: "},
	} {
		caller, err := call.New(call.Options{TLS: &tls.Config{MinVersion: tls.VersionTLS12}, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, network, tt.addr)
		}})
		if err != nil {
			t.Fatal(err)
		}
		c := caller.Begin(t.Context())
		get(c, tt.url)
		retry, err := c.Result()
		if !retry || err == nil || !strings.HasPrefix(err.Error(), tt.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %t, %v; want %s", name, retry, err, tt.want)
		}
	}
}

// listen answers one connection.
func listen(t *testing.T, answer func(net.Conn)) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		answer(conn)
		_ = conn.Close()
	}()
	t.Cleanup(func() {
		_ = ln.Close()
		<-done
	})
	return ln.Addr().String()
}
