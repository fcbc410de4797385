package enginetest

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge/gateway"
)

func testResponse(t *testing.T, newEngine Maker) {
	forEachProto(t, func(t *testing.T, p proto) {
		onBoth(t, func(t *testing.T, n network) {
			h := &handler{serve: serveCatalogue}
			s := newStage(t, newEngine, n, h, Setup{})
			c := s.client(p)
			// Left to itself, net/http's client of unencrypted HTTP/2 now and then opens a second one beside the first.
			c.Transport.(*http.Transport).MaxConnsPerHost = 1
			for _, tt := range catalogue {
				checkAnswer(t, s, c, p, "GET", tt)
				checkAnswer(t, s, c, p, "HEAD", tt)
			}
			if got := len(h.greeted()); got != 1 {
				t.Errorf("%d connections, want one that is kept", got)
			}
		})
	})
	t.Run("flush", func(t *testing.T) { testFlush(t, newEngine) })
	t.Run("refused heads", func(t *testing.T) { testRefusedHeads(t, newEngine) })
}

// page is an answer in the catalogue, by its path.
type page struct {
	path   string
	status int
	fields seawall.Fields
	body   string
	size   int64
}

var catalogue = []page{
	{"/sized", 200, seawall.Fields{{Name: "content-type", Value: "text/html"}, {Name: "Set-Cookie", Value: "a=1"}, {Name: "Set-Cookie", Value: "b=2"}}, "<p>", 3},
	{"/unsized", 200, seawall.Fields{{Name: "Content-Type", Value: "text/html"}}, strings.Repeat("<p>", 9000), -1},
	{"/untyped", 200, nil, "<html>", 6},
	{"/empty", 200, nil, "", 0},
	{"/missing", 404, nil, "nothing here", 12},
	{"/unavailable", 503, seawall.Fields{{Name: "Retry-After", Value: "30"}}, "later", 5},
	{"/moved", 301, seawall.Fields{{Name: "Location", Value: "https://www.example.org/"}}, "", 0},
	{"/nothing", 204, nil, "", 0},
	{"/same", 304, seawall.Fields{{Name: "ETag", Value: `"v1"`}}, "", 0},
	{"/dated", 200, seawall.Fields{{Name: "Date", Value: "Tue, 18 Nov 2025 08:00:00 GMT"}}, "x", 1},
}

func serveCatalogue(_ context.Context, x *gateway.Exchange) {
	for _, p := range catalogue {
		if p.path == x.Request.Path {
			if x.Out.Head(p.status, p.fields, p.size) == nil {
				_, _ = io.WriteString(x.Out, p.body)
			}
			return
		}
	}
}

func checkAnswer(t *testing.T, s *stage, c *http.Client, p proto, method string, want page) {
	t.Helper()
	got := s.do(c, request(t, method, p.url(want.path), nil))
	if got.status != want.status {
		t.Errorf("%s %s: status %d, want %d", method, want.path, got.status, want.status)
	}
	wantBody := want.body
	if method == "HEAD" {
		wantBody = ""
	}
	if got.body != wantBody {
		t.Errorf("%s %s: %d bytes of body, want %d", method, want.path, len(got.body), len(wantBody))
	}
	bodied := want.status != 204 && want.status != 304
	if bodied && want.size >= 0 && got.length != want.size {
		t.Errorf("%s %s: length %d, want %d", method, want.path, got.length, want.size)
	}
	for _, f := range want.fields {
		if diff := cmp.Diff(valuesOf(want.fields, f.Name), got.header.Values(f.Name)); diff != "" {
			t.Errorf("%s %s: %s: %s", method, want.path, f.Name, diff)
		}
	}
	if kind := got.header.Get("Content-Type"); !want.fields.Has("Content-Type") && kind != "" {
		t.Errorf("%s %s: content type %q was made up", method, want.path, kind)
	}
	if got.header.Get("Date") == "" {
		t.Errorf("%s %s: no date", method, want.path)
	}
}

func valuesOf(f seawall.Fields, name string) (all []string) {
	for v := range f.Values(name) {
		all = append(all, v)
	}
	return all
}

// testFlush expects bytes to arrive while the rest of the answer is not yet made.
func testFlush(t *testing.T, newEngine Maker) {
	forEachProto(t, func(t *testing.T, p proto) {
		onBoth(t, func(t *testing.T, n network) {
			seen := make(chan struct{})
			h := &handler{serve: func(_ context.Context, x *gateway.Exchange) {
				_ = x.Out.Head(200, nil, -1)
				_, _ = io.WriteString(x.Out, "first")
				if err := x.Out.Flush(); err != nil {
					t.Errorf("flush: %v", err)
				}
				<-seen
				_, _ = io.WriteString(x.Out, "second")
			}}
			s := newStage(t, newEngine, n, h, Setup{})
			resp, err := s.client(p).Do(request(t, "GET", p.url("/"), nil))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			first := make([]byte, 5)
			if _, err := io.ReadFull(resp.Body, first); err != nil {
				t.Error(err)
			}
			close(seen)
			rest, err := io.ReadAll(resp.Body)
			if got := string(first) + string(rest); got != "firstsecond" || err != nil {
				t.Errorf("body %q, %v, want %q", got, err, "firstsecond")
			}
		})
	})
}

// testRefusedHeads expects mistakes of a handler to be told to it and not to the client.
func testRefusedHeads(t *testing.T, newEngine Maker) {
	inMemory(t, func(t *testing.T, n network) {
		h := &handler{serve: func(_ context.Context, x *gateway.Exchange) {
			if _, err := x.Out.Write([]byte("early")); err == nil {
				t.Error("body before head: no error")
			}
			if err := x.Out.Head(99, nil, 0); err == nil {
				t.Error("status 99: no error")
			}
			answerText(x, 200, "ok")
			if err := x.Out.Head(500, nil, 0); err == nil {
				t.Error("second head: no error")
			}
			if _, err := x.Out.Write([]byte("more")); err == nil {
				t.Error("more body than announced: no error")
			}
		}}
		s := newStage(t, newEngine, n, h, Setup{})
		if got := s.get(s.client(protos[0]), protos[0]); got.status != 200 || got.body != "ok" {
			t.Errorf("got %d %q, want 200 and ok", got.status, got.body)
		}
	})
}
