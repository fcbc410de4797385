package std

import (
	"context"
	"net/http"

	"github.com/seawall-project/seawall/internal/engine/wire"
)

// link is the connection that an exchange came by.
type link interface {
	// host returns the guest whose connection it is.
	host() *guest
	// head fetches the head of r, as it was read strictly; nil when there is none any more. It is called once, before anything else.
	head(w http.ResponseWriter, r *http.Request) *wire.Head
	// cutter returns what breaks off an exchange whose client is not there: in HTTP/1 the connection, else the stream. It may be called
	// by any goroutine until the exchange is over.
	cutter(ctl *http.ResponseController) func()
	// breakOff ends a connection that carries one exchange at a time; others do with a reset of the stream.
	breakOff()
	// abort ends such a connection so that the client sees it broken off, not ended.
	abort()
}

type linkKey struct{}

// withLink lets handlers find their link.
func withLink(ctx context.Context, l link) context.Context {
	return context.WithValue(ctx, linkKey{}, l)
}

func linkOf(r *http.Request) link { return r.Context().Value(linkKey{}).(link) }

// cutStream ends a stream by its deadlines.
func cutStream(ctl *http.ResponseController) func() {
	return func() {
		_ = ctl.SetReadDeadline(longAgo) // an error means that the stream is gone, which is what we are after
		_ = ctl.SetWriteDeadline(longAgo)
	}
}
