package wire

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seawall-project/seawall"
)

func TestH1Head(t *testing.T) {
	const raw = "PUT /a/%7Eb?c=%20d HTTP/1.1\r\nhOST: WWW.Example.ORG:8080\r\nX-B: 1\r\nx-a:\t two \r\nX-b:3\r\nContent-Length: 4\r\nExpect: 100-Continue\r\n\r\n"
	got := readAll(t, raw+"word")
	want := &Head{
		Proto: seawall.HTTP11, Method: "PUT", Host: "www.example.org", Path: "/a/%7Eb", Query: "c=%20d", Size: 4, Expect: true,
		Fields: seawall.Fields{
			{Name: "X-B", Value: "1"},
			{Name: "x-a", Value: "two"},
			{Name: "X-b", Value: "3"},
			{Name: "Content-Length", Value: "4"},
			{Name: "Expect", Value: "100-Continue"},
		},
	}
	if diff := cmp.Diff([]*Head{want}, got.heads, ignoreTrailer); diff != "" {
		t.Error(diff)
	}
	const canonical = "POST / HTTP/1.1\r\nHost: wire\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\nword"
	if diff := cmp.Diff(canonical, got.out); diff != "" {
		t.Error(diff)
	}
}

func TestH1Targets(t *testing.T) {
	for _, tt := range []struct{ line, host, wantHost, path, query string }{
		{"GET /", "example.org", "example.org", "/", ""},
		{"GET /?", "example.org", "example.org", "/", ""},
		{"GET /a??b", "example.org", "example.org", "/a", "?b"},
		{"GET //a", "example.org", "example.org", "//a", ""},
		{"GET /æ", "example.org", "example.org", "/%C3%A6", ""},
		{"GET http://example.org", "example.org", "example.org", "/", ""},
		{"GET HTTPS://Example.org:443?a", "example.ORG", "example.org", "/", "a"},
		{"OPTIONS *", "example.org", "example.org", "*", ""},
		{"CONNECT example.org:443", "example.org:443", "example.org", "/", ""},
		{"GET /", "[2001:DB8::1]:80", "[2001:db8::1]", "/", ""},
		{"GET /", "", "", "/", ""},
	} {
		got := readAll(t, tt.line+" HTTP/1.1\r\nHost: "+tt.host+"\r\n\r\n")
		if len(got.heads) != 1 || got.heads[0].Flaw != seawall.ReasonNone {
			t.Errorf("%s at %s: %+v, want one head without a flaw", tt.line, tt.host, got.heads)
			continue
		}
		h := got.heads[0]
		if h.Host != tt.wantHost || h.Path != tt.path || h.Query != tt.query {
			t.Errorf("%s at %s: host %q, path %q, query %q", tt.line, tt.host, h.Host, h.Path, h.Query)
		}
	}
}

// Heads that no server may read in two ways are enginetest's; these are what a client may do.
func TestH1Goes(t *testing.T) {
	const host = "Host: example.org\r\n"
	for _, tt := range []struct{ name, raw, want string }{
		{"empty lines first", "\r\n\r\nGET / HTTP/1.1\r\n" + host + "\r\n", "POST / HTTP/1.1\r\nHost: wire\r\n\r\n"},
		{"HEAD", "HEAD / HTTP/1.1\r\n" + host + "\r\n", "HEAD / HTTP/1.1\r\nHost: wire\r\n\r\n"},
		{"HTTP/1.0", "GET / HTTP/1.0\r\n\r\nGET /lost HTTP/1.0\r\n\r\n", "POST / HTTP/1.0\r\nHost: wire\r\nConnection: close\r\n\r\n"},
		{"HTTP/1.0 kept", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "POST / HTTP/1.0\r\nHost: wire\r\nConnection: keep-alive\r\n\r\n"},
		{"end", "GET / HTTP/1.1\r\n" + host + "Connection: a, Close\r\n\r\nlost", "POST / HTTP/1.1\r\nHost: wire\r\nConnection: close\r\n\r\n"},
		{"no body", "POST / HTTP/1.1\r\n" + host + "Content-Length: 0\r\nExpect: 100-continue\r\n\r\n", "POST / HTTP/1.1\r\nHost: wire\r\n\r\n"},
		{
			"chunks", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: Chunked\r\n\r\n003 ;a=b\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n",
			"POST / HTTP/1.1\r\nHost: wire\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := readAll(t, tt.raw)
			if diff := cmp.Diff(tt.want, got.out); diff != "" || len(got.heads) != 1 {
				t.Errorf("%d heads, %s", len(got.heads), diff)
			}
		})
	}
}

func TestH1Trailer(t *testing.T) {
	const head = "POST / HTTP/1.1\r\nHost: example.org\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
	got := readAll(t, head+"0\r\nX-Sum: 1\r\nx-b: 2\r\n\r\n")
	if diff := cmp.Diff(seawall.Fields{{Name: "X-Sum", Value: "1"}, {Name: "x-b", Value: "2"}}, got.heads[0].Trailer()); diff != "" {
		t.Error(diff)
	}
	for raw, want := range map[string]seawall.Reason{
		"0\r\nContent-Length: 4\r\n\r\n":                  seawall.ReasonBadField,
		"0\r\nHost: example.org\r\n\r\n":                  seawall.ReasonBadField,
		"0\r\nX-A: b\r\n c\r\n\r\n":                       seawall.ReasonFoldedField,
		"0\r\nX-A: b\n\r\n":                               seawall.ReasonBareNewline,
		"0\r\n" + strings.Repeat("a:b\r\n", 101):          seawall.ReasonNone, // not at its end
		"0\r\n" + strings.Repeat("a:b\r\n", 101) + "\r\n": seawall.ReasonHeadTooLarge,
		"4\n":                  seawall.ReasonBadChunk,
		"4\r\nwords\r\n":       seawall.ReasonBadChunk,
		"-4\r\n":               seawall.ReasonBadChunk,
		"0x4\r\n":              seawall.ReasonBadChunk,
		"4 \r\n":               seawall.ReasonBadChunk,
		"\r\n":                 seawall.ReasonBadChunk,
		"8000000000000000\r\n": seawall.ReasonBadChunk,
		"4;" + strings.Repeat("a", maxChunkLine) + "\r\n": seawall.ReasonBadChunk,
	} {
		_, err := NewH1(Limits{}).Feed(nil, []byte(head+raw))
		if want == seawall.ReasonNone && err != nil || want != seawall.ReasonNone && err != Error(want) {
			t.Errorf("%q: %v, want %v", raw, err, want)
		}
	}
}

func TestH1Pending(t *testing.T) {
	f := NewH1(Limits{})
	for _, step := range []struct {
		feed string
		want Piece
	}{
		{"", Nothing},
		{"\r\n", HeadPart},
		{"POST / HTTP/1.1\r\nHost: example.org\r\n", HeadPart},
		{"Transfer-Encoding: chunked\r\n\r\n", Nothing},
		{"3", HeadPart},
		{"\r\nab", Nothing},
		{"c\r\n0\r\n", HeadPart},
		{"\r\n", Nothing},
		{"GET", HeadPart},
	} {
		if _, err := f.Feed(nil, []byte(step.feed)); err != nil {
			t.Fatal(err)
		}
		if got := f.Pending(); got != step.want {
			t.Errorf("after %q: %d, want %d", step.feed, got, step.want)
		}
	}
}

// What comes behind a request for WebSocket is kept until it is known whose it is.
func TestH1Tunnel(t *testing.T) {
	const head = "GET / HTTP/1.1\r\nHost: example.org\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n\r\n"
	const raw = "\x00\n anything\r\n\r\n"
	f := NewH1(Limits{})
	out, err := f.Feed(nil, []byte(head+raw))
	if want := "POST / HTTP/1.1\r\nHost: wire\r\nConnection: close\r\n\r\n"; string(out) != want || err != nil {
		t.Errorf("passed on %q, %v, want %q", out, err, want)
	}
	if h := f.Next(); h == nil || !h.Switch || f.Pending() != Nothing {
		t.Errorf("head %+v, want one that asks to switch", h)
	}
	if got := f.Tunnel(); string(got) != raw {
		t.Errorf("kept %q, want %q", got, raw)
	}
	if got, err := f.Feed(nil, []byte(raw)); string(got) != raw || err != nil {
		t.Errorf("passed on %q, %v, want %q", got, err, raw)
	}
	f = NewH1(Limits{})
	if _, err := f.Feed(nil, append([]byte(head), make([]byte, DefaultHeadBytes+1)...)); err != Error(seawall.ReasonBadRequest) {
		t.Errorf("%v, want an end to what is kept", err)
	}
}

func TestH1HoldsLittle(t *testing.T) {
	f := NewH1(Limits{})
	head := "GET / HTTP/1.1\r\nHost: example.org\r\nX-A: " + strings.Repeat("a", 20<<10) + "\r\n\r\n"
	if _, err := f.Feed(nil, []byte(head)); err != nil {
		t.Fatal(err)
	}
	if got := cap(f.buf); got > keptBytes {
		t.Errorf("%d bytes kept between heads, want at most %d", got, keptBytes)
	}
}

var ignoreTrailer = cmpopts.IgnoreUnexported(Head{})

// read is what became of a connection's bytes.
type read struct {
	out   string
	heads []*Head
	err   error
}

// readAll feeds raw at once and, beside it, byte by byte, and fails the test when that makes a difference.
func readAll(t *testing.T, raw string) read {
	t.Helper()
	whole, parts := feedBy(raw, len(raw)), feedBy(raw, 1)
	if whole.err != parts.err {
		t.Errorf("%q: %v, byte by byte %v", raw, whole.err, parts.err)
	}
	if diff := cmp.Diff(whole.heads, parts.heads, cmp.AllowUnexported(Head{}, trailer{})); diff != "" {
		t.Errorf("%q: %s", raw, diff)
	}
	if diff := cmp.Diff(bodiesIn(t, whole.out, whole.heads), bodiesIn(t, parts.out, parts.heads)); diff != "" {
		t.Errorf("%q: %s", raw, diff)
	}
	return whole
}

func feedBy(raw string, n int) read {
	f := NewH1(Limits{})
	var r read
	var out []byte
	for rest := []byte(raw); len(rest) > 0 && r.err == nil; {
		part := min(max(n, 1), len(rest))
		out, r.err = f.Feed(out, rest[:part])
		rest = rest[part:]
	}
	for h := f.Next(); h != nil; h = f.Next() {
		r.heads = append(r.heads, h)
	}
	r.out = string(out)
	return r
}

// bodiesIn has net/http read what was passed on and returns the bodies. It has to find one request for every head, framed as the head
// says, and nothing else.
func bodiesIn(t *testing.T, out string, heads []*Head) []string {
	t.Helper()
	var bodies []string
	r := bufio.NewReader(strings.NewReader(out))
	for i, h := range heads {
		got, err := http.ReadRequest(r)
		if err != nil {
			t.Fatalf("request %d: %v in %q", i+1, err, out)
		}
		if want := h.Size; h.Flaw == seawall.ReasonNone && got.ContentLength != want {
			t.Errorf("request %d has %d bytes, want %d", i+1, got.ContentLength, want)
		}
		body, err := io.ReadAll(got.Body)
		if err != nil && i < len(heads)-1 {
			t.Errorf("request %d: %v before the next", i+1, err)
		}
		bodies = append(bodies, string(body))
	}
	if rest, _ := io.ReadAll(r); len(bytes.TrimSpace(rest)) > 0 {
		t.Errorf("behind the last request came %q", rest)
	}
	return bodies
}

func FuzzH1(f *testing.F) {
	const host = "\r\nHost: example.org\r\n"
	for _, raw := range []string{
		"GET / HTTP/1.1" + host + "\r\nGET /b?c HTTP/1.1" + host + "Connection: close\r\n\r\nrest",
		"POST / HTTP/1.1" + host + "Content-Length: 4\r\n\r\nwordHEAD / HTTP/1.0\r\n\r\n",
		"POST / HTTP/1.1" + host + "Transfer-Encoding: chunked\r\n\r\n3;a=\"b\"\r\nabc\r\n0\r\nX-A: b\r\n\r\nGET / HTTP/1.1" + host + "\r\n",
		"POST / HTTP/1.1" + host + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
		"\r\nOPTIONS * HTTP/1.1" + host + "X-A: b\r\n c\r\n\r\n",
		"GET http://example.org/ HTTP/1.1" + host + "\r\n",
		"GET / HTTP/1.1" + host + "Connection: upgrade\r\nUpgrade: websocket\r\n\r\nrest",
		"CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\n\r\n",
		"GET / HTTP/1.2" + host + "\r\n",
		"GET / HTTP/1.1\nHost: example.org\n\n",
		"\x16\x03\x01",
	} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) { checkRead(t, readAll(t, raw)) })
}

// checkRead holds heads to what they promise.
func checkRead(t *testing.T, r read) {
	t.Helper()
	for i, h := range r.heads {
		if h.Flaw != seawall.ReasonNone {
			if i != len(r.heads)-1 {
				t.Errorf("a head came after a flaw: %+v", r.heads[i+1])
			}
			continue
		}
		if !token(h.Method) || h.Path == "" || h.Path[0] != '/' && h.Path != "*" || !all(h.Path+h.Query, targetChar) {
			t.Errorf("method %q, path %q, query %q", h.Method, h.Path, h.Query)
		}
		if h.Host != strings.ToLower(h.Host) || !all(h.Host, hostChar) || strings.Count(h.Host, ":") > 0 && h.Host[0] != '[' {
			t.Errorf("host %q", h.Host)
		}
		for _, f := range h.Fields {
			if !token(f.Name) || !all(f.Value, valueChar) || strings.EqualFold(f.Name, "Host") {
				t.Errorf("field %q", f)
			}
		}
	}
}
