package enginetest

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge/gateway"
)

// keeper answers every request and keeps copies of them.
type keeper struct {
	handler
	requests chan seawall.Request
}

func newKeeper() *keeper {
	k := &keeper{requests: make(chan seawall.Request, 100)}
	k.serve = func(_ context.Context, x *gateway.Exchange) {
		r := x.Request
		r.Fields = slices.Clone(r.Fields)
		if x.Body != nil {
			_, _ = io.Copy(io.Discard, x.Body)
		}
		k.requests <- r
		answerText(x, 200, "ok")
	}
	return k
}

func testRequest(t *testing.T, newEngine Maker) {
	forEachProto(t, func(t *testing.T, p proto) {
		onBoth(t, func(t *testing.T, n network) {
			k := newKeeper()
			s := newStage(t, newEngine, n, &k.handler, Setup{})
			c := s.client(p)
			r := request(t, "POST", p.url("/s%C3%B8g/a%2Fb/../c;x?q=%20&&p=1"), strings.NewReader("word"))
			r.Host = "WWW.Example.ORG:8443"
			r.Header.Set("User-Agent", "reader")
			r.Header["X-Two"] = []string{"one", "two"}
			s.do(c, r)
			first := <-k.requests
			want := seawall.Request{
				Client: seawall.ClientAt(home), Proto: p.proto, TLS: p.tls, Method: "POST", Host: siteName,
				Path: "/s%C3%B8g/a%2Fb/../c;x", Query: "q=%20&&p=1", BodySize: 4,
			}
			if diff := cmp.Diff(want, plainFacts(first), cmp.Comparer(sameClient)); diff != "" {
				t.Error(diff)
			}
			checkFields(t, first.Fields)

			s.get(c, p)
			second := <-k.requests
			if first.ID == second.ID || first.ID == 0 {
				t.Errorf("request ids %v and %v, want two different ones", first.ID, second.ID)
			}
			if second.BodySize != 0 || first.Received.IsZero() || second.Received.Before(first.Received) {
				t.Errorf("second request %+v does not follow the first", second)
			}
		})
	})
}

func sameClient(a, b seawall.Client) bool { return a == b }

// plainFacts is r without what no test can foresee.
func plainFacts(r seawall.Request) seawall.Request {
	r.ID, r.Fields, r.Received = 0, nil, time.Time{}
	return r
}

func checkFields(t *testing.T, f seawall.Fields) {
	t.Helper()
	if f.Has("Host") || f.Has(":authority") {
		t.Errorf("fields %v hold the host", f)
	}
	if got, want := f.Get("user-agent"), "reader"; got != want {
		t.Errorf("user-agent %q, want %q", got, want)
	}
	if diff := cmp.Diff([]string{"one", "two"}, slices.Collect(f.Values("x-two"))); diff != "" {
		t.Error(diff)
	}
}

// testTarget sends request targets that net/http's client does not.
func testTarget(t *testing.T, newEngine Maker) {
	type facts struct{ Host, Path, Query string }
	for _, tt := range []struct {
		name, head string
		want       facts
		status     int
	}{
		{"origin form", "GET /a//b/./c?x HTTP/1.1\r\nHost: example.org\r\n", facts{"example.org", "/a//b/./c", "x"}, 200},
		{"absolute form", "GET http://Example.org:80/a?b?c HTTP/1.1\r\nHost: example.org\r\n", facts{"example.org", "/a", "b?c"}, 200},
		{"absolute form without path", "GET http://example.org?q HTTP/1.1\r\nHost: example.org\r\n", facts{"example.org", "/", "q"}, 200},
		{"absolute form for another host", "GET http://example.org/a HTTP/1.1\r\nHost: other.example.org\r\n", facts{}, 400},
		{"beyond ASCII", "GET /søg?q=ø HTTP/1.1\r\nHost: example.org\r\n", facts{"example.org", "/s%C3%B8g", "q=%C3%B8"}, 200},
		{"asterisk form", "OPTIONS * HTTP/1.1\r\nHost: example.org\r\n", facts{"example.org", "*", ""}, 200},
		{"asterisk form for GET", "GET * HTTP/1.1\r\nHost: example.org\r\n", facts{}, 400},
		{"address as host", "GET / HTTP/1.1\r\nHost: [2001:DB8::1]:80\r\n", facts{"[2001:db8::1]", "/", ""}, 200},
		{"no host in HTTP/1.0", "GET / HTTP/1.0\r\n", facts{"", "/", ""}, 200},
		{"no host in HTTP/1.1", "GET / HTTP/1.1\r\n", facts{}, 400},
		{"no path", "GET a HTTP/1.1\r\nHost: example.org\r\n", facts{}, 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inMemory(t, func(t *testing.T, n network) {
				k := newKeeper()
				s := newStage(t, newEngine, n, &k.handler, Setup{})
				c := s.dial(s.plain)
				send(t, c, tt.head+"Connection: close\r\n\r\n")
				got, err := receive(c)
				if err != nil {
					t.Fatal(err)
				}
				if got.status != tt.status {
					t.Fatalf("status %d, want %d", got.status, tt.status)
				}
				if tt.status != http.StatusOK {
					if got := k.count(); got != 0 {
						t.Errorf("the handler was asked %d times, want 0", got)
					}
					return
				}
				r := <-k.requests
				if diff := cmp.Diff(tt.want, facts{r.Host, r.Path, r.Query}); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}
