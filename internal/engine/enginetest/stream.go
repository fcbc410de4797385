package enginetest

import (
	"bytes"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/seawall-project/seawall"
)

// testStrictStream sends requests of HTTP/2 that RFC 9113, section 8.1.1, calls malformed. Each has its stream reset with
// PROTOCOL_ERROR, is counted, and leaves the connection to the others.
func testStrictStream(t *testing.T, newEngine Maker) {
	get := [][2]string{{":method", "GET"}, {":scheme", "http"}, {":authority", "example.org"}, {":path", "/"}}
	post := [][2]string{{":method", "POST"}, {":scheme", "http"}, {":authority", "example.org"}, {":path", "/"}, {"content-length", "4"}}
	with := func(base [][2]string, more ...[2]string) [][2]string {
		return append(slices.Clip(base), more...)
	}
	for _, tt := range []struct {
		name   string
		fields [][2]string
		body   []string // DATA frames; nil ends the stream with the head
		want   seawall.Reason
	}{
		{"connection", with(get, [2]string{"connection", "close"}), nil, seawall.ReasonConnectionField},
		{"transfer-encoding", with(get, [2]string{"transfer-encoding", "chunked"}), nil, seawall.ReasonConnectionField},
		{"te", with(get, [2]string{"te", "trailers, deflate"}), nil, seawall.ReasonConnectionField},
		{"upper case", with(get, [2]string{"X-A", "b"}), nil, seawall.ReasonBadField},
		{"line break", with(get, [2]string{"x-a", "b\r\nc"}), nil, seawall.ReasonBadField},
		{"blank at the end", with(get, [2]string{"x-a", "b "}), nil, seawall.ReasonBadField},
		{"no path", get[:3], nil, seawall.ReasonPseudoField},
		{"path twice", with(get, [2]string{":path", "/"}), nil, seawall.ReasonPseudoField},
		{"pseudo field behind another", with(get[:3], [2]string{"x-a", "b"}, get[3]), nil, seawall.ReasonPseudoField},
		{"unknown pseudo field", with(get, [2]string{":protocol", "websocket"}), nil, seawall.ReasonPseudoField},
		{"other host", with(get, [2]string{"host", "www.example.org"}), nil, seawall.ReasonHostField},
		{"length twice", with(post, [2]string{"content-length", "4"}), []string{"word"}, seawall.ReasonRepeatedLength},
		{"body too short", post, []string{"wor"}, seawall.ReasonWrongLength},
		{"body too long", post, []string{"wo", "rds"}, seawall.ReasonWrongLength},
		{"no body", post, nil, seawall.ReasonWrongLength},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inMemory(t, func(t *testing.T, n network) {
				h := newKeeper()
				s := newStage(t, newEngine, n, &h.handler, Setup{})
				c := s.dial(s.plain)
				f := openH2(t, c)
				writeRequest(t, f, 1, tt.fields, tt.body)
				if code := resetOf(t, f, 1); code != http2.ErrCodeProtocol {
					t.Errorf("reset with %v, want PROTOCOL_ERROR", code)
				}
				writeRequest(t, f, 3, get, nil)
				if got := statusOf(t, f, 3); got != "200" {
					t.Errorf("status %s for the next request, want 200", got)
				}
				if diff := cmp.Diff([]seawall.Reason{tt.want}, h.lost()); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
	t.Run("large head", func(t *testing.T) {
		inMemory(t, func(t *testing.T, n network) {
			h := newKeeper()
			s := newStage(t, newEngine, n, &h.handler, Setup{})
			f := openH2(t, s.dial(s.plain))
			large := [2]string{"x-a", strings.Repeat("~", 40<<10)}
			writeRequest(t, f, 1, with(get, large), nil)
			if got := statusOf(t, f, 1); got != "431" {
				t.Errorf("status %s, want 431", got)
			}
			writeRequest(t, f, 3, with(post, large), []string{"word"})
			if got := statusOf(t, f, 3); got != "431" {
				t.Errorf("status %s with a body, want 431", got)
			}
			writeRequest(t, f, 5, get, nil)
			if got := statusOf(t, f, 5); got != "200" {
				t.Errorf("status %s for the next request, want 200", got)
			}
		})
	})
	t.Run("idle frames", func(t *testing.T) {
		inMemory(t, func(t *testing.T, n network) {
			h := newKeeper()
			s := newStage(t, newEngine, n, &h.handler, Setup{})
			c := s.dial(s.plain)
			f := openH2(t, c)
			go func() {
				for range 2000 {
					if f.WritePriority(1, http2.PriorityParam{StreamDep: 3}) != nil {
						return
					}
				}
			}()
			if took := untilClosed(c); took > time.Second {
				t.Errorf("closed after %v, want at once", took)
			}
			s.stop()
			if diff := cmp.Diff([]seawall.Reason{seawall.ReasonFrames}, h.lost()); diff != "" {
				t.Error(diff)
			}
			if got := s.engine.Stats().Frames[2]; got < 500 || got > 600 {
				t.Errorf("%d PRIORITY frames counted, want about 500", got)
			}
		})
	})
}

// openH2 begins HTTP/2 on a bare connection.
func openH2(t *testing.T, c net.Conn) *http2.Framer {
	t.Helper()
	send(t, c, http2.ClientPreface+h2Frames(settings))
	f := http2.NewFramer(c, c)
	f.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	return f
}

// writeRequest sends a request. Without body the stream ends with the head.
func writeRequest(t *testing.T, f *http2.Framer, id uint32, fields [][2]string, body []string) {
	t.Helper()
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for _, field := range fields {
		if err := e.WriteField(hpack.HeaderField{Name: field[0], Value: field[1]}); err != nil {
			t.Fatal(err)
		}
	}
	block := b.Bytes()
	first := block[:min(len(block), 16<<10)]
	err := f.WriteHeaders(http2.HeadersFrameParam{
		StreamID: id, BlockFragment: first, EndStream: body == nil, EndHeaders: len(first) == len(block),
	})
	for block = block[len(first):]; err == nil && len(block) > 0; {
		next := block[:min(len(block), 16<<10)]
		block = block[len(next):]
		err = f.WriteContinuation(id, len(block) == 0, next)
	}
	for i, part := range body {
		if err == nil {
			err = f.WriteData(id, i == len(body)-1, []byte(part))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// resetOf reads until a stream is reset.
func resetOf(t *testing.T, f *http2.Framer, id uint32) http2.ErrCode {
	t.Helper()
	for {
		frame, err := f.ReadFrame()
		if err != nil {
			t.Fatalf("no reset: %v", err)
		}
		switch frame := frame.(type) {
		case *http2.RSTStreamFrame:
			if frame.StreamID == id {
				return frame.ErrCode
			}
		case *http2.MetaHeadersFrame:
			t.Fatalf("an answer on stream %d", frame.StreamID)
		}
	}
}

// statusOf reads until a stream is answered.
func statusOf(t *testing.T, f *http2.Framer, id uint32) string {
	t.Helper()
	for {
		frame, err := f.ReadFrame()
		if err != nil {
			t.Fatalf("no answer: %v", err)
		}
		if head, ok := frame.(*http2.MetaHeadersFrame); ok && head.StreamID == id {
			return head.PseudoValue("status")
		}
	}
}
