package std

import (
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/engine/wire"
)

// carried is a connection as net/http gets it: plain bytes, read strictly by package wire beforehand, and no method that tells of TLS.
//
// It reads for one goroutine at a time. Deadlines of reading are net/http's or our own, whichever ends first: ours are on heads, and in
// HTTP/2 on every piece that has begun.
type carried struct {
	net.Conn // the conn, or TLS above it
	under    *conn
	guard    preface

	h1     *wire.H1 // nil until the version is known, and in HTTP/2
	h2     *wire.H2 // nil until the version is known, and in HTTP/1
	held   []byte   // what came before the version was known
	out    *[]byte  // from outPool, what was read strictly and not fetched yet; nil when there is nothing
	taken  int      // bytes of out that were fetched
	broken error    // why nothing more can be read, once out is fetched

	timed int // the piece that has a deadline, by its number; 0 when none has

	mu     sync.Mutex // guards what follows
	theirs time.Time  // net/http's deadline
	ours   time.Time
}

// scratchBytes is how much is read at once where the reader asks for less.
const scratchBytes = 4 << 10

var (
	outPool     = sync.Pool{New: func() any { b := make([]byte, 0, scratchBytes); return &b }}
	scratchPool = sync.Pool{New: func() any { return new([scratchBytes]byte) }}
)

// Read implements net.Conn.
func (c *carried) Read(p []byte) (int, error) {
	for c.out == nil {
		if c.broken != nil {
			return 0, c.broken
		}
		if err := c.fill(p); err != nil && c.out == nil && c.broken == nil {
			return 0, err
		}
	}
	n := copy(p, (*c.out)[c.taken:])
	if c.taken += n; c.taken == len(*c.out) {
		c.release()
	}
	return n, nil
}

func (c *carried) release() {
	if cap(*c.out) <= 4*scratchBytes {
		*c.out = (*c.out)[:0]
		outPool.Put(c.out)
	}
	c.out, c.taken = nil, 0
}

// fill reads once and takes in what came. The reader's own buffer serves to read into, so that a connection that waits holds none; it
// makes way for a larger one where more is known to be coming.
func (c *carried) fill(p []byte) error {
	if len(p) >= scratchBytes/8 || len(p) == 1 && !c.within() {
		n, err := c.Conn.Read(p)
		c.take(p[:n])
		return err
	}
	scratch := scratchPool.Get().(*[scratchBytes]byte)
	defer scratchPool.Put(scratch)
	n, err := c.Conn.Read(scratch[:])
	c.take(scratch[:n])
	return err
}

// within reports whether something has begun to come.
func (c *carried) within() bool {
	return len(c.held) > 0 || c.h1 != nil && c.h1.Pending() != wire.Nothing
}

// take takes in what was read.
func (c *carried) take(p []byte) {
	if len(p) == 0 || c.broken != nil {
		return
	}
	if !c.under.spoke.Load() {
		c.under.spoke.Store(true)
	}
	out := outPool.Get().(*[]byte)
	var err error
	switch {
	case c.h1 == nil && c.h2 == nil:
		*out, err = c.begin(*out, p)
	default:
		*out, err = c.feed(*out, p)
	}
	c.broken = err
	if c.out = out; len(*out) == 0 {
		c.release()
	}
	c.pace()
}

// begin finds out which version is spoken.
func (c *carried) begin(out, p []byte) ([]byte, error) {
	after, ok := c.guard.pass(p)
	switch {
	case !ok:
		c.under.lost(seawall.ReasonBadRequest)
		_ = c.under.Close()
		return out, io.EOF
	case !c.guard.decided:
		c.held = append(c.held, p...)
		return out, nil
	case c.guard.http2:
		c.held = nil
		c.h2 = wire.NewH2(c.under.engine.wire)
		return c.feed(append(out, h2Preface...), after)
	}
	p = append(c.held, p...)
	c.held = nil
	c.h1 = wire.NewH1(c.under.engine.wire)
	return c.feed(out, p)
}

// feed reads strictly.
func (c *carried) feed(out, p []byte) ([]byte, error) {
	if c.h1 != nil {
		return c.h1.Feed(out, p)
	}
	out, err := c.h2.Feed(out, p, time.Now())
	counts, flaws := c.h2.Drain()
	c.under.engine.count(&counts)
	for _, why := range flaws {
		c.under.lost(why)
	}
	if err != nil {
		c.under.lost(seawall.ReasonFrames)
		_ = c.under.Close()
	}
	return out, err
}

// pace gives every piece that does not come at once a time to come: for heads Limits.HeadTime, for frames of bodies StallTime. The
// time of an HTTP/1 body is its reader's business.
func (c *carried) pace() {
	limits := &c.under.engine.limits
	piece, number := wire.Nothing, 1
	switch {
	case c.h1 != nil:
		piece = c.h1.Pending()
	case c.h2 != nil:
		piece, number = c.h2.Pending()
	}
	switch {
	case piece == wire.Nothing && c.timed == 0, piece != wire.Nothing && c.timed == number:
	case piece == wire.Nothing:
		c.timed = 0
		c.setOurs(time.Time{})
	case piece == wire.HeadPart:
		c.timed = number
		c.setOurs(time.Now().Add(limits.HeadTime))
	default:
		c.timed = number
		c.setOurs(time.Now().Add(limits.StallTime))
	}
}

// SetReadDeadline implements net.Conn for net/http.
func (c *carried) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.theirs = t
	return c.applyDeadline()
}

// SetDeadline implements net.Conn for net/http.
func (c *carried) SetDeadline(t time.Time) error {
	if err := c.Conn.SetWriteDeadline(t); err != nil {
		return err
	}
	return c.SetReadDeadline(t)
}

func (c *carried) setOurs(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ours = t
	_ = c.applyDeadline() // it fails when the connection is gone
}

// applyDeadline sets the earlier of both. The caller holds the mutex.
func (c *carried) applyDeadline() error {
	t := c.theirs
	if t.IsZero() || !c.ours.IsZero() && c.ours.Before(t) {
		t = c.ours
	}
	return c.under.Conn.SetReadDeadline(t)
}

// CloseWrite ends our half of the connection, where the network can.
func (c *carried) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// host implements link.
func (c *carried) host() *guest { return &c.under.guest }

// head implements link.
func (c *carried) head(_ http.ResponseWriter, r *http.Request) *wire.Head {
	if c.h1 != nil {
		return c.h1.Next()
	}
	id, err := strconv.ParseUint(r.Header.Get(wire.HeadField), 10, 32)
	if err != nil {
		return nil
	}
	return c.h2.Take(uint32(id))
}

// cutter implements link.
func (c *carried) cutter(ctl *http.ResponseController) func() {
	if c.h1 != nil {
		return c.breakOff
	}
	return cutStream(ctl)
}

// breakOff implements link.
func (c *carried) breakOff() {
	if c.h1 != nil {
		_ = c.under.Close() // not c itself: TLS would wait to say goodbye
	}
}

// abort implements link.
func (c *carried) abort() { c.under.abort() }
