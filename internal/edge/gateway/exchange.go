package gateway

import (
	"io"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge/origin"
)

// Exchange is one request and the way back to whoever sent it. An engine makes it, the gateway answers it, and both forget it.
type Exchange struct {
	Request seawall.Request
	// Body yields the request's body; nil when there is none. Reading past the engine's limit returns an error for which
	// errors.Is(err, ErrBodyTooLarge) holds. A client that expects 100 (Continue) is sent it at the first Read, which comes once
	// admission would let the request in, and not at all when the request is answered without its body (RFC 9110, section
	// 10.1.1). Body may be [Trailered]. A Read may still be waiting for the client when the exchange is over; the engine ends it then.
	Body io.Reader
	// Out takes the answer. It may also be an [InterimWriter], a [TrailerWriter] and an [Upgrader].
	Out ResponseWriter
}

// Trailered is a body that may have fields behind it, in either direction. An engine whose request bodies can have trailers implements it:
// Trailers returns them, as received, once Body has returned io.EOF, and nil before that or when there are none. Those are sent to the
// origin that the request's Trailer field announces and that may stand behind a body at all.
type Trailered = origin.Trailered

// TrailerWriter is a [ResponseWriter] that can send fields behind a body.
type TrailerWriter interface {
	// WriteTrailers sends fields behind the body (RFC 9110, section 6.5). It is called at most once, after the last Write, and only
	// when Head was given -1 for the size. The engine drops them where the protocol or the client cannot take them (HTTP/1.0; RFC
	// 9112, section 7.1.2). fields are fit to be trailers, were not announced in the head, and are not kept.
	WriteTrailers(fields seawall.Fields) error
}

// Upgrader is a [ResponseWriter] of an HTTP/1.1 exchange that can hand its connection over.
type Upgrader interface {
	// Upgrade sends status 101 with fields, among which Upgrade names the protocol, adds Connection, and returns the connection: from
	// then on every byte is the other protocol's, beginning with those that the client sent behind its head. It takes the place of
	// Head, and nothing else of the ResponseWriter is called after it. The connection is used by one reader and one writer at once;
	// Close ends both, is called by the gateway before Serve returns, and may be called twice. What limits the connection in time
	// and size until then, the engine lifts: the gateway has limits of its own.
	Upgrade(status int, fields seawall.Fields) (io.ReadWriteCloser, error)
}

// ResponseWriter takes one response. It is used by one goroutine.
type ResponseWriter interface {
	// Head sends status and fields. size is the length of the body in bytes, -1 when it is not known, and the engine frames
	// the message accordingly (RFC 9112, section 6; RFC 9113, section 8.1); fields hold no Content-Length, no
	// Transfer-Encoding and no connection-specific field. For a HEAD request the size is announced and no body follows. Head
	// is called once and before Write; fields are not kept.
	Head(status int, fields seawall.Fields, size int64) error
	// Write sends body bytes. It may block until the client takes them, at most as long as the engine allows a slow client.
	Write(p []byte) (int, error)
	// Flush hands everything written so far to the network.
	Flush() error
	// Abort ends a response that cannot be completed, in a way that the client cannot mistake for a complete one.
	Abort()
}
