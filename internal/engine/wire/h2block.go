package wire

import (
	"strconv"

	"golang.org/x/net/http2/hpack"

	"github.com/seawall-project/seawall"
)

// block is a field block on its way in (RFC 9113, section 4.3), decoded when it is whole.
type block struct {
	limits   Limits
	decoder  *hpack.Decoder
	open     bool
	stream   uint32
	ends     bool   // the stream ends with it
	priority []byte // as it came, empty when it did not
	early    []byte // what came of it before its last frame: what the decoder sets aside it would keep
	size     int    // of the fields
	fields   []hpack.HeaderField
	large    bool
}

// maxWire is how many times Limits.HeadBytes a compressed block may have. Up to there a head that is too large is answered; beyond it the
// connection ends.
const maxWire = 2

// fragment takes in the payload of a HEADERS or CONTINUATION frame.
func (f *H2) fragment(dst []byte) []byte {
	h, b := &f.head, &f.block
	p := f.buf
	if h.kind == frameHeaders {
		var ok bool
		if p, ok = b.begin(h, p); !ok || h.stream == 0 {
			return f.violate(dst)
		}
	}
	if len(b.early)+len(p) > maxWire*f.limits.HeadBytes {
		f.flaws = append(f.flaws, seawall.ReasonHeadTooLarge)
		return f.violate(dst)
	}
	if !h.has(flagEndHeaders) {
		b.early = append(b.early, p...)
		return dst
	}
	if len(b.early) > 0 {
		b.early = append(b.early, p...)
		p = b.early
	}
	b.open, b.early = false, nil
	if !b.decode(p) {
		f.dead = true
		return appendUndecodable(dst, h.stream)
	}
	return f.handOn(dst)
}

// decode decodes a whole block; false when it cannot be. The decoder holds on to what it was given last, so then it is given an entry
// of the static table, which changes nothing.
func (b *block) decode(p []byte) bool {
	_, err := b.decoder.Write(p)
	if err != nil || b.decoder.Close() != nil {
		return false
	}
	b.decoder.SetEmitEnabled(false)
	_, err = b.decoder.Write(staticEntry)
	return err == nil && b.decoder.Close() == nil
}

var staticEntry = []byte{0x82} // :method GET

// begin starts a block with the payload of a HEADERS frame and returns the fragment in it; false when padding or priority do not fit.
func (b *block) begin(h *frameHead, p []byte) ([]byte, bool) {
	padding := 0
	if h.has(flagPadded) {
		if len(p) == 0 {
			return nil, false
		}
		padding, p = int(p[0]), p[1:]
	}
	b.priority = b.priority[:0]
	if h.has(flagPriority) {
		if len(p) < priorityBytes {
			return nil, false
		}
		b.priority, p = append(b.priority, p[:priorityBytes]...), p[priorityBytes:]
	}
	if padding > len(p) {
		return nil, false
	}
	b.open, b.stream, b.ends = true, h.stream, h.has(flagEndStream)
	b.size, b.large = 0, false
	b.fields = make([]hpack.HeaderField, 0, usualFields)
	b.decoder.SetEmitEnabled(true)
	return p[:len(p)-padding], true
}

const usualFields = 20

// add takes in one decoded field.
func (b *block) add(f hpack.HeaderField) {
	b.size += len(f.Name) + len(f.Value) + len(": \r\n")
	if b.size > b.limits.HeadBytes || len(b.fields) > b.limits.Fields+pseudoFields {
		b.large, b.fields = true, nil
		b.decoder.SetEmitEnabled(false)
		return
	}
	b.fields = append(b.fields, f)
}

// handOn ends a block: the head of a new stream, or the trailer section of an open one.
func (f *H2) handOn(dst []byte) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	b := &f.block
	if b.stream <= f.newest {
		return f.handOnTrailer(dst)
	}
	h := b.head()
	s := &stream{head: h, size: b.size, trailer: h.trailer, declared: h.Size, ended: b.ends}
	if h.Reset {
		f.flaws = append(f.flaws, h.Flaw)
		s.ended = true
	}
	f.newest = b.stream
	f.streams[b.stream] = s
	f.waiting += s.size
	f.makeRoom()
	dst = b.appendHead(dst, h)
	if h.Reset {
		dst = appendReset(dst, b.stream)
	}
	b.fields = nil
	return dst
}

// makeRoom bounds the streams that are known. A server that allows so many at once and is sent more ends the connection before a head is
// missed; those that it refuses never fetch theirs.
func (f *H2) makeRoom() {
	if len(f.streams) > streamsKept*f.limits.Streams {
		f.dropOldest(func(*stream) bool { return true })
	}
	for f.waiting > headsKept*f.limits.HeadBytes {
		f.dropOldest(func(s *stream) bool { return s.head != nil })
	}
}

// dropOldest forgets the oldest stream that is like so; the newest when no other is.
func (f *H2) dropOldest(like func(*stream) bool) {
	oldest := f.newest
	for id, s := range f.streams {
		if id < oldest && like(s) {
			oldest = id
		}
	}
	f.drop(oldest)
}

// streamsKept is how many times Limits.Streams are kept. net/http ends a connection that has four times as many waiting.
const streamsKept = 6

// headsKept is how many times Limits.HeadBytes heads may take that were not fetched. A server fetches them at once, but for those of
// streams that it refuses.
const headsKept = 32

// handOnTrailer ends a trailer section. The caller holds the mutex.
func (f *H2) handOnTrailer(dst []byte) []byte {
	b := &f.block
	s := f.streams[b.stream]
	why := seawall.ReasonNone
	if s != nil && !s.ended && b.ends {
		if why = b.trailer(s); why == seawall.ReasonNone && s.declared >= 0 && s.got != s.declared {
			why = seawall.ReasonWrongLength
		}
		f.over(b.stream, s)
	}
	if why != seawall.ReasonNone {
		f.flaws = append(f.flaws, why)
		dst = appendReset(dst, b.stream)
	}
	b.fields = nil
	return b.appendFrame(dst, nil)
}

// appendFrame appends a HEADERS frame with a block of our own.
func (b *block) appendFrame(dst, own []byte) []byte {
	flags := byte(flagEndHeaders)
	if b.ends {
		flags |= flagEndStream
	}
	if len(b.priority) > 0 {
		flags |= flagPriority
	}
	dst = appendFrameHead(dst, len(b.priority)+len(own), frameHeaders, flags, b.stream)
	return append(append(dst, b.priority...), own...)
}

// HeadField is the field of a request in net/http that holds the stream whose head it is, see [H2.Take]. No client can send it: what
// clients send is in the [Head].
const HeadField = "Wire-Head"

// appendHead appends the canonical form of a head: as much as frames the message, in literals and entries of the static table (RFC
// 7541, section 6 and appendix A).
func (b *block) appendHead(dst []byte, h *Head) []byte {
	var room [128]byte
	own := room[:0]
	if h.Method == "HEAD" {
		own = appendLiteral(append(own, 0x02), "HEAD")
	} else {
		own = append(own, 0x83) // :method POST
	}
	own = append(own, 0x86, 0x84) // :scheme http, :path /
	own = appendLiteral(append(own, 0x01), "wire")
	if h.Flaw == seawall.ReasonNone && h.Size >= 0 && !b.ends {
		own = appendLiteral(append(own, 0x0f, 28-15), strconv.FormatInt(h.Size, 10)) // content-length
	}
	if h.Expect {
		own = appendLiteral(append(own, 0x0f, 35-15), "100-continue") // expect
	}
	own = appendLiteral(append(own, 0x00), "wire-head")
	own = appendLiteral(own, strconv.FormatUint(uint64(b.stream), 10))
	return b.appendFrame(dst, own)
}

// appendLiteral appends a string of less than 127 bytes as it is (RFC 7541, section 5.2).
func appendLiteral(dst []byte, s string) []byte {
	return append(append(dst, byte(len(s))), s...)
}
