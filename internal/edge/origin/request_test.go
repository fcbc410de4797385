package origin

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
)

// recorded fetches r from an origin that answers 204, and returns the head it was sent.
func recorded(t *testing.T, r *seawall.Request, extra seawall.Fields) string {
	t.Helper()
	head := make(chan string, 1)
	o := scripted(t, func(c net.Conn) {
		in := bufio.NewReader(c)
		got, _ := readHead(in)
		head <- got
		io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n")
		io.Copy(io.Discard, in)
	})
	resp, err := o.Fetch(t.Context(), r, extra, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return <-head
}

var targets = []struct{ path, query, want string }{
	{"/", "", "/"},
	{"/a/b.html", "q=1&r=%20+x", "/a/b.html?q=1&r=%20+x"},
	{"/%2Fa%2f", "", "/%2Fa%2f"},
	{"//a", "", "//a"},
	{"//a/b", "x=//y", "//a/b?x=//y"},
	{"//a%2Fb", "", "//a%2Fb"},
	{"///", "", "///"},
	{"//a|b", "", "http://www.example.org//a|b"},
	{"//%zz", "x", "http://www.example.org//%zz?x"},
	{"/%zz/%", "%", "/%zz/%?%"},
	{`/a"<>|\^{}`, `"<>|`, `/a"<>|\^{}?"<>|`},
	{"/a/../b/./c", "", "/a/../b/./c"},
	{"/æ", "ø=å", "/æ?ø=å"},
	{"/a:b@c;d=e,f", "?", "/a:b@c;d=e,f??"},
	{"/%00%0d%0a", "", "/%00%0d%0a"},
}

func TestTargetIsKept(t *testing.T) {
	for _, test := range targets {
		t.Run(test.want, func(t *testing.T) {
			r := get(test.path)
			r.Query = test.query
			line, _, _ := strings.Cut(recorded(t, r, nil), "\r\n")
			if got, want := line, "GET "+test.want+" HTTP/1.1"; got != want {
				t.Errorf("request line: got %q, want %q", got, want)
			}
		})
	}
	t.Run("asterisk", func(t *testing.T) {
		r := get("*")
		r.Method = "OPTIONS"
		if got, want := recorded(t, r, nil), "OPTIONS * HTTP/1.1\r\n"; !strings.HasPrefix(got, want) {
			t.Errorf("got %q, want it to begin with %q", got, want)
		}
	})
}

func TestRequestRefused(t *testing.T) {
	o := scripted(t, func(net.Conn) { t.Error("the origin was asked") })
	tests := map[string]struct {
		change func(r *seawall.Request)
		want   seawall.Reason
	}{
		"tunnel":          {func(r *seawall.Request) { r.Method = "CONNECT" }, seawall.ReasonMethod},
		"no method":       {func(r *seawall.Request) { r.Method = "" }, seawall.ReasonMethod},
		"space in path":   {func(r *seawall.Request) { r.Path = "/a b" }, seawall.ReasonBadRequest},
		"line in query":   {func(r *seawall.Request) { r.Query = "a\r\nb" }, seawall.ReasonBadRequest},
		"relative path":   {func(r *seawall.Request) { r.Path = "a" }, seawall.ReasonBadRequest},
		"asterisk":        {func(r *seawall.Request) { r.Path = "*" }, seawall.ReasonBadRequest},
		"host":            {func(r *seawall.Request) { r.Host = "a b" }, seawall.ReasonBadRequest},
		"name of a field": {func(r *seawall.Request) { r.Fields = seawall.Fields{{Name: "a b", Value: "c"}} }, seawall.ReasonBadRequest},
		"line in a field": {func(r *seawall.Request) { r.Fields = seawall.Fields{{Name: "a", Value: "b\r\nc: d"}} }, seawall.ReasonBadRequest},
		"missing body":    {func(r *seawall.Request) { r.BodySize = 1 }, seawall.ReasonBadRequest},
		"odd method":      {func(r *seawall.Request) { r.Method = "GET /" }, seawall.ReasonMethod},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := get("/")
			test.change(r)
			_, err := o.Fetch(t.Context(), r, nil, nil)
			check(t, err, test.want, unsent)
		})
	}
}

func TestRequestFields(t *testing.T) {
	tests := map[string]struct {
		change func(r *seawall.Request)
		extra  seawall.Fields
		want   string
	}{
		"no fields": {
			func(r *seawall.Request) { r.Proto = 0 }, nil,
			"Forwarded: for=192.0.2.1;host=www.example.org;proto=https\r\nVia: 1.1 seawall\r\n" +
				"X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Host: www.example.org\r\nX-Forwarded-Proto: https\r\n",
		},
		"IPv6 client, other Via, plain HTTP": {
			func(r *seawall.Request) {
				r.Client, r.TLS, r.Proto = seawall.ClientAt(netip.MustParseAddr("2001:db8::1")), false, seawall.HTTP2
				r.Fields = seawall.Fields{{Name: "via", Value: "1.1 elsewhere"}, {Name: "user-agent", Value: "Example/1.0"}}
			}, nil,
			"User-Agent: Example/1.0\r\nForwarded: for=\"[2001:db8::1]\";host=www.example.org;proto=http\r\nVia: 1.1 elsewhere\r\nVia: 2.0 seawall\r\n" +
				"X-Forwarded-For: 2001:db8::1\r\nX-Forwarded-Host: www.example.org\r\nX-Forwarded-Proto: http\r\n",
		},
		"hop by hop": {
			func(r *seawall.Request) {
				r.Fields = seawall.Fields{
					{Name: "Connection", Value: "close, X-Hop, via"},
					{Name: "connection", Value: "x-other , ,"},
					{Name: "X-Hop", Value: "1"},
					{Name: "x-OTHER", Value: "2"},
					{Name: "X-Kept", Value: "3"},
					{Name: "TE", Value: "trailers"},
					{Name: "Trailer", Value: "X"},
					{Name: "Upgrade", Value: "websocket"},
					{Name: "Keep-Alive", Value: "1"},
					{Name: "Proxy-Connection", Value: "keep-alive"},
					{Name: "Proxy-Authorization", Value: "Basic eA=="},
					{Name: "Transfer-Encoding", Value: "chunked"},
					{Name: "Content-Length", Value: "7"},
					{Name: "Expect", Value: "100-continue"},
					{Name: "HTTP2-Settings", Value: "AAMAAABkAAQAAP__"},
				}
			}, nil,
			"Connection: Te\r\nForwarded: for=192.0.2.1;host=www.example.org;proto=https\r\nTe: trailers\r\nVia: 1.1 seawall\r\n" +
				"X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Host: www.example.org\r\nX-Forwarded-Proto: https\r\nX-Kept: 3\r\n",
		},
		"claims about itself": {
			func(r *seawall.Request) {
				for _, name := range []string{
					"Forwarded", "X-Forwarded-For", "x-forwarded-proto", "X-Forwarded-Host", "X-Forwarded-Port",
					"X_Forwarded_For", "X-Real-IP", "x_real_ip", "Client-IP", "True-Client-IP", "X-Original-URL", "Proxy",
					"X-Host", "X-Original-Host", "X-HTTP-Host-Override", "X-Forwarded", "X-Scheme", "X-Url-Scheme", "Front-End-Https",
					"X-HTTP-Method-Override", "X-Method-Override", "x_http_method",
				} {
					r.Fields = append(r.Fields, seawall.Field{Name: name, Value: "198.51.100.7"})
				}
			}, nil,
			"Forwarded: for=192.0.2.1;host=www.example.org;proto=https\r\nVia: 1.1 seawall\r\n" +
				"X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Host: www.example.org\r\nX-Forwarded-Proto: https\r\n",
		},
		"validation": {
			func(r *seawall.Request) {
				r.Fields = seawall.Fields{
					{Name: "If-None-Match", Value: `"old"`},
					{Name: "If-Modified-Since", Value: "x"},
					{Name: "If-Range", Value: `"old"`},
					{Name: "Range", Value: "bytes=0-9"},
					{Name: "Cookie", Value: "a=1"},
					{Name: "Cookie", Value: "b=2"},
				}
			},
			seawall.Fields{{Name: "If-None-Match", Value: `"stored"`}},
			"Cookie: a=1; b=2\r\nForwarded: for=192.0.2.1;host=www.example.org;proto=https\r\nIf-None-Match: \"stored\"\r\nVia: 1.1 seawall\r\n" +
				"X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Host: www.example.org\r\nX-Forwarded-Proto: https\r\n",
		},
		"no validation": {
			func(r *seawall.Request) {
				r.Fields = seawall.Fields{{Name: "If-None-Match", Value: `"old"`}, {Name: "Range", Value: "bytes=0-9"}}
			}, nil,
			"Forwarded: for=192.0.2.1;host=www.example.org;proto=https\r\nIf-None-Match: \"old\"\r\nRange: bytes=0-9\r\nVia: 1.1 seawall\r\n" +
				"X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Host: www.example.org\r\nX-Forwarded-Proto: https\r\n",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := get("/")
			test.change(r)
			want := "GET / HTTP/1.1\r\nHost: www.example.org\r\n" + test.want + "\r\n"
			if diff := cmp.Diff(want, recorded(t, r, test.extra)); diff != "" {
				t.Errorf("head (-want +got):\n%s", diff)
			}
		})
	}
}

// Clients that can only send POST name the method they mean; that stays.
func TestMethodOverride(t *testing.T) {
	r := get("/")
	r.Method, r.Fields = "POST", seawall.Fields{{Name: "X-HTTP-Method-Override", Value: "PATCH"}}
	if head := recorded(t, r, nil); !strings.Contains(head, "\r\nX-Http-Method-Override: PATCH\r\n") {
		t.Errorf("no override in %q", head)
	}
}

// TestMaxForwards counts down what may be counted down, and leaves the rest as it is (RFC 9110, section 7.6.2).
func TestMaxForwards(t *testing.T) {
	for _, test := range []struct{ method, given, want string }{
		{"OPTIONS", "1", "0"},
		{"OPTIONS", "10", "9"},
		{"OPTIONS", "0", "0"},
		{"OPTIONS", "-1", "-1"},
		{"OPTIONS", "many", "many"},
		{"OPTIONS", "99999999999", "99999999999"},
		{"GET", "3", "3"},
	} {
		r := get("/")
		r.Method, r.Fields = test.method, seawall.Fields{{Name: "max-forwards", Value: test.given}}
		if head := recorded(t, r, nil); !strings.Contains(head, "\r\nMax-Forwards: "+test.want+"\r\n") {
			t.Errorf("%s of %s: want %s in %q", test.method, test.given, test.want, head)
		}
	}
}

// TestLoop: one Seawall before another is a way of building; the third time round is a circle.
func TestLoop(t *testing.T) {
	for via, looped := range map[string]bool{
		"":                             false,
		"1.1 seawall":                  false,
		"1.1 seawall, 2.0 a":           false,
		"1.1 seawall, 2.0 Seawall (x)": false,
		"1.1 seawall,2.0 seawall , HTTP/1.1   seawall": true,
		"1.1 seawalls, 1.1 seawalls, 1.1 seawalls":     false,
	} {
		r := get("/")
		r.Fields = seawall.Fields{{Name: "Via", Value: "1.0 fred"}, {Name: "via", Value: via}}
		if got := Looped(r); got != looped {
			t.Errorf("%q: got %v, want %v", via, got, looped)
		}
		if !looped {
			continue
		}
		_, err := scripted(t, hang).Fetch(t.Context(), r, nil, nil)
		check(t, err, seawall.ReasonLoop, unsent)
	}
}

// FuzzRequest checks that whatever is sent on reads as one request for the same target, with no field that was not there.
func FuzzRequest(f *testing.F) {
	for _, target := range targets {
		f.Add("GET", "www.example.org", target.path, target.query, "X-A", "b")
	}
	f.Add("POST", "", "/", "", "Connection", "x-forwarded-for, via")
	f.Add("GET", "a:b", "//\x80", "\x01", "transfer_encoding", "chunked\n")
	o, err := New(Options{BaseURL: "http://origin.example.org"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, method, host, path, query, name, value string) {
		r := get(path)
		r.Method, r.Host, r.Query = method, host, query
		r.Fields = seawall.Fields{{Name: name, Value: value}}
		req, err := o.request(r, nil, nil, "")
		if err != nil {
			return
		}
		var wire bytes.Buffer
		if err := req.Write(&wire); err != nil {
			return
		}
		in := bufio.NewReader(&wire)
		got, err := http.ReadRequest(in)
		if err != nil {
			return // an origin refuses it too
		}
		want := path
		if query != "" {
			want += "?" + query
		}
		if !strings.HasSuffix(got.RequestURI, want) {
			t.Errorf("target: got %q, want %q", got.RequestURI, want)
		}
		if got.Method != method {
			t.Errorf("method: got %q, want %q", got.Method, method)
		}
		if len(got.TransferEncoding) != 0 || got.ContentLength != 0 || in.Buffered() != 0 {
			t.Errorf("more than one head was sent: %v, %d, %d", got.TransferEncoding, got.ContentLength, in.Buffered())
		}
		if n := len(got.Header); n > 6+1 {
			t.Errorf("fields: got %d in %v", n, got.Header)
		}
		if got, want := got.Header["X-Forwarded-For"], []string{"192.0.2.1"}; !cmp.Equal(got, want) {
			t.Errorf("X-Forwarded-For: got %q, want %q", got, want)
		}
	})
}

func TestEncryptedOrigin(t *testing.T) {
	var proto, uri string
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { proto, uri = r.Proto, r.RequestURI }))
	server.EnableHTTP2 = true
	server.Config.ErrorLog = quiet
	server.StartTLS()
	defer server.Close()

	t.Run("trusted", func(t *testing.T) {
		roots := server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
		o := newOrigin(t, Options{BaseURL: server.URL, Roots: roots})
		for _, path := range []string{"/a%2Fb", "//a", "//a|b", `/"|`} {
			resp, err := o.Fetch(t.Context(), get(path), nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if got, want := uri, path; got != want {
				t.Errorf("target: got %q, want %q", got, want)
			}
			if got, want := proto, "HTTP/2.0"; got != want {
				t.Errorf("protocol: got %q, want %q", got, want)
			}
		}
	})
	t.Run("untrusted", func(t *testing.T) {
		o := newOrigin(t, Options{BaseURL: server.URL})
		_, err := o.Fetch(t.Context(), get("/"), nil, nil)
		check(t, err, seawall.ReasonOriginDown, unsent)
	})
}
