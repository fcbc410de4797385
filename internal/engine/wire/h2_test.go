package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/seawall-project/seawall"
)

func TestH2Head(t *testing.T) {
	in := newPeer(t)
	in.headers(1, true, ":method", "GET", ":scheme", "https", ":authority", "WWW.example.org:443", ":path", "/a?b=c",
		"x-b", "1", "cookie", "a=b", "x-a", "2", "cookie", "c=d", "te", "trailers")
	in.headers(3, false, ":method", "POST", ":scheme", "https", ":path", "/", "host", "example.org", "content-length", "4", "expect", "100-continue")
	in.data(3, true, "word")
	got := feedH2(t, in.bytes(), 0)
	want := map[uint32]*Head{
		1: {
			Proto: seawall.HTTP2, Method: "GET", Host: "www.example.org", Path: "/a", Query: "b=c",
			Fields: seawall.Fields{
				{Name: "x-b", Value: "1"},
				{Name: "cookie", Value: "a=b; c=d"},
				{Name: "x-a", Value: "2"},
				{Name: "te", Value: "trailers"},
			},
		},
		3: {
			Proto: seawall.HTTP2, Method: "POST", Host: "example.org", Path: "/", Size: 4, Expect: true,
			Fields: seawall.Fields{{Name: "content-length", Value: "4"}, {Name: "expect", Value: "100-continue"}},
		},
	}
	if diff := cmp.Diff(want, got.heads, ignoreTrailer); diff != "" {
		t.Error(diff)
	}
	wantFrames := []string{
		"HEADERS 1 end :method=POST :scheme=http :path=/ :authority=wire wire-head=1",
		"HEADERS 3 :method=POST :scheme=http :path=/ :authority=wire content-length=4 expect=100-continue wire-head=3",
		"DATA 3 end word",
	}
	if diff := cmp.Diff(wantFrames, got.frames); diff != "" {
		t.Error(diff)
	}
	if got.filter.Take(1) != nil {
		t.Error("a head was fetched twice")
	}
	counts, flaws := got.filter.Drain()
	if counts[frameHeaders] != 2 || counts[frameData] != 1 || len(flaws) > 0 {
		t.Errorf("counted %v, %v", counts, flaws)
	}
}

// A block in pieces with padding and priority means the same.
func TestH2Continuation(t *testing.T) {
	in := newPeer(t)
	block := in.block(":method", "GET", ":scheme", "https", ":authority", "example.org", ":path", "/")
	in.do(in.framer.WriteHeaders(http2.HeadersFrameParam{
		StreamID: 1, BlockFragment: block[:2], EndStream: true, PadLength: 7,
		Priority: http2.PriorityParam{Weight: 9, Exclusive: true},
	}))
	in.do(in.framer.WriteContinuation(1, false, block[2:3]))
	in.do(in.framer.WriteContinuation(1, true, block[3:]))
	got := feedH2(t, in.bytes(), 0)
	if diff := cmp.Diff([]string{"HEADERS 1 end :method=POST :scheme=http :path=/ :authority=wire wire-head=1"}, got.frames); diff != "" {
		t.Error(diff)
	}
	if h := got.heads[1]; h == nil || h.Host != "example.org" {
		t.Errorf("head %+v", h)
	}
}

func TestH2Trailer(t *testing.T) {
	head := []string{":method", "POST", ":scheme", "https", ":authority", "example.org", ":path", "/"}
	for _, tt := range []struct {
		name    string
		trailer []string
		ends    bool
		length  string
		want    seawall.Reason
	}{
		{"in order", []string{"x-sum", "1"}, true, "", seawall.ReasonNone},
		{"pseudo field", []string{":path", "/"}, true, "", seawall.ReasonPseudoField},
		{"length", []string{"content-length", "4"}, true, "", seawall.ReasonBadField},
		{"connection", []string{"connection", "close"}, true, "", seawall.ReasonConnectionField},
		{"too short a body", []string{"x-sum", "1"}, true, "5", seawall.ReasonWrongLength},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := newPeer(t)
			if tt.length != "" {
				in.headers(1, false, append(head[:8:8], "content-length", tt.length)...)
			} else {
				in.headers(1, false, head...)
			}
			in.data(1, false, "word")
			in.headers(1, tt.ends, tt.trailer...)
			got := feedH2(t, in.bytes(), 0)
			_, flaws := got.filter.Drain()
			if tt.want != seawall.ReasonNone {
				if !slices.Equal(flaws, []seawall.Reason{tt.want}) || !slices.Contains(got.frames, "PROTOCOL_ERROR 1") {
					t.Errorf("flaws %v, frames %q, want %v and a reset", flaws, got.frames, tt.want)
				}
				return
			}
			if diff := cmp.Diff(seawall.Fields{{Name: "x-sum", Value: "1"}}, got.heads[1].Trailer()); diff != "" || len(flaws) > 0 {
				t.Errorf("%v %s", flaws, diff)
			}
		})
	}
}

func TestH2Settings(t *testing.T) {
	in := newPeer(t)
	in.do(in.framer.WriteSettings(
		http2.Setting{ID: http2.SettingMaxFrameSize, Val: 1 << 15},
		http2.Setting{ID: http2.SettingEnablePush, Val: 0},
		http2.Setting{ID: http2.SettingMaxFrameSize, Val: 1 << 16},
	))
	in.do(in.framer.WriteSettingsAck())
	got := feedH2(t, in.bytes(), 0)
	if diff := cmp.Diff([]string{"SETTINGS [ENABLE_PUSH = 0] [MAX_FRAME_SIZE = 65536]", "SETTINGS ack"}, got.frames); diff != "" {
		t.Error(diff)
	}
}

// What a connection can do to itself ends it, by what net/http then reads.
func TestH2Violations(t *testing.T) {
	get := []string{":method", "GET", ":scheme", "https", ":authority", "example.org", ":path", "/"}
	for _, tt := range []struct {
		name string
		send func(p *peer)
		want string // the last frame that is read on
	}{
		{"another frame within a block", func(p *peer) {
			p.do(p.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: p.block(get...)}))
			p.do(p.framer.WritePing(false, [8]byte{}))
		}, "CONTINUATION 1"},
		{"head of no stream", func(p *peer) { p.headers(0, true, get...) }, "CONTINUATION 1"},
		{"padding beyond the frame", func(p *peer) {
			p.do(p.framer.WriteRawFrame(http2.FrameHeaders, http2.FlagHeadersPadded|http2.FlagHeadersEndHeaders, 1, []byte{9, 0x82}))
		}, "CONTINUATION 1"},
		{"no block", func(p *peer) {
			p.do(p.framer.WriteRawFrame(http2.FrameHeaders, http2.FlagHeadersEndHeaders, 1, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}))
		}, "HEADERS 1 end undecodable"},
		{"block that ends within a field", func(p *peer) {
			p.do(p.framer.WriteRawFrame(http2.FrameHeaders, http2.FlagHeadersEndHeaders, 1, []byte{0x40, 5, 'a'}))
		}, "HEADERS 1 end undecodable"},
		{"block without end", func(p *peer) {
			p.do(p.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: make([]byte, maxFrameBytes)}))
			for range 5 {
				p.do(p.framer.WriteContinuation(1, false, bytes.Repeat([]byte{0x82}, maxFrameBytes)))
			}
		}, "CONTINUATION 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := newPeer(t)
			tt.send(in)
			raw := in.bytes()
			in.headers(3, true, get...)
			got := feedH2(t, append(raw, in.bytes()...), 0)
			if n := len(got.frames); n == 0 || got.frames[n-1] != tt.want {
				t.Errorf("read on %q, want %q last", got.frames, tt.want)
			}
			if len(got.heads) > 0 {
				t.Errorf("heads %v, want none", got.heads)
			}
		})
	}
}

func TestH2Budget(t *testing.T) {
	now := time.Unix(0, 0)
	for _, tt := range []struct {
		name string
		max  int
		send func(p *peer)
	}{
		{"PING", controlFrames, func(p *peer) { p.do(p.framer.WritePing(false, [8]byte{})) }},
		{"SETTINGS", controlFrames, func(p *peer) { p.do(p.framer.WriteSettings()) }},
		{"PRIORITY", controlFrames, func(p *peer) { p.do(p.framer.WritePriority(1, http2.PriorityParam{StreamDep: 3})) }},
		{"unknown", controlFrames, func(p *peer) { p.do(p.framer.WriteRawFrame(0x42, 0, 1, nil)) }},
		{"empty DATA", controlFrames, func(p *peer) { p.data(1, false, "") }},
		{"RST_STREAM", resetFrames, func(p *peer) { p.do(p.framer.WriteRSTStream(1, http2.ErrCodeCancel)) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := newPeer(t)
			tt.send(in)
			frame := in.bytes()
			f := NewH2(Limits{})
			at := now
			for range 3 { // as many again in every span
				for range tt.max {
					if _, err := f.Feed(nil, frame, at); err != nil {
						t.Fatal(err)
					}
				}
				at = at.Add(budgetTime)
			}
			at = at.Add(-budgetTime)
			if _, err := f.Feed(nil, frame, at); !errors.Is(err, Error(seawall.ReasonFrames)) {
				t.Errorf("one more: %v, want %v", err, Error(seawall.ReasonFrames))
			}
		})
	}
}

// Whatever comes, no more streams are known than a server may have waiting.
func TestH2StreamsBounded(t *testing.T) {
	f := NewH2(Limits{Streams: 4})
	in := newPeer(t)
	for id := uint32(1); id < 1000; id += 2 {
		in.headers(id, id%4 == 1, ":method", "POST", ":scheme", "https", ":authority", "example.org", ":path", "/")
	}
	if _, err := f.Feed(nil, in.bytes(), time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	if got, limit := len(f.streams), streamsKept*4; got > limit {
		t.Errorf("%d streams known, want at most %d", got, limit)
	}
	if f.Take(999) == nil {
		t.Error("the newest is not known")
	}
}

// A client that never ends its requests has the server keep none of the heads that were answered: they are up to Limits.HeadBytes each,
// and cost the client a few bytes, for HPACK repeats them.
func TestH2AnsweredHeadsAreLetGo(t *testing.T) {
	f := NewH2(Limits{Streams: 4})
	in := newPeer(t)
	for id := uint32(1); id < 2*streamsKept*4; id += 2 {
		in.headers(id, false, ":method", "POST", ":scheme", "https", ":authority", "example.org", ":path", "/")
		if _, err := f.Feed(nil, in.bytes(), time.Unix(0, 0)); err != nil {
			t.Fatal(err)
		}
		if f.Take(id) == nil {
			t.Fatalf("no head of stream %d", id)
		}
		if f.Take(id) != nil {
			t.Fatalf("the head of stream %d was fetched twice", id)
		}
	}
	for id, s := range f.streams {
		if s.head != nil {
			t.Errorf("the head of stream %d is still held", id)
		}
	}
}

// Heads of streams that the server refuses, and so never fetches, do not add up.
func TestH2RefusedHeadsBounded(t *testing.T) {
	f := NewH2(Limits{})
	in := newPeer(t)
	crumb := strings.Repeat("a", 3<<10)
	for id := uint32(1); id < 2*streamsKept*DefaultStreams; id += 2 {
		fields := []string{":method", "GET", ":scheme", "https", ":authority", "example.org", ":path", "/"}
		for range 8 {
			fields = append(fields, "cookie", crumb)
		}
		in.headers(id, true, fields...)
		if _, err := f.Feed(nil, in.bytes(), time.Unix(0, 0)); err != nil {
			t.Fatal(err)
		}
	}
	held := 0
	for _, s := range f.streams {
		for _, field := range s.head.Fields {
			held += len(field.Value)
		}
	}
	if limit := headsKept * DefaultHeadBytes; held > limit {
		t.Errorf("%d bytes of heads are held, want at most %d", held, limit)
	}
	if f.Take(f.newest) == nil {
		t.Error("the newest is not known")
	}
	for id := range f.streams {
		f.Take(id)
	}
	if f.waiting != 0 || len(f.streams) != 0 {
		t.Errorf("%d bytes of %d heads are counted when all were fetched", f.waiting, len(f.streams))
	}
}

// A connection that sent a large head in pieces holds little when it is idle.
func TestH2IdleHoldsLittle(t *testing.T) {
	in := newPeer(t)
	block := in.block(":method", "GET", ":scheme", "https", ":authority", "example.org", ":path", "/")
	block = append(block, 0x00, 1, 'a') // a literal, plain: the encoder would compress it
	block = append(block, longString(60_000)...)
	block = append(block, bytes.Repeat([]byte{'b'}, 60_000)...)
	for first := true; len(block) > 0; first = false {
		piece := block[:min(len(block), maxFrameBytes-1)]
		block = block[len(piece):]
		if first {
			in.do(in.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: piece, EndStream: true}))
			continue
		}
		in.do(in.framer.WriteContinuation(1, len(block) == 0, piece))
	}
	raw := in.bytes()
	filters := make([]*H2, 64)
	before := heapBytes()
	for i := range filters {
		filters[i] = NewH2(Limits{})
		if _, err := filters[i].Feed(nil, raw, time.Unix(0, 0)); err != nil {
			t.Fatal(err)
		}
		if h := filters[i].Take(1); h == nil || h.Flaw != seawall.ReasonHeadTooLarge {
			t.Fatalf("head %+v, want one that is too large", h)
		}
	}
	if each := (heapBytes() - before) / int64(len(filters)); each > 8<<10 {
		t.Errorf("an idle connection holds %d bytes", each)
	}
	runtime.KeepAlive(filters)
}

// longString is the length of a string that is not compressed and has n bytes, 127 or more (RFC 7541, section 5.2).
func longString(n int) []byte {
	return binary.AppendUvarint([]byte{0x7f}, uint64(n-0x7f))
}

func heapBytes() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestH2Pending(t *testing.T) {
	in := newPeer(t)
	in.do(in.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: in.block(":method", "POST")}))
	in.do(in.framer.WriteContinuation(1, true, in.block(":scheme", "https", ":authority", "example.org", ":path", "/")))
	in.data(1, true, "word")
	raw := in.bytes()
	f := NewH2(Limits{})
	var got []string
	last := ""
	for i := range raw {
		if _, err := f.Feed(nil, raw[i:i+1], time.Unix(0, 0)); err != nil {
			t.Fatal(err)
		}
		piece, number := f.Pending()
		if now := fmt.Sprint(piece, number); now != last {
			got, last = append(got, now), now
		}
	}
	// The block, a DATA frame's head, its payload, and nothing.
	if diff := cmp.Diff([]string{"1 1", "0 1", "1 2", "2 2", "0 2"}, got); diff != "" {
		t.Error(diff)
	}
}

// peer writes frames as a client does.
type peer struct {
	t       *testing.T
	out     bytes.Buffer
	framer  *http2.Framer
	encoded bytes.Buffer
	encoder *hpack.Encoder
}

func newPeer(t *testing.T) *peer {
	p := &peer{t: t}
	p.framer = http2.NewFramer(&p.out, nil)
	p.framer.AllowIllegalWrites = true
	p.encoder = hpack.NewEncoder(&p.encoded)
	return p
}

func (p *peer) do(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *peer) block(fields ...string) []byte {
	p.encoded.Reset()
	for i := 0; i < len(fields); i += 2 {
		p.do(p.encoder.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]}))
	}
	return bytes.Clone(p.encoded.Bytes())
}

func (p *peer) headers(stream uint32, ends bool, fields ...string) {
	p.do(p.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: p.block(fields...), EndHeaders: true, EndStream: ends}))
}

func (p *peer) data(stream uint32, ends bool, s string) {
	p.do(p.framer.WriteData(stream, ends, []byte(s)))
}

// bytes returns what was written since it was last called.
func (p *peer) bytes() []byte {
	b := bytes.Clone(p.out.Bytes())
	p.out.Reset()
	return b
}

// readH2 is what became of a connection's frames.
type readH2 struct {
	filter *H2
	frames []string
	heads  map[uint32]*Head
	err    error
	raw    []byte
}

// feedH2 feeds raw in parts of n bytes, at once when n is 0.
func feedH2(t *testing.T, raw []byte, n int) readH2 {
	t.Helper()
	r := readH2{filter: NewH2(Limits{}), heads: make(map[uint32]*Head)}
	for rest := raw; len(rest) > 0 && r.err == nil; {
		part := len(rest)
		if n > 0 {
			part = min(n, part)
		}
		r.raw, r.err = r.filter.Feed(r.raw, rest[:part], time.Unix(0, 0))
		rest = rest[part:]
	}
	for id := range r.filter.streams {
		if h := r.filter.Take(id); h != nil {
			r.heads[id] = h
		}
	}
	r.frames = framesIn(r.raw)
	return r
}

// framesIn describes frames as a server reads them.
func framesIn(raw []byte) []string {
	framer := http2.NewFramer(io.Discard, bytes.NewReader(raw))
	framer.AllowIllegalReads = true
	framer.SetMaxReadFrameSize(1 << 24)
	var all []string
	for {
		f, err := framer.ReadFrame()
		if wrong, ok := errors.AsType[http2.StreamError](err); ok {
			all = append(all, fmt.Sprint(wrong.Code, " ", wrong.StreamID))
			continue
		}
		if err != nil {
			return all
		}
		h := f.Header()
		s := h.Type.String()
		switch f := f.(type) {
		case *http2.HeadersFrame:
			s += fmt.Sprint(" ", h.StreamID)
			if f.StreamEnded() {
				s += " end"
			}
			fields, err := hpack.NewDecoder(4096, nil).DecodeFull(f.HeaderBlockFragment())
			if err != nil {
				s += " undecodable"
			}
			for _, field := range fields {
				s += " " + field.Name + "=" + field.Value
			}
		case *http2.DataFrame:
			s += fmt.Sprint(" ", h.StreamID)
			if f.StreamEnded() {
				s += " end"
			}
			s += " " + string(f.Data())
		case *http2.SettingsFrame:
			if f.IsAck() {
				s += " ack"
			}
			_ = f.ForeachSetting(func(v http2.Setting) error { s += fmt.Sprint(" ", v); return nil })
		case *http2.WindowUpdateFrame:
			s += fmt.Sprint(" ", h.StreamID, " by ", f.Increment)
		default:
			s += fmt.Sprint(" ", h.StreamID)
		}
		all = append(all, s)
	}
}

func FuzzH2(f *testing.F) {
	for _, send := range []func(p *peer){
		func(p *peer) {
			p.do(p.framer.WriteSettings(http2.Setting{ID: 4, Val: 1 << 20}, http2.Setting{ID: 4, Val: 1 << 21}))
			p.headers(1, true, ":method", "GET", ":scheme", "https", ":authority", "example.org", ":path", "/", "cookie", "a=b", "cookie", "c=d")
			p.headers(3, false, ":method", "POST", ":scheme", "https", ":authority", "example.org", ":path", "/", "content-length", "4")
			p.data(3, false, "wo")
			p.do(p.framer.WriteDataPadded(3, true, []byte("rd"), []byte{0, 0, 0}))
		},
		func(p *peer) {
			p.do(p.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: p.block(":method", "GET"), PadLength: 3}))
			p.do(p.framer.WriteContinuation(1, true, p.block(":scheme", "https", ":path", "/", "host", "example.org")))
			p.headers(1, true, "x-sum", "1")
			p.do(p.framer.WriteRSTStream(1, http2.ErrCodeCancel))
		},
		func(p *peer) {
			p.headers(1, true, ":method", "GET", "connection", "close", "x-a", strings.Repeat("~", 40<<10))
			p.do(p.framer.WritePing(false, [8]byte{}))
			p.do(p.framer.WriteWindowUpdate(0, 1))
			p.do(p.framer.WriteRawFrame(0x42, 0xff, 7, []byte("word")))
		},
	} {
		p := newPeer(nil)
		p.t = &testing.T{}
		send(p)
		f.Add(p.bytes())
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		whole, parts := feedH2(t, raw, 0), feedH2(t, raw, 1)
		if !bytes.Equal(whole.raw, parts.raw) || whole.err != parts.err {
			t.Errorf("at once %q, %v, byte by byte %q, %v", whole.raw, whole.err, parts.raw, parts.err)
		}
		if diff := cmp.Diff(whole.heads, parts.heads, cmp.AllowUnexported(Head{}, trailer{})); diff != "" {
			t.Error(diff)
		}
		for _, h := range whole.heads {
			checkRead(t, read{heads: []*Head{h}})
		}
	})
}
