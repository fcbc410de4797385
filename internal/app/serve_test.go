package app

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall/internal/ca"
	"github.com/seawall-project/seawall/internal/edge"
)

func tlsTrusting(authority *ca.CA) *tls.Config {
	return &tls.Config{RootCAs: authority.Pool(), MinVersion: tls.VersionTLS12}
}

func newAuthority(t *testing.T) *ca.CA {
	t.Helper()
	authority, err := ca.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return authority
}

var protocols = []string{"HTTP/1.1", "HTTP/2.0"}

// TestServe asks over the machine's loopback, with certificates of an internal authority.
func TestServe(t *testing.T) {
	var asked atomic.Int64
	url := serveOn(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.Header().Set("Cache-Control", "max-age=60")
		fmt.Fprintf(w, "%s %s for %s", r.Method, r.RequestURI, r.Host)
	})
	authority := newAuthority(t)
	a := start(t, Options{Config: oneSite(t, url, "internal"), Authority: authority})
	for i, proto := range protocols {
		t.Run(proto, func(t *testing.T) {
			c := reader(t, proto, to(a.Addrs()[0]), authority)
			for _, word := range []string{"one", "two"} {
				const host = "www.example.org"
				path := fmt.Sprintf("/page/%d?q=%s", i, word)
				got := get(t, c, "https://"+host+path)
				if want := "GET " + path + " for " + host; got.body != want || got.StatusCode != 200 || got.Proto != proto {
					t.Errorf("got %s %d %q, want %s 200 %q", got.Proto, got.StatusCode, got.body, proto, want)
				}
				again := get(t, c, "https://"+host+path)
				if status := again.Header.Get("Cache-Status"); again.body != got.body || !strings.HasPrefix(status, "Seawall; hit") {
					t.Errorf("again: got %q, Cache-Status %q, want a hit", again.body, status)
				}
			}
		})
	}
	if got := asked.Load(); got != 4 {
		t.Errorf("the origin was asked %d times, want 4", got)
	}
}

func TestServePlain(t *testing.T) {
	a := start(t, Options{Config: oneSite(t, serveOn(t, say("plain")), "off")})
	if got := get(t, reader(t, "HTTP/1.1", to(a.Addrs()[0]), nil), "http://www.example.org/"); got.body != "plain" || got.TLS != nil {
		t.Errorf("got %d %q over TLS %v, want the page over plain HTTP", got.StatusCode, got.body, got.TLS != nil)
	}
	if a.certs.Internal != nil {
		t.Error("an authority was made that nobody needs")
	}
}

func TestUnknownHost(t *testing.T) {
	authority := newAuthority(t)
	a := start(t, Options{Config: oneSite(t, serveOn(t, say("page")), "internal"), Authority: authority})
	for _, proto := range protocols {
		c := reader(t, proto, to(a.Addrs()[0]), authority)
		if got := get(t, c, "https://www.example.org/", "Host: other.example.org"); got.StatusCode != http.StatusMisdirectedRequest {
			t.Errorf("%s: got %d %q, want 421", proto, got.StatusCode, got.body)
		}
		if got := get(t, c, "https://www.example.org/", "Host: WWW.Example.ORG:8443"); got.body != "page" {
			t.Errorf("%s: the site's name in capitals, with a port: got %d %q", proto, got.StatusCode, got.body)
		}
	}
	resp, err := reader(t, "HTTP/1.1", to(a.Addrs()[0]), authority).Get("https://other.example.org/")
	if err == nil {
		resp.Body.Close()
		t.Error("a handshake for an unknown name went well")
	}
}

// TestBodyLimit sends a byte too much, announced and unannounced. The origin never gets a whole body.
func TestBodyLimit(t *testing.T) {
	var whole atomic.Int64
	url := serveOn(t, func(_ http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err == nil {
			whole.Add(1)
		}
	})
	authority := newAuthority(t)
	a := start(t, Options{Config: oneSite(t, url, "internal"), Authority: authority})
	const page = "https://www.example.org/form"
	for _, proto := range protocols {
		t.Run(proto, func(t *testing.T) {
			c := reader(t, proto, to(a.Addrs()[0]), authority)
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, page, unread{})
			if err != nil {
				t.Fatal(err)
			}
			req.ContentLength = edge.DefaultMaxBody + 1
			req.Header.Set("Expect", "100-continue")
			resp, err := c.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusRequestEntityTooLarge {
				t.Errorf("announced: got %d, want 413", resp.StatusCode)
			}

			more, _ := io.Pipe() // so that the body does not end by itself
			defer more.Close()
			body := struct {
				io.Reader
				io.Closer
			}{io.MultiReader(io.LimitReader(zeros{}, edge.DefaultMaxBody+1), more), more}
			if got := do(t, c, http.MethodPost, page, body); got.StatusCode != http.StatusRequestEntityTooLarge {
				t.Errorf("unannounced: got %d, want 413", got.StatusCode)
			}
			if got := do(t, c, http.MethodPost, page, strings.NewReader("q=1")); got.StatusCode != http.StatusOK {
				t.Errorf("a small form: got %d, want 200", got.StatusCode)
			}
		})
	}
	if got, want := whole.Load(), int64(len(protocols)); got != want {
		t.Errorf("the origin got %d whole bodies, want %d", got, want)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

type unread struct{}

func (unread) Read([]byte) (int, error) { return 0, errors.New("the body was asked for") }

// TestOriginFails holds that readers see an honest 503 of ours and never a 502, in the language they ask for.
func TestOriginFails(t *testing.T) {
	for name, fail := range map[string]http.HandlerFunc{
		"refuses connections": nil,
		"answers 502":         func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
		"resets":              func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := inMemory(t, fail)
				if fail == nil {
					_ = m.origin.Close()
				}
				for language, word := range map[string]string{"da-DK": `lang="da"`, "en": `lang="en"`} {
					got := get(t, m.client, "http://www.example.org/", "Accept: text/html", "Accept-Language: "+language)
					if got.StatusCode != http.StatusServiceUnavailable || got.Header.Get("Retry-After") == "" {
						t.Errorf("got %d, Retry-After %q, want 503 and some", got.StatusCode, got.Header.Get("Retry-After"))
					}
					if id := got.Header.Get("X-Request-Id"); id == "" || !strings.Contains(got.body, id) || !strings.Contains(got.body, word) {
						t.Errorf("the note has no %s, or not the number %q: %s", word, id, got.body)
					}
				}
			})
		})
	}
}

// TestStale serves a page that is past its freshness when the origin has died.
func TestStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := inMemory(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Cache-Control", "max-age=10")
			_, _ = io.WriteString(w, "front page")
		})
		const page = "http://www.example.org/"
		if got := get(t, m.client, page); got.body != "front page" {
			t.Fatalf("got %d %q", got.StatusCode, got.body)
		}
		_ = m.origin.Close()
		time.Sleep(time.Minute)
		got := get(t, m.client, page)
		if got.StatusCode != 200 || got.body != "front page" || !strings.Contains(got.Header.Get("Cache-Status"), "detail=origin_down") {
			t.Errorf("got %d %q, Cache-Status %q, want the stale page", got.StatusCode, got.body, got.Header.Get("Cache-Status"))
		}
		if got.Header.Get("Age") != "60" {
			t.Errorf("got Age %q, want 60 seconds", got.Header.Get("Age"))
		}
		if got := get(t, m.client, page+"never-asked-before"); got.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("a page that is not at hand: got %d, want 503", got.StatusCode)
		}
		time.Sleep(25 * time.Hour)
		if got := get(t, m.client, page); got.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("a day later: got %d, want 503", got.StatusCode)
		}
	})
}
