package origin

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	proxyproto "github.com/pires/go-proxyproto"

	"github.com/seawall-project/seawall/internal/ca"
	"github.com/seawall-project/seawall/internal/drill/paper"
	"github.com/seawall-project/seawall/internal/drill/work"
)

func TestAnswers(t *testing.T) {
	article, form := courier.ArticlePaths()[3], courier.FormPaths()[0]
	front, _ := courier.Page(paper.FrontPath)
	asset := front.Assets[5]
	page := func(path string) []byte {
		d, ok := courier.Page(path)
		if !ok {
			t.Fatalf("no page %s", path)
		}
		return d.Body
	}
	photo, _ := courier.Asset(asset)
	match := func(method, target string) (work.Kind, bool, bool) {
		switch target {
		case "/ajax?x=1", "/ajax":
			return work.Search, true, true
		case "/list?page=7":
			return work.Page, false, true
		case paper.FrontPath, article, form:
			t.Errorf("match was asked about %s %s", method, target)
		}
		return 0, false, false
	}
	for _, tt := range []struct {
		method, target, sent string
		status               int
		cache                string
		etag, cookie         bool
		cost                 time.Duration
		body                 []byte // nil: any
	}{
		{"GET", "/", "", 200, "max-age=10", false, false, 5 * time.Millisecond, page("/")},
		{"HEAD", "/", "", 200, "max-age=10", false, false, 5 * time.Millisecond, []byte{}},
		{"GET", "/?r=31", "", 200, "max-age=10", false, false, 5 * time.Millisecond, page("/")},
		{"GET", article, "", 200, "max-age=60", true, false, 5 * time.Millisecond, page(article)},
		{"GET", "/archive?page=3", "", 200, "max-age=60", true, false, 5 * time.Millisecond, page("/archive?page=3")},
		{"GET", "/archive?page=33", "", 404, "max-age=60", false, false, 5 * time.Millisecond, nil},
		{"GET", "/nowhere", "", 404, "max-age=60", false, false, 5 * time.Millisecond, nil},
		{"GET", asset, "", 200, "max-age=86400", true, false, 0, photo.Body},
		{"GET", "/feed.rss", "", 200, "max-age=60", true, false, 0, page("/feed.rss")},
		{"GET", "/search?q=sea+wall", "", 200, "no-store", false, false, 120 * time.Millisecond, courier.Search("sea wall")},
		{"GET", form, "", 200, "no-store", false, true, 5 * time.Millisecond, page(form)},
		{"POST", form, "name=x", 200, "no-store", false, true, 200 * time.Millisecond, courier.Form(form, []byte("name=x"))},
		{"POST", "/nowhere", "name=x", 404, "max-age=60", false, false, 5 * time.Millisecond, nil},
		{"GET", "/ajax?x=1", "", 200, "no-store", false, false, 120 * time.Millisecond, nil},
		{"POST", "/ajax", "x", 200, "no-store", false, false, 120 * time.Millisecond, nil},
		{"GET", "/list?page=7", "", 200, "max-age=60", false, false, 5 * time.Millisecond, nil},
	} {
		t.Run(tt.method+" "+tt.target, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOrigin(t, Options{Match: match})
				begun := time.Now()
				got := do(t, client(t, o), tt.method, tt.target, tt.sent)
				if took := time.Since(begun); took != tt.cost {
					t.Errorf("took %v, want %v", took, tt.cost)
				}
				if busy := o.Stats().Busy; busy != tt.cost {
					t.Errorf("workers were busy for %v, want %v", busy, tt.cost)
				}
				if got.status != tt.status {
					t.Errorf("got status %d, want %d", got.status, tt.status)
				}
				if cache := got.head.Get("Cache-Control"); cache != tt.cache {
					t.Errorf("got Cache-Control %q, want %q", cache, tt.cache)
				}
				if has := got.head.Get("ETag") != ""; has != tt.etag {
					t.Errorf("got ETag %t, want %t", has, tt.etag)
				}
				if has := got.head.Get("Set-Cookie") != ""; has != tt.cookie {
					t.Errorf("got cookie %t, want %t", has, tt.cookie)
				}
				if tt.body != nil && !bytes.Equal(got.body, tt.body) {
					t.Errorf("got %d bytes, not the %d wanted", len(got.body), len(tt.body))
				}
			})
		})
	}
}

func TestNotModifiedCostsAWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOrigin(t, Options{})
		c, path := client(t, o), courier.ArticlePaths()[0]
		tag := do(t, c, "GET", path, "").head.Get("ETag")
		got := do(t, c, "GET", path, "", "If-None-Match", `"other", W/`+tag)
		if got.status != http.StatusNotModified || len(got.body) != 0 {
			t.Errorf("got status %d and %d bytes, want 304 and none", got.status, len(got.body))
		}
		if got, want := o.Stats().Busy, 2*work.Page.Cost(); got != want {
			t.Errorf("workers were busy for %v, want %v", got, want)
		}
	})
}

func TestBodyTooLarge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOrigin(t, Options{})
		got := do(t, client(t, o), "POST", courier.FormPaths()[0], strings.Repeat("x", bodyBytes+1))
		if got.status != http.StatusRequestEntityTooLarge {
			t.Errorf("got status %d, want 413", got.status)
		}
		if got := o.Stats().Busy; got != 0 {
			t.Errorf("workers were busy for %v, want 0", got)
		}
	})
}

func TestNewRefuses(t *testing.T) {
	for _, o := range []Options{{}, {Paper: courier, Workers: -1}, {Paper: courier, Queue: -1}} {
		if _, err := New(o); err == nil {
			t.Errorf("got no error for %d workers, queue %d, paper %t", o.Workers, o.Queue, o.Paper != nil)
		}
	}
}

func TestServeReturnsAcceptError(t *testing.T) {
	ln := newPipes()
	ln.Close()
	if err := newOrigin(t, Options{}).Serve(t.Context(), ln, nil); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v, want %v", err, net.ErrClosed)
	}
}

func TestServeOverTLS(t *testing.T) {
	config, roots := certificate(t)
	for _, tt := range []struct {
		h2      bool
		proxied bool
	}{{true, false}, {false, false}, {true, true}} {
		o := newOrigin(t, Options{Proxied: tt.proxied})
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		serve(t, func(ctx context.Context) error { return o.Serve(ctx, ln, config) })
		transport := &http.Transport{
			TLSClientConfig:   &tls.Config{RootCAs: roots, ServerName: "www.example.org"},
			ForceAttemptHTTP2: tt.h2,
			DialContext:       func(context.Context, string, string) (net.Conn, error) { return dialProxied(ln.Addr(), tt.proxied) },
		}
		resp, err := (&http.Client{Transport: transport}).Get("https://www.example.org/")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if got, want := resp.ProtoMajor == 2, tt.h2; got != want || resp.StatusCode != http.StatusOK {
			t.Errorf("got status %d over %s, want 200 with h2 %t", resp.StatusCode, resp.Proto, want)
		}
		transport.CloseIdleConnections()
	}
}

// dialProxied connects to addr, with a PROXY header first if proxied.
func dialProxied(addr net.Addr, proxied bool) (net.Conn, error) {
	conn, err := net.Dial("tcp", addr.String())
	if err != nil || !proxied {
		return conn, err
	}
	source := &net.TCPAddr{IP: net.IPv4(127, 130, 1, 1), Port: 4096}
	_, err = proxyproto.HeaderProxyFromAddrs(2, source, addr).WriteTo(conn)
	return conn, err
}

func certificate(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	authority, err := ca.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := authority.Issue(time.Now(), "www.example.org")
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{cert}}, authority.Pool()
}
