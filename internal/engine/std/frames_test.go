package std

import (
	"bytes"
	"testing"

	"golang.org/x/net/http2"
)

func TestFramesUnfinished(t *testing.T) {
	whole := encode(t,
		func(f *http2.Framer) error { return f.WriteSettings() },
		func(f *http2.Framer) error { return f.WriteData(1, false, make([]byte, 10)) },
		func(f *http2.Framer) error {
			return f.WriteHeaders(http2.HeadersFrameParam{StreamID: 3, BlockFragment: []byte("abc")})
		},
		func(f *http2.Framer) error { return f.WriteContinuation(3, false, nil) },
		func(f *http2.Framer) error { return f.WriteContinuation(3, true, []byte("d")) },
		func(f *http2.Framer) error { return f.WritePing(false, [8]byte{}) },
	)
	// After each byte: . nothing, h a head or another frame, d a body. A frame's first nine bytes are its head.
	const want = "hhhhhhhh." + // SETTINGS, empty
		"hhhhhhhhdddddddddd." + // DATA
		"hhhhhhhhhhhh" + "hhhhhhhhh" + "hhhhhhhhh." + // HEADERS, two times CONTINUATION
		"hhhhhhhhhhhhhhhh." // PING
	var f frames
	var got []byte
	for _, b := range whole {
		got = append(got, ".hd"[f.read([]byte{b})])
	}
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if f.starts != 4 {
		t.Errorf("%d pieces, want 4", f.starts)
	}
}

// FuzzFrames holds reading in two parts against reading byte by byte.
func FuzzFrames(f *testing.F) {
	f.Add([]byte("\x00\x00\x03\x01\x00\x00\x00\x00\x01abc\x00\x00\x00\x09\x04\x00\x00\x00\x01"), 12)
	f.Add([]byte("\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00"), 9)
	f.Fuzz(func(t *testing.T, p []byte, cut int) {
		if cut < 0 || cut > len(p) {
			return
		}
		var slow, fast frames
		want := noPiece
		for i := range p {
			want = slow.read(p[i : i+1])
		}
		fast.read(p[:cut])
		if got := fast.read(p[cut:]); got != want || fast != slow {
			t.Errorf("cut at %d: got %v %+v, want %v %+v", cut, got, fast, want, slow)
		}
	})
}

func encode(t *testing.T, write ...func(*http2.Framer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	f := http2.NewFramer(&b, nil)
	for _, w := range write {
		if err := w(f); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}
