package wire

import (
	"sync"
	"time"

	"golang.org/x/net/http2/hpack"

	"github.com/seawall-project/seawall"
)

// H2 is the filter of an HTTP/2 connection, from the end of its preface on. It is made by [NewH2].
//
// Field blocks are decoded here and written again, short and without compression. Malformed heads (RFC 9113, section 8.1.1) get their
// stream reset with PROTOCOL_ERROR, and so do bodies that are not as long as they claim. All other frames pass as they came, but for
// settings that are given twice, of which the last counts.
type H2 struct {
	limits Limits
	head   frameHead
	have   int    // bytes of head.raw
	left   uint32 // bytes of the payload to come
	buf    []byte // of a payload that has to be whole
	starts int    // pieces that have begun
	block  block
	budget budget
	dead   bool
	counts FrameCounts
	flaws  []seawall.Reason

	mu      sync.Mutex // guards what follows
	streams map[uint32]*stream
	newest  uint32 // the highest stream seen
	waiting int    // bytes of heads that were not fetched
}

// stream is what there is to know of one stream until its head has been fetched and its body has ended.
type stream struct {
	head     *Head // nil once fetched: a server that has answered may leave its client's end open
	size     int   // of head, 0 once fetched
	trailer  *trailer
	declared int64 // the length of its body, -1 when that was not said
	got      int64
	ended    bool
}

// hpackTableBytes is the table that we let clients fill, the default of RFC 9113, section 6.5.2.
const hpackTableBytes = 4096

// NewH2 returns a filter for a connection that has sent its preface.
func NewH2(l Limits) *H2 {
	f := &H2{limits: l.resolve(), streams: make(map[uint32]*stream)}
	f.block.decoder = hpack.NewDecoder(hpackTableBytes, f.block.add)
	f.block.limits = f.limits
	return f
}

// Feed takes in the next bytes, which came at now, and appends to dst what may be read on. After an error, which is an [Error], it must
// not be called again.
func (f *H2) Feed(dst, p []byte, now time.Time) ([]byte, error) {
	for len(p) > 0 && !f.dead {
		if f.have < frameHeadBytes {
			if f.have == 0 && !f.block.open {
				f.starts++
			}
			n := copy(f.head.raw[f.have:], p)
			f.have += n
			if p = p[n:]; f.have < frameHeadBytes {
				break
			}
			f.head.parse()
			f.left = f.head.length
			f.counts.add(f.head.kind)
			if !f.budget.take(now, &f.head) {
				return dst, Error(seawall.ReasonFrames)
			}
			dst = f.begin(dst)
		}
		n := min(uint32(len(p)), f.left)
		f.left -= n
		dst = f.payload(dst, p[:n])
		p = p[n:]
		if f.left == 0 {
			dst = f.end(dst)
			f.have, f.buf = 0, f.buf[:0]
		}
	}
	return dst, nil
}

// begin looks at a frame's head.
func (f *H2) begin(dst []byte) []byte {
	h := &f.head
	switch {
	case f.block.open && (h.kind != frameContinuation || h.stream != f.block.stream):
		return f.violate(dst)
	case h.length > maxFrameBytes:
		return append(dst, h.raw[:]...)
	case f.gathers():
		return dst
	case h.kind == frameData && !h.has(flagPadded):
		dst = f.data(dst, int64(h.length))
	case h.kind == frameData:
		return dst // until the padding is known
	case h.kind == frameReset:
		f.forget(h.stream)
	}
	return append(dst, h.raw[:]...)
}

// gathers reports whether the frame's payload has to be whole before it can be dealt with.
func (f *H2) gathers() bool {
	h := &f.head
	switch h.kind {
	case frameHeaders:
		return h.length <= maxFrameBytes
	case frameContinuation:
		return f.block.open && h.length <= maxFrameBytes
	case frameSettings:
		return !h.has(flagAck) && h.length%settingBytes == 0 && h.length <= maxSettings*settingBytes
	}
	return false
}

// payload deals with the next bytes of a payload.
func (f *H2) payload(dst, p []byte) []byte {
	switch {
	case len(p) == 0 || f.dead:
	case f.gathers():
		f.buf = append(f.buf, p...)
	case f.head.kind == frameData && f.head.has(flagPadded) && f.head.length <= maxFrameBytes && len(f.buf) == 0:
		f.buf = append(f.buf, p[0])
		dst = f.data(dst, int64(f.head.length)-1-int64(p[0]))
		dst = append(append(dst, f.head.raw[:]...), p...)
	default:
		dst = append(dst, p...)
	}
	return dst
}

// end deals with a frame whose payload is here.
func (f *H2) end(dst []byte) []byte {
	h := &f.head
	switch {
	case f.dead:
	case !f.gathers():
		if h.kind == frameData && h.has(flagPadded) && h.length == 0 {
			dst = append(dst, h.raw[:]...) // not even a length of padding: the server's to refuse
		}
	case h.kind == frameSettings:
		dst = appendSettings(dst, f.buf, h.stream)
	default:
		dst = f.fragment(dst)
	}
	if cap(f.buf) > keptBytes {
		f.buf = nil
	}
	return dst
}

// data follows the body of a stream (RFC 9113, section 8.1.1) by n bytes. A body that is longer or shorter than it claims to be gets the
// stream reset; the frame itself passes, for the sake of the flow control.
func (f *H2) data(dst []byte, n int64) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	id, ends := f.head.stream, f.head.has(flagEndStream)
	s := f.streams[id]
	if s == nil || s.ended {
		return dst
	}
	s.got += n
	wrong := s.declared >= 0 && (s.got > s.declared || ends && s.got < s.declared)
	if ends || wrong {
		f.over(id, s)
	}
	if wrong {
		f.flaws = append(f.flaws, seawall.ReasonWrongLength)
		return appendReset(dst, id)
	}
	return dst
}

// over notes that a stream's request has ended. The caller holds the mutex.
func (f *H2) over(id uint32, s *stream) {
	if s.ended = true; s.head == nil {
		f.drop(id)
	}
}

// forget drops a stream that its client has reset.
func (f *H2) forget(id uint32) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.drop(id)
}

// drop forgets a stream, if it is known. The caller holds the mutex.
func (f *H2) drop(id uint32) {
	if s := f.streams[id]; s != nil {
		f.waiting -= s.size
		delete(f.streams, id)
	}
}

// violate ends the connection with PROTOCOL_ERROR.
func (f *H2) violate(dst []byte) []byte {
	f.dead = true
	return appendViolation(dst)
}

// Take returns the head of a stream, once; nil when there is none. It may be called by any goroutine.
func (f *H2) Take(id uint32) *Head {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.streams[id]
	if s == nil || s.head == nil {
		return nil
	}
	h := s.head
	f.waiting -= s.size
	if s.head, s.size = nil, 0; s.ended {
		f.drop(id)
	}
	return h
}

// Drain returns the frames that came, and why streams were reset, since it was last called. It is called by whoever calls Feed.
func (f *H2) Drain() (FrameCounts, []seawall.Reason) {
	counts, flaws := f.counts, f.flaws
	f.counts, f.flaws = FrameCounts{}, nil
	return counts, flaws
}

// Pending returns what is unfinished, and the number of the piece that it is part of: field blocks count as one piece, and so do frames
// outside them.
func (f *H2) Pending() (Piece, int) {
	switch {
	case f.have == 0 && !f.block.open:
		return Nothing, f.starts
	case f.have == frameHeadBytes && f.head.kind == frameData:
		return BodyPart, f.starts
	}
	return HeadPart, f.starts
}
