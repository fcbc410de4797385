package wire

import (
	"bytes"
	"sync"

	"github.com/seawall-project/seawall"
)

// H1 is the filter of an HTTP/1 connection. It is made by [NewH1].
type H1 struct {
	limits Limits
	state  h1State
	buf    []byte // of the head, chunk line or trailer section that is coming in
	line   int    // where its last line begins
	blank  int    // empty lines before the head
	left   int64  // bytes of the body, or of its chunk, to come
	last   *Head  // whose body is coming

	mu    sync.Mutex // guards what follows
	heads []*Head    // handed on and not fetched
}

type h1State uint8

const (
	h1Head h1State = iota
	h1Body
	h1ChunkLine
	h1Chunk
	h1ChunkEnd
	h1Trailer
	h1Dead   // whatever comes is passed over
	h1Held   // whatever comes is kept, until it is known what it is
	h1Tunnel // whatever comes is passed on
)

// NewH1 returns a filter for a connection that has said nothing yet.
func NewH1(l Limits) *H1 { return &H1{limits: l.resolve()} }

// Feed takes in the next bytes and appends to dst what may be read on. After an error, which is an [Error], it must not be called again;
// what was appended before may still be read.
func (f *H1) Feed(dst, p []byte) ([]byte, error) {
	for len(p) > 0 {
		var why seawall.Reason
		if dst, p, why = f.step(dst, p); why != seawall.ReasonNone {
			return dst, Error(why)
		}
	}
	return dst, nil
}

// step goes on by one line or one run of bytes.
func (f *H1) step(dst, p []byte) (_, rest []byte, why seawall.Reason) {
	switch f.state {
	case h1Head:
		return f.readHead(dst, p)
	case h1Body:
		n := min(int64(len(p)), f.left)
		if f.left -= n; f.left == 0 {
			f.endBody()
		}
		return append(dst, p[:n]...), p[n:], seawall.ReasonNone
	case h1Tunnel:
		return append(dst, p...), nil, seawall.ReasonNone
	case h1Dead:
		return dst, nil, seawall.ReasonNone
	case h1Held:
		if len(f.buf)+len(p) > f.limits.HeadBytes {
			return dst, nil, seawall.ReasonBadRequest
		}
		f.buf = append(f.buf, p...)
		return dst, nil, seawall.ReasonNone
	default:
		return f.readChunked(dst, p)
	}
}

// Next returns the next head that was handed on, in order; nil when there is none. It may be called while Feed is.
func (f *H1) Next() *Head {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.heads) == 0 {
		return nil
	}
	h := f.heads[0]
	f.heads[0] = nil
	f.heads = f.heads[1:]
	return h
}

// Pending returns HeadPart while a head, a chunk's line or a trailer section has begun and not ended.
func (f *H1) Pending() Piece {
	if f.state == h1Held {
		return Nothing
	}
	if len(f.buf) > 0 || f.blank > 0 && f.state == h1Head || f.state == h1Trailer {
		return HeadPart
	}
	return Nothing
}

// Tunnel makes the filter pass on whatever comes, and returns what came since the last head, which had Switch set. It is called between
// two calls of Feed.
func (f *H1) Tunnel() []byte {
	held := f.buf
	f.state, f.buf = h1Tunnel, nil
	return held
}

// maxBlankLines is how many empty lines may come before a head (RFC 9112, section 2.2).
const maxBlankLines = 2

// readHead collects a head up to its empty line.
func (f *H1) readHead(dst, p []byte) (_, rest []byte, why seawall.Reason) {
	if len(f.buf) == 0 && class[p[0]]&tokenChar == 0 && p[0] != '\r' && p[0] != '\n' {
		return f.refuse(dst, seawall.ReasonBadRequest)
	}
	rest, end, why := f.collect(p)
	switch {
	case why != seawall.ReasonNone:
		return f.refuse(dst, why)
	case !end:
		return dst, rest, seawall.ReasonNone
	case len(f.buf) == len("\r\n"):
		f.reset()
		if f.blank++; f.blank > maxBlankLines {
			return f.refuse(dst, seawall.ReasonBadRequest)
		}
		return dst, rest, seawall.ReasonNone
	}
	h := f.limits.parseHead(string(f.buf))
	f.reset()
	f.blank = 0
	return f.handOn(dst, h), rest, seawall.ReasonNone
}

// collect moves bytes from p to buf until an empty line has ended.
func (f *H1) collect(p []byte) (rest []byte, end bool, why seawall.Reason) {
	for len(p) > 0 {
		i := bytes.IndexByte(p, '\n')
		n := i + 1
		if i < 0 {
			n = len(p)
		}
		if len(f.buf)+n > f.limits.HeadBytes {
			return nil, false, seawall.ReasonHeadTooLarge
		}
		f.buf = append(f.buf, p[:n]...)
		p = p[n:]
		if i < 0 {
			return p, false, seawall.ReasonNone
		}
		length := len(f.buf) - f.line
		if length < 2 || f.buf[len(f.buf)-2] != '\r' {
			return p, false, seawall.ReasonBareNewline
		}
		f.line = len(f.buf)
		if length == len("\r\n") {
			return p, true, seawall.ReasonNone
		}
	}
	return p, false, seawall.ReasonNone
}

func (f *H1) reset() {
	f.line = 0
	if f.buf = f.buf[:0]; cap(f.buf) > keptBytes {
		f.buf = nil // an idle connection holds little
	}
}

// keptBytes is how large a buffer a connection keeps between heads.
const keptBytes = 512

// refuse hands on a head that could not be read to its end.
func (f *H1) refuse(dst []byte, why seawall.Reason) (_, rest []byte, _ seawall.Reason) {
	f.buf = nil
	return f.handOn(dst, &Head{Proto: seawall.HTTP11, Flaw: why}), nil, seawall.ReasonNone
}

// handOn writes the canonical form of h and makes ready for what follows it.
func (f *H1) handOn(dst []byte, h *Head) []byte {
	switch {
	case h.Flaw != seawall.ReasonNone:
		f.state = h1Dead
	case h.Size < 0:
		h.trailer = &trailer{}
		f.state, f.last = h1ChunkLine, h
	case h.Size > 0:
		f.state, f.left, f.last = h1Body, h.Size, h
	case h.Switch:
		f.state = h1Held
	case h.Close:
		f.state = h1Dead
	}
	f.mu.Lock()
	f.heads = append(f.heads, h)
	f.mu.Unlock()
	return h.appendCanonical(dst)
}

func (f *H1) endBody() {
	f.state = h1Head
	if f.last.Close {
		f.state = h1Dead
	}
	f.last = nil
}
