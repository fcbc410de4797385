// Package engine says what an engine must do: turn bytes into requests and answers into bytes, and no more. What to answer is the
// [Handler]'s business. The suite in engine/enginetest proves it of every engine.
//
// An engine keeps strangers cheap. Everything they can grow has a limit and a gauge in [Stats]: connections, handshakes, the size
// of a head, the time it may take, the size of a body, streams on one connection, exchanges on all of them. How many connections each
// address and each network has open is counted for the Handler, who says how many are too many. When no room is left for a new
// connection, the one that has been idle for longest among those of the largest network makes way.
package engine

import (
	"context"
	"net"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
	"github.com/seawall-project/seawall/internal/edge/gateway"
)

// Handler answers for an engine. All methods may be called from many goroutines at once.
type Handler interface {
	// Greet is asked about every new connection, once its true source is known and before a handshake is paid for. Any kind
	// but Forward means: close it at once. It does not block. A connection beyond [Limits.Conns] for which no other made way is
	// greeted before its PROXY header is read, so its source may be the proxy, and is closed whatever the answer.
	Greet(now time.Time, h *edge.Hello) edge.Action
	// Lost is told of every connection that Greet let in and that ended before it could carry a request, with
	// [seawall.ReasonConnections] or [seawall.ReasonHandshakes] when there was no room for it, [seawall.ReasonUnknownHost] when
	// there is no certificate for the name it asked for, [seawall.ReasonHandshake] when the handshake failed for another cause
	// or took too long, and [seawall.ReasonBadRequest] when what it spoke was not the HTTP version that its handshake had
	// agreed on. It is told of every exchange beyond [Limits.Exchanges] as well, with ReasonConnections:
	// Serve never sees it, and its connection (in HTTP/2, its stream) is broken off without an answer. It does not block.
	Lost(now time.Time, h *edge.Hello, why seawall.Reason)
	// Serve answers one exchange and returns when it is over. ctx ends when the client has gone or the engine is stopped
	// for good. Returning with a response that is not complete, or without one, is the same as Abort; so is a panic, which
	// is counted in [Stats].
	Serve(ctx context.Context, x *gateway.Exchange)
}

// Engine serves connections from listeners.
type Engine interface {
	// Serve accepts connections from ln until ctx ends, then stops accepting, lets exchanges under way finish for at most
	// [Limits.Drain], cuts off what is left, and returns after the last goroutine it started has ended. It returns nil
	// when ctx ended, else why accepting failed. It closes ln. It may be called for several listeners at once.
	Serve(ctx context.Context, ln net.Listener, tls bool) error
	// Stats returns the present gauges.
	Stats() Stats
}

// QUICServer is an Engine that also speaks HTTP/3 (RFC 9114).
type QUICServer interface {
	Engine
	// ServeQUIC is Serve for a UDP socket, which it closes. Connections, exchanges and handshakes count toward the same limits, handshakes by
	// themselves. When a quarter of the handshakes that there may be are under way, clients have to show that their address is
	// theirs (RFC 9000, section 8.1.2). When most attempts come to nothing, HTTP/3 goes off for some minutes: connections are
	// refused. Answers over TLS tell clients by Alt-Svc (RFC 7838) that HTTP/3 is there, or not any more.
	ServeQUIC(ctx context.Context, conn net.PacketConn) error
}
