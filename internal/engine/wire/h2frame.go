package wire

import "encoding/binary"

// HTTP/2 framing (RFC 9113, sections 4.1 and 6).
const (
	frameHeadBytes = 9
	maxFrameBytes  = 16 << 10 // what we allow, the least there is (section 4.2)

	frameData         = 0x0
	frameHeaders      = 0x1
	framePriority     = 0x2
	frameReset        = 0x3
	frameSettings     = 0x4
	framePing         = 0x6
	frameWindowUpdate = 0x8
	frameContinuation = 0x9

	flagEndStream  = 0x1
	flagAck        = 0x1
	flagEndHeaders = 0x4
	flagPadded     = 0x8
	flagPriority   = 0x20

	priorityBytes = 5
	settingBytes  = 6
)

// FrameNames are the types of frames as metrics name them, by their number; the last stands for all others.
var FrameNames = [...]string{
	"data", "headers", "priority", "rst_stream", "settings", "push_promise", "ping", "goaway", "window_update", "continuation", "other",
}

// FrameCounts counts frames by the index in [FrameNames].
type FrameCounts [len(FrameNames)]uint64

func (c *FrameCounts) add(kind byte) { c[min(int(kind), len(c)-1)]++ }

// frameHead is the head of one frame.
type frameHead struct {
	raw    [frameHeadBytes]byte
	length uint32
	kind   byte
	flags  byte
	stream uint32
}

func (h *frameHead) parse() {
	h.length = binary.BigEndian.Uint32(h.raw[:4]) >> 8
	h.kind, h.flags = h.raw[3], h.raw[4]
	h.stream = binary.BigEndian.Uint32(h.raw[5:]) &^ (1 << 31)
}

func (h *frameHead) has(flag byte) bool { return h.flags&flag != 0 }

func appendFrameHead(dst []byte, length int, kind, flags byte, stream uint32) []byte {
	dst = append(dst, byte(length>>16), byte(length>>8), byte(length), kind, flags)
	return binary.BigEndian.AppendUint32(dst, stream)
}

// appendReset appends what makes a server reset a stream with PROTOCOL_ERROR: a WINDOW_UPDATE by nothing (RFC 9113, section 6.9).
func appendReset(dst []byte, stream uint32) []byte {
	return append(appendFrameHead(dst, 4, frameWindowUpdate, 0, stream), 0, 0, 0, 0)
}

// appendViolation appends what makes a server end the connection with PROTOCOL_ERROR: the continuation of nothing (section 6.10).
func appendViolation(dst []byte) []byte {
	return appendFrameHead(dst, 0, frameContinuation, flagEndHeaders, 1)
}

// appendUndecodable appends what makes a server end the connection with COMPRESSION_ERROR: a field with the index 0 (RFC 7541,
// section 6.1).
func appendUndecodable(dst []byte, stream uint32) []byte {
	return append(appendFrameHead(dst, 1, frameHeaders, flagEndHeaders|flagEndStream, stream), 0x80)
}
