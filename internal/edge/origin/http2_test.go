package origin

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
)

// newHTTP2 returns an origin that speaks HTTP/2.
func newHTTP2(t *testing.T, o Options, h http.HandlerFunc) *Origin {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.EnableHTTP2 = true
	server.Config.ErrorLog = quiet
	server.StartTLS()
	t.Cleanup(server.Close)
	o.BaseURL, o.Roots = server.URL, server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	return newOrigin(t, o)
}

// TestHTTP2Crowd: however few connections there may be, one of HTTP/2 serves many at once, and one that hangs or is reset harms no other.
func TestHTTP2Crowd(t *testing.T) {
	release := make(chan struct{})
	o := newHTTP2(t, Options{MaxConns: 1, Timeouts: Timeouts{FirstByte: 2 * time.Second}}, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/hang":
			<-release
		case "/reset":
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, r.URL.Path)
	})
	defer close(release)
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			path, want := "/page", seawall.ReasonNone
			switch i % 10 {
			case 0:
				path, want = "/hang", seawall.ReasonOriginTimeout
			case 1:
				path, want = "/reset", seawall.ReasonOriginReset
			}
			resp, err := o.Fetch(t.Context(), get(path), nil, nil)
			if err != nil {
				if e, _ := errors.AsType[*Error](err); e.Reason != want || !e.Sent {
					t.Errorf("%s: %v", path, err)
				}
				return
			}
			defer resp.Body.Close()
			if body, err := io.ReadAll(resp.Body); string(body) != path || err != nil || want != seawall.ReasonNone {
				t.Errorf("%s: got %q, %v", path, body, err)
			}
		})
	}
	wg.Wait()
	if n := o.dialer.conns.Load(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
}

// TestHTTP2Trailers pass in both directions, without the fields that HTTP/2 forbids.
func TestHTTP2Trailers(t *testing.T) {
	o := newHTTP2(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Connection")+r.Header.Get("Te") != "" {
			t.Errorf("got %v", r.Header)
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Trailer", "X-Sum")
		_, _ = io.WriteString(w, string(body)+r.Trailer.Get("X-Question"))
		w.Header().Set("X-Sum", "42")
	})
	r := post(-1)
	r.Fields = seawall.Fields{{Name: "Trailer", Value: "X-Question"}, {Name: "TE", Value: "trailers"}, {Name: "Connection", Value: "TE"}}
	resp, err := o.Fetch(t.Context(), r, nil, &trailing{strings.NewReader("a=b "), seawall.Fields{{Name: "X-Question", Value: "6x7"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || string(body) != "a=b 6x7" {
		t.Errorf("got %q, %v", body, err)
	}
	if diff := cmp.Diff(seawall.Fields{{Name: "X-Sum", Value: "42"}}, resp.Body.(Trailered).Trailers()); diff != "" {
		t.Errorf("trailers (-want +got):\n%s", diff)
	}
}

// TestHTTP2Tunnel: a switch of protocols goes over HTTP/1.1, also where the origin would rather speak HTTP/2.
func TestHTTP2Tunnel(t *testing.T) {
	o := newHTTP2(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		conn, both, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		_, _ = io.Copy(conn, both)
	})
	resp, err := o.Tunnel(t.Context(), get("/"), "websocket")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	conn := resp.Body.(io.ReadWriteCloser)
	_, _ = io.WriteString(conn, "hello")
	got := make([]byte, 5)
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != "hello" {
		t.Errorf("got %q, %v", got, err)
	}
}

// waitingBody is a client's body of which nothing more comes: a Read waits until Stop.
type waitingBody struct {
	first   io.Reader
	once    sync.Once
	stopped chan struct{}
}

func (b *waitingBody) Read(p []byte) (int, error) {
	if n, _ := b.first.Read(p); n > 0 {
		return n, nil
	}
	<-b.stopped
	return 0, errors.New("stopped")
}

func (b *waitingBody) Stop() { b.once.Do(func() { close(b.stopped) }) }

// TestHTTP2Upload: an origin that answers, or resets the stream, before the body's end is not kept waiting for a client that is silent.
func TestHTTP2Upload(t *testing.T) {
	o := newHTTP2(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.CopyN(io.Discard, r.Body, 1<<20)
		if r.URL.Path == "/reset" {
			panic(http.ErrAbortHandler)
		}
		http.Error(w, "who are you?", http.StatusUnauthorized)
	})
	for _, path := range []string{"/reset", "/no"} {
		r := post(-1)
		r.Path = path
		resp, err := o.Fetch(t.Context(), r, nil, &waitingBody{first: strings.NewReader(strings.Repeat("x", 2<<20)), stopped: make(chan struct{})})
		if path == "/reset" {
			check(t, err, seawall.ReasonOriginReset, true)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if resp.Status != 401 || string(body) != "who are you?\n" || err != nil {
			t.Errorf("got %d %q, %v", resp.Status, body, err)
		}
		_ = resp.Body.Close()
	}
}
