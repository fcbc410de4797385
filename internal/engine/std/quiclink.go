package std

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/engine/wire"
)

// quicLink is a connection of HTTP/3, from the first packet that is let in.
type quicLink struct {
	guest
	serving *serving3
	conn    atomic.Pointer[quic.Conn] // nil until the handshake is done
	once    sync.Once
}

// admit counts the connection and asks whether it may come in.
func (l *quicLink) admit(verified bool) bool {
	room := l.arrive()
	l.hello.Handshakes = int(l.engine.quicHandshakes.Add(1))
	if verified {
		l.engine.crowd.begin(&l.guest) // it cannot make way before it is there
		l.settle()
	}
	switch {
	case !l.greet():
	case !room:
		l.lost(seawall.ReasonConnections)
	case l.hello.Handshakes > l.hello.HandLimit:
		l.lost(seawall.ReasonHandshakes)
	default:
		return true
	}
	l.once.Do(l.handshaken)
	l.leave()
	return false
}

// handshaken is called once, when the handshake is over.
func (l *quicLink) handshaken() { l.engine.quicHandshakes.Add(-1) }

// take takes over the connection whose handshake is done.
func (l *quicLink) take(c *quic.Conn) *quicLink {
	l.conn.Store(c)
	l.once.Do(l.handshaken)
	if l.hello.Address == 0 {
		l.settle()
	} else {
		l.engine.crowd.end(&l.guest)
	}
	return l
}

// over is called once, when the connection has ended or its handshake has failed.
func (l *quicLink) over() {
	l.once.Do(l.handshaken)
	if l.conn.Load() == nil {
		l.engine.udp.failure(l.engine.now())
		l.lost(seawall.ReasonHandshake)
	}
	l.leave()
	l.serving.calls.Done()
}

// end closes the connection.
func (l *quicLink) end() {
	if c := l.conn.Load(); c != nil {
		_ = c.CloseWithError(quic.ApplicationErrorCode(http3.ErrCodeExcessiveLoad), "")
	}
}

// host implements link.
func (l *quicLink) host() *guest { return &l.guest }

// head implements link. The time for the head ends here.
func (l *quicLink) head(w http.ResponseWriter, r *http.Request) *wire.Head {
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{}) // it fails when the stream is gone
	return wire.HeadOf(r, l.engine.wire)
}

// cutter implements link.
func (l *quicLink) cutter(ctl *http.ResponseController) func() { return cutStream(ctl) }

// breakOff implements link.
func (l *quicLink) breakOff() {}

// abort implements link.
func (l *quicLink) abort() {}
