package std

import "encoding/binary"

// Of HTTP/2 framing (RFC 9113, sections 4.1 and 6), as much as it takes to see what is unfinished.
const (
	frameHeadBytes    = 9
	frameData         = 0x0
	frameHeaders      = 0x1
	frameContinuation = 0x9
	flagEndHeaders    = 0x4
)

// frames follows an HTTP/2 connection after its preface and knows whether it stands in the middle of something. Package net/http has
// no limit of time for that.
type frames struct {
	head   [frameHeadBytes]byte
	have   int    // bytes of head
	left   uint32 // bytes of payload to come
	block  bool   // a field block has begun and not ended
	starts int    // how many pieces have begun: field blocks, and frames outside them
}

// piece is what a connection stands in the middle of.
type piece uint8

const (
	noPiece   piece = iota
	headPiece       // a field block, or any frame whose payload is not a body's
	dataPiece
)

// read takes in the next bytes and returns what is unfinished after them.
func (f *frames) read(p []byte) piece {
	for len(p) > 0 {
		if f.left > 0 {
			n := min(f.left, uint32(len(p)))
			f.left -= n
			p = p[n:]
			f.endPayload()
			continue
		}
		if f.have == 0 && !f.block {
			f.starts++
		}
		n := copy(f.head[f.have:], p)
		f.have += n
		p = p[n:]
		if f.have == frameHeadBytes {
			f.begin()
		}
	}
	return f.unfinished()
}

// begin looks at a frame's head.
func (f *frames) begin() {
	f.left = binary.BigEndian.Uint32(f.head[:4]) >> 8
	switch f.head[3] {
	case frameHeaders, frameContinuation:
		f.block = f.head[4]&flagEndHeaders == 0
	}
	f.endPayload()
}

// endPayload makes room for the next frame once the payload is here.
func (f *frames) endPayload() {
	if f.left == 0 {
		f.have = 0
	}
}

func (f *frames) unfinished() piece {
	switch {
	case f.have == 0 && !f.block:
		return noPiece
	case f.have == frameHeadBytes && f.head[3] == frameData:
		return dataPiece
	}
	return headPiece
}
