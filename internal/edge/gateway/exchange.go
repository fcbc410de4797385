package gateway

import (
	"io"

	"github.com/seawall-project/seawall"
)

// Exchange is one request and the way back to whoever sent it. An engine makes it, the gateway answers it, and both forget it.
type Exchange struct {
	Request seawall.Request
	// Body yields the request's body; nil when there is none. Reading past the engine's limit returns an error for which
	// errors.Is(err, ErrBodyTooLarge) holds.
	Body io.Reader
	Out  ResponseWriter
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
