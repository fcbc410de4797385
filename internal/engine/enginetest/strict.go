package enginetest

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge/gateway"
)

// strictHeads are heads of HTTP/1 that two servers could read in two ways. Each is to be refused, with the reason, before a handler
// acts on it.
var strictHeads = []struct {
	name, head string
	want       seawall.Reason
}{
	{"length and coding", "POST / HTTP/1.1\r\nHost: example.org\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", seawall.ReasonLengthAndCoding},
	{"repeated length", "POST / HTTP/1.1\r\nHost: example.org\r\nContent-Length: 4\r\ncontent-length: 4\r\n\r\nword", seawall.ReasonRepeatedLength},
	{"list of lengths", "POST / HTTP/1.1\r\nHost: example.org\r\nContent-Length: 4, 4\r\n\r\nword", seawall.ReasonBadLength},
	{"signed length", "POST / HTTP/1.1\r\nHost: example.org\r\nContent-Length: +4\r\n\r\nword", seawall.ReasonBadLength},
	{"empty length", "POST / HTTP/1.1\r\nHost: example.org\r\nContent-Length:\r\n\r\n", seawall.ReasonBadLength},
	{"length beyond counting", "POST / HTTP/1.1\r\nHost: example.org\r\nContent-Length: 99999999999999999999\r\n\r\n", seawall.ReasonBadLength},
	{"unknown coding", "POST / HTTP/1.1\r\nHost: example.org\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", seawall.ReasonTransferCoding},
	{"identity coding", "POST / HTTP/1.1\r\nHost: example.org\r\nTransfer-Encoding: identity\r\n\r\n", seawall.ReasonTransferCoding},
	{"coding twice", "POST / HTTP/1.1\r\nHost: example.org\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", seawall.ReasonTransferCoding},
	{"coding in HTTP/1.0", "POST / HTTP/1.0\r\nHost: example.org\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", seawall.ReasonTransferCoding},
	{"host twice", "GET / HTTP/1.1\r\nHost: example.org\r\nHost: example.org\r\n\r\n", seawall.ReasonHostField},
	{"no host", "GET / HTTP/1.1\r\n\r\n", seawall.ReasonHostField},
	{"host with user", "GET / HTTP/1.1\r\nHost: a@example.org\r\n\r\n", seawall.ReasonHostField},
	{"another host in the target", "GET http://example.org/ HTTP/1.1\r\nHost: www.example.org\r\n\r\n", seawall.ReasonHostField},
	{"folded field", "GET / HTTP/1.1\r\nHost: example.org\r\nX-A: b\r\n c\r\n\r\n", seawall.ReasonFoldedField},
	{"folded first field", "GET / HTTP/1.1\r\n Host: example.org\r\n\r\n", seawall.ReasonFoldedField},
	{"bare LF", "GET / HTTP/1.1\nHost: example.org\n\n", seawall.ReasonBareNewline},
	{"bare LF in a field", "GET / HTTP/1.1\r\nHost: example.org\r\nX-A: b\nX-C: d\r\n\r\n", seawall.ReasonBareNewline},
	{"bare CR in a field", "GET / HTTP/1.1\r\nHost: example.org\r\nX-A: b\rX-C: d\r\n\r\n", seawall.ReasonBareNewline},
	{"bare CR in the first line", "GET /\r HTTP/1.1\r\nHost: example.org\r\n\r\n", seawall.ReasonBareNewline},
	{"space before the colon", "GET / HTTP/1.1\r\nHost : example.org\r\n\r\n", seawall.ReasonFieldSpace},
	{"no colon", "GET / HTTP/1.1\r\nHost: example.org\r\nX-A\r\n\r\n", seawall.ReasonBadField},
	{"empty name", "GET / HTTP/1.1\r\nHost: example.org\r\n: a\r\n\r\n", seawall.ReasonBadField},
	{"NUL in a value", "GET / HTTP/1.1\r\nHost: example.org\r\nX-A: a\x00b\r\n\r\n", seawall.ReasonBadField},
	{"space in the target", "GET /a b HTTP/1.1\r\nHost: example.org\r\n\r\n", seawall.ReasonBadRequest},
	{"fragment in the target", "GET /a#b HTTP/1.1\r\nHost: example.org\r\n\r\n", seawall.ReasonBadTarget},
	{"no path", "GET a HTTP/1.1\r\nHost: example.org\r\n\r\n", seawall.ReasonBadTarget},
	{"HTTP/1.2", "GET / HTTP/1.2\r\nHost: example.org\r\n\r\n", seawall.ReasonVersion},
	{"HTTP/0.9", "GET /\r\n\r\n", seawall.ReasonBadRequest},
	{"lower case version", "GET / http/1.1\r\nHost: example.org\r\n\r\n", seawall.ReasonBadRequest},
	{"TLS to a plain port", "\x16\x03\x01\x00\x05hello", seawall.ReasonBadRequest},
	{"unknown expectation", "POST / HTTP/1.1\r\nHost: example.org\r\nExpect: 200-ok\r\nContent-Length: 4\r\n\r\nword", seawall.ReasonExpectation},
	{"too many fields", "GET / HTTP/1.1\r\nHost: example.org\r\n" + strings.Repeat("a: b\r\n", 200) + "\r\n", seawall.ReasonHeadTooLarge},
	{"head without end", "GET / HTTP/1.1\r\nHost: example.org\r\nX-A: " + strings.Repeat("a", 64<<10), seawall.ReasonHeadTooLarge},
}

// testStrict sends each after a request that is in order, with another behind it that must never be read.
func testStrict(t *testing.T, newEngine Maker) {
	const before, behind = "GET /first HTTP/1.1\r\nHost: example.org\r\n\r\n", "GET /smuggled HTTP/1.1\r\nHost: example.org\r\n\r\n"
	for _, tt := range strictHeads {
		t.Run(tt.name, func(t *testing.T) {
			inMemory(t, func(t *testing.T, n network) {
				k := newKeeper()
				s := newStage(t, newEngine, n, &k.handler, Setup{})
				c := s.dial(s.plain)
				go func() { _, _ = io.WriteString(c, before+tt.head+behind) }() // it need not all be read
				r := bufio.NewReader(c)
				if got := status(t, r); got != 200 {
					t.Errorf("status %d for the first, want 200", got)
				}
				if got, want := status(t, r), flawStatus(tt.want); got != want {
					t.Errorf("status %d, want %d", got, want)
				}
				if rest, _ := io.ReadAll(r); len(rest) > 0 {
					t.Errorf("after the refusal came %q, want the end", rest)
				}
				if diff := cmp.Diff([]seawall.Reason{tt.want}, k.refused()); diff != "" {
					t.Error(diff)
				}
				if got := k.count(); got != 1 {
					t.Errorf("%d requests served, want the first alone", got)
				}
				if got := s.engine.Stats().Breaches; got != 0 {
					t.Errorf("%d breaches left to the library, want 0", got)
				}
			})
		})
	}
}

// status reads one response and returns its status.
func status(t *testing.T, r *bufio.Reader) int {
	t.Helper()
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

// testStrictBody sends bodies in chunks.
func testStrictBody(t *testing.T, newEngine Maker) {
	const head = "POST / HTTP/1.1\r\nHost: example.org\r\nTransfer-Encoding: chunked\r\n\r\n"
	for _, tt := range []struct {
		name, body string
		want       string // "" for a refusal
		flaw       seawall.Reason
	}{
		{"in order", "4\r\nword\r\n0\r\n\r\n", "word", 0},
		{"in two", "2\r\nwo\r\n2;a=b\r\nrd\r\n000\r\nX-Sum: 1\r\n\r\n", "word", 0},
		{"bare LF", "4\nword\n0\n\n", "", seawall.ReasonBadChunk},
		{"longer than announced", "4\r\nwords\r\n0\r\n\r\n", "", seawall.ReasonBadChunk},
		{"no number", "x\r\nword\r\n0\r\n\r\n", "", seawall.ReasonBadChunk},
		{"signed", "+4\r\nword\r\n0\r\n\r\n", "", seawall.ReasonBadChunk},
		{"prefixed", "0x4\r\nword\r\n0\r\n\r\n", "", seawall.ReasonBadChunk},
		{"beyond counting", "fffffffffffffffff\r\nword\r\n0\r\n\r\n", "", seawall.ReasonBadChunk},
		{"endless extension", "4;" + strings.Repeat("a", 1000) + "\r\nword\r\n0\r\n\r\n", "", seawall.ReasonBadChunk},
		{"framing in the trailer", "4\r\nword\r\n0\r\nContent-Length: 4\r\n\r\n", "", seawall.ReasonBadField},
		{"folded trailer", "4\r\nword\r\n0\r\nX-A: b\r\n c\r\n\r\n", "", seawall.ReasonFoldedField},
		{"endless trailer", "4\r\nword\r\n0\r\nX-A: " + strings.Repeat("b", 64<<10), "", seawall.ReasonHeadTooLarge},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inMemory(t, func(t *testing.T, n network) {
				read := make(chan error, 1)
				h := &handler{serve: func(_ context.Context, x *gateway.Exchange) {
					got, err := io.ReadAll(x.Body)
					if read <- err; err != nil {
						answerText(x, 400, "")
						return
					}
					answerText(x, 200, string(got))
				}}
				s := newStage(t, newEngine, n, h, Setup{})
				c := s.dial(s.plain)
				go func() { _, _ = io.WriteString(c, head+tt.body) }()
				got, err := receive(c)
				if err != nil {
					t.Fatal(err)
				}
				if got.body != tt.want {
					t.Errorf("status %d and body %q, want %q", got.status, got.body, tt.want)
				}
				err = <-read
				if flaw, ok := errors.AsType[gateway.BodyError](err); ok != (tt.flaw != 0) || seawall.Reason(flaw) != tt.flaw {
					t.Errorf("reading ended with %v, want %v", err, tt.flaw)
				}
				if tt.flaw != 0 {
					wantClosed(t, c)
				}
			})
		})
	}
}
