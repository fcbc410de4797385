package std

import (
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge/gateway"
	"github.com/seawall-project/seawall/internal/engine"
	"github.com/seawall-project/seawall/internal/engine/wire"
)

// What is read of a body that nobody wanted, so that the connection can be kept. Beyond that, closing it is cheaper.
const (
	settleBytes = 16 << 10
	settleTime  = time.Second
	calmTime    = 500 * time.Millisecond // as long as net/http waits before it closes a connection of which a body is unread
)

// body is a request's body within its limits. It may be read until after the exchange by whoever sends it on, who gets an error then.
type body struct {
	ctl    *http.ResponseController
	stall  *stall
	expect bool // the client waits for 100 Continue, which the first read sends
	head   *wire.Head
	req    *http.Request // whose trailers the library of HTTP/3 reads
	ended  atomic.Bool

	turn chan struct{} // capacity 1, full while somebody reads; guards what follows
	from io.Reader
	size int64 // as announced, -1 when it was not
	read int64
	left int64 // bytes that may still come
	over bool  // more came, or was announced
	done bool  // its end was read
}

func newBody(r *http.Request, head *wire.Head, ctl *http.ResponseController, cut func(), limits engine.Limits) *body {
	b := &body{
		ctl:    ctl,
		turn:   make(chan struct{}, 1),
		stall:  newStall(limits.StallTime, limits.MinRate),
		expect: head.Expect,
		head:   head,
		req:    r,
		from:   r.Body,
		size:   head.Size,
		left:   limits.BodyBytes,
		over:   head.Size > limits.BodyBytes,
	}
	b.stall.begin(cut)
	return b
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	b.enter()
	defer b.leave()
	switch {
	case b.ended.Load():
		return 0, http.ErrBodyReadAfterClose
	case b.over:
		return 0, gateway.ErrBodyTooLarge
	case len(p) == 0:
		return 0, nil
	case int64(len(p))-1 > b.left:
		p = p[:b.left+1]
	}
	b.stall.arm()
	n, err := b.from.Read(p)
	b.stall.disarm(n)
	b.read += int64(n)
	b.done = errors.Is(err, io.EOF)
	if flaw, ok := errors.AsType[wire.Error](err); ok {
		err = gateway.BodyError(flaw)
	}
	if int64(n) > b.left {
		n, b.over = int(b.left), true
		err = gateway.ErrBodyTooLarge
	}
	b.left -= int64(n)
	return n, err
}

// Trailers implements gateway.Trailered.
func (b *body) Trailers() seawall.Fields {
	b.enter()
	defer b.leave()
	switch {
	case !b.done:
		return nil
	case b.head.Proto == seawall.HTTP3:
		return wire.TrailersOf(b.req.Trailer)
	}
	return b.head.Trailer()
}

// settle reads the rest of a small body and reports whether the connection stands behind its end, ready for another request. It
// waits at most settleTime. It is for HTTP/1.
func (b *body) settle() bool {
	if !b.try() {
		return false // somebody reads, and would have to be waited for
	}
	defer b.leave()
	if b.done {
		return true
	}
	if b.size < 0 || b.size-b.read > settleBytes || b.expect && b.read == 0 {
		return false
	}
	if b.ctl.SetReadDeadline(time.Now().Add(settleTime)) != nil {
		return false
	}
	if _, err := io.Copy(io.Discard, b.from); err != nil {
		return false
	}
	b.done = true
	return b.ctl.SetReadDeadline(time.Time{}) == nil
}

// calm waits until nobody reads the body, at most for calmTime. A read that net/http breaks off makes it forget that the body is unread: it closes the
// connection at once, and the reset that stops a client which goes on sending can overtake the answer (RFC 9112, section 9.6). It is for HTTP/1.
func (b *body) calm(flush func() error) {
	if b.try() {
		b.leave()
		return
	}
	_ = flush() // an error belongs to a connection that is gone
	wait := time.NewTimer(calmTime)
	defer wait.Stop()
	select {
	case b.turn <- struct{}{}:
		b.leave()
	case <-wait.C:
	}
}

// try takes the turn to read when nobody has it.
func (b *body) try() bool {
	select {
	case b.turn <- struct{}{}:
		return true
	default:
		return false
	}
}

func (b *body) enter() { b.turn <- struct{}{} }
func (b *body) leave() { <-b.turn }

// end makes later reads fail.
func (b *body) end() {
	b.ended.Store(true)
	b.stall.end()
}
