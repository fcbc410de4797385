package origin

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/seawall-project/seawall"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestNewRefuses(t *testing.T) {
	for name, o := range map[string]Options{
		"nothing":        {},
		"no scheme":      {BaseURL: "192.0.2.1:80"},
		"other scheme":   {BaseURL: "ftp://192.0.2.1"},
		"no host":        {BaseURL: "http://:80"},
		"path":           {BaseURL: "http://192.0.2.1/site"},
		"query":          {BaseURL: "http://192.0.2.1/?a"},
		"user":           {BaseURL: "http://me@192.0.2.1"},
		"negative limit": {BaseURL: "http://192.0.2.1", MaxConns: -1},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := New(o); err == nil {
				t.Error("got no error")
			}
		})
	}
}

func TestFetch(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/plain":
			w.Header().Set("Cache-Control", "max-age=60")
			fmt.Fprint(w, "hello")
		case "/notmodified":
			w.Header().Set("Etag", r.Header.Get("If-None-Match"))
			w.WriteHeader(http.StatusNotModified)
		case "/chunked":
			w.Header().Set("Trailer", "X-Sum")
			fmt.Fprint(w, "hel")
			w.(http.Flusher).Flush()
			fmt.Fprint(w, "lo")
			w.Header().Set("X-Sum", "42")
		case "/hints":
			w.Header().Set("Link", "</style.css>; rel=preload")
			w.WriteHeader(http.StatusEarlyHints)
			w.Header().Del("Link")
			fmt.Fprint(w, "hello")
		case "/failing":
			w.Header().Set("Retry-After", "5")
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/compressed":
			w.Header().Set("Content-Encoding", r.Header.Get("Accept-Encoding"))
			fmt.Fprint(w, "not really gzip")
		case "/echo":
			io.Copy(w, r.Body)
		}
	}))
	defer server.Close()
	o := newOrigin(t, Options{BaseURL: server.URL, Now: func() time.Time { return time.Unix(1e9, 0) }})
	text := seawall.Field{Name: "Content-Type", Value: "text/plain; charset=utf-8"}

	tests := map[string]struct {
		method, path string
		fields       seawall.Fields
		extra        seawall.Fields
		body         string
		want         Response
		wantBody     string
	}{
		"plain": {
			method: "GET", path: "/plain", wantBody: "hello",
			want: Response{Status: 200, Size: 5, Fields: seawall.Fields{{Name: "Cache-Control", Value: "max-age=60"}, text}},
		},
		"head": {
			method: "HEAD", path: "/plain",
			want: Response{Status: 200, Size: 5, Fields: seawall.Fields{{Name: "Cache-Control", Value: "max-age=60"}, text}},
		},
		"not modified": {
			method: "GET", path: "/notmodified", extra: seawall.Fields{{Name: "If-None-Match", Value: `"a"`}},
			want: Response{Status: 304, Fields: seawall.Fields{{Name: "Etag", Value: `"a"`}}},
		},
		"chunked, trailers dropped": {
			method: "GET", path: "/chunked", wantBody: "hello",
			want: Response{Status: 200, Size: -1, Fields: seawall.Fields{text}},
		},
		"interim answer dropped": {
			method: "GET", path: "/hints", wantBody: "hello",
			want: Response{Status: 200, Size: 5, Fields: seawall.Fields{text}},
		},
		"failing is an answer": {
			method: "GET", path: "/failing",
			want: Response{Status: 503, Fields: seawall.Fields{{Name: "Retry-After", Value: "5"}}},
		},
		"encoding is nobody's business": {
			method: "GET", path: "/compressed", fields: seawall.Fields{{Name: "Accept-Encoding", Value: "gzip"}}, wantBody: "not really gzip",
			want: Response{Status: 200, Size: 15, Fields: seawall.Fields{{Name: "Content-Encoding", Value: "gzip"}}},
		},
		"form": {
			method: "POST", path: "/echo", body: "a=b", wantBody: "a=b",
			want: Response{Status: 200, Size: 3, Fields: seawall.Fields{text}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := get(test.path)
			r.Method, r.BodySize = test.method, int64(len(test.body))
			r.Fields = append(r.Fields, test.fields...)
			got, err := o.Fetch(t.Context(), r, test.extra, strings.NewReader(test.body))
			if err != nil {
				t.Fatal(err)
			}
			defer got.Body.Close()
			body, err := io.ReadAll(got.Body)
			if err != nil {
				t.Errorf("read body: %v", err)
			}
			if got, want := string(body), test.wantBody; got != want {
				t.Errorf("body: got %q, want %q", got, want)
			}
			test.want.RequestTime, test.want.ResponseTime = time.Unix(1e9, 0), time.Unix(1e9, 0)
			got.Fields = without(got.Fields, "Date")
			ignoreBody := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Body" }, cmp.Ignore())
			if diff := cmp.Diff(&test.want, got, ignoreBody); diff != "" {
				t.Errorf("response (-want +got):\n%s", diff)
			}
		})
	}
}

func TestResponseHopByHop(t *testing.T) {
	o := scripted(t, answerWith("HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nUpgrade: h2c\r\nAlt-Svc: h3=\":443\"\r\n"+
		"Proxy-Authenticate: Basic\r\nSet-Cookie: b=1\r\nSet-Cookie: a=2\r\nContent-Length: 0\r\n\r\n"))
	resp, err := o.Fetch(t.Context(), get("/"), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	want := seawall.Fields{{Name: "Set-Cookie", Value: "b=1"}, {Name: "Set-Cookie", Value: "a=2"}}
	if diff := cmp.Diff(want, resp.Fields); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func TestClose(t *testing.T) {
	o := scripted(t, answerWith("HTTP/1.1 204 No Content\r\n\r\n"))
	resp, err := o.Fetch(t.Context(), get("/"), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		o.Close()
		if err := resp.Body.Close(); err != nil {
			t.Errorf("close body: %v", err)
		}
	}
	_, err = o.Fetch(t.Context(), get("/"), nil, nil)
	check(t, err, seawall.ReasonOriginDown, unsent)
}

func newOrigin(t *testing.T, o Options) *Origin {
	t.Helper()
	made, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(made.Close)
	return made
}

// scripted returns an origin in memory: each connection to it is handed to the next of scripts, the last of them to all further
// ones, and closed when that returns.
func scripted(t *testing.T, scripts ...func(net.Conn)) *Origin {
	t.Helper()
	return scriptedWith(t, Options{}, scripts...)
}

func scriptedWith(t *testing.T, o Options, scripts ...func(net.Conn)) *Origin {
	t.Helper()
	o.BaseURL, o.Dial = "http://origin.example.org", dialling(scripts...)
	return newOrigin(t, o)
}

func dialling(scripts ...func(net.Conn)) dialFunc {
	var next atomic.Int64
	return func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		script := scripts[min(int(next.Add(1)), len(scripts))-1]
		go func() {
			defer server.Close()
			script(server)
		}()
		return client, nil
	}
}

// answerWith answers one request with raw bytes and waits for the client to hang up.
func answerWith(raw string) func(net.Conn) {
	return func(c net.Conn) {
		in := bufio.NewReader(c)
		if _, err := readHead(in); err != nil {
			return
		}
		io.WriteString(c, raw)
		io.Copy(io.Discard, in)
	}
}

func readHead(in *bufio.Reader) (string, error) {
	var head strings.Builder
	for {
		line, err := in.ReadString('\n')
		head.WriteString(line)
		if err != nil || line == "\r\n" {
			return head.String(), err
		}
	}
}

func get(path string) *seawall.Request {
	return &seawall.Request{
		Method: "GET", Host: "www.example.org", Path: path, Proto: seawall.HTTP11, TLS: true,
		Client: seawall.ClientAt(netip.MustParseAddr("192.0.2.1")),
	}
}

func post(size int64) *seawall.Request {
	r := get("/form")
	r.Method, r.BodySize = "POST", size
	return r
}

const (
	unsent = false
	sent   = true
)

func check(t *testing.T, err error, reason seawall.Reason, sent bool) {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("got error %v, want an *Error", err)
	}
	if e.Reason != reason || e.Sent != sent {
		t.Errorf("got %s, sent %t, want %s, sent %t: %v", e.Reason, e.Sent, reason, sent, err)
	}
}

func without(f seawall.Fields, name string) seawall.Fields {
	var rest seawall.Fields
	for _, field := range f {
		if field.Name != name {
			rest = append(rest, field)
		}
	}
	return rest
}
