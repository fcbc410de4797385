// Package wire reads what clients send before package net/http does, strictly, so that no two parsers can read one message in two ways.
//
// [H1] and [H2] are filters: they are fed the bytes of one connection, after decryption, and append to what may be read on. Every
// head is taken apart here, after RFC 9112 and RFC 9113, kept whole as a [Head] with its fields in the order they came in, and written
// again in one short canonical form that says no more than what a server needs in order to frame the message. Bodies are followed to
// their end, so that the next head begins where we say and nowhere else. What is refused is handed on as a head with a [Head.Flaw], in
// its place among the others, to be answered as any request is and counted.
//
// The filters hold at most one head of [Limits.HeadBytes], keep no clock of their own and do no I/O. They are used by one goroutine,
// but for the places where heads are fetched, which say so.
package wire

import "github.com/seawall-project/seawall"

// Limits bound one head and the body that follows. The zero value of a field is its default.
type Limits struct {
	HeadBytes int // of a head, or of a trailer section, 32 KiB
	Fields    int // field lines of a head, 100
	Streams   int // concurrent HTTP/2 streams that the server allows, 64
}

// Defaults for the zero fields of [Limits].
const (
	DefaultHeadBytes = 32 << 10
	DefaultFields    = 100
	DefaultStreams   = 64
)

func (l Limits) resolve() Limits {
	if l.HeadBytes == 0 {
		l.HeadBytes = DefaultHeadBytes
	}
	if l.Fields == 0 {
		l.Fields = DefaultFields
	}
	if l.Streams == 0 {
		l.Streams = DefaultStreams
	}
	return l
}

// Error is why what a client sent cannot be read any further. The connection is of no more use.
type Error seawall.Reason

// Error returns the reason's code.
func (e Error) Error() string { return "malformed message: " + seawall.Reason(e).String() }

// Piece is what a connection stands in the middle of.
type Piece uint8

// The pieces.
const (
	Nothing  Piece = iota
	HeadPart       // a head, a trailer section, or any frame of HTTP/2 that carries no body
	BodyPart       // a frame of a body, in HTTP/2
)
