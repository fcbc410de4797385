package engine

import (
	"cmp"
	"errors"
	"fmt"
	"runtime"
	"time"
)

// Limits bound what strangers can take from an engine. A zero field means its default, given here.
type Limits struct {
	Conns int // open connections, [Room]

	// Handshakes is how many TLS handshakes may compute at once, twice the number of CPUs; HandshakesQueue is how many more
	// may wait for their turn, 256. A connection that has not sent its whole ClientHello, or whose answer is awaited, takes
	// no place: slow clients are the business of Conns and HandshakeTime, and never keep others from a handshake.
	Handshakes      int
	HandshakesQueue int
	HandshakeTime   time.Duration // from accept to the end of the handshake, a PROXY header included, 5 s

	HelloBytes int // read from a client before its ClientHello is whole, 16 KiB

	HeadBytes int // one request's head, 32 KiB
	Fields    int // field lines of a head, 100
	// HeadTime is from the first byte of a head to its end, 5 s; for the first head on a connection, from the moment that
	// the connection is ready to carry it.
	HeadTime  time.Duration
	IdleTime  time.Duration // without a request under way, 60 s
	BodyBytes int64         // one request's body, 16 MiB
	StallTime time.Duration // without progress of a body in either direction, 20 s; progress is at most 16 KiB
	// MinRate is how many bytes a second of a body a client has to send, or take, once it has made us wait for StallTime, 512.
	MinRate   int64
	Streams   int           // concurrent HTTP/2 streams on a connection, 64
	Exchanges int           // exchanges under way on all connections together, 4096
	Drain     time.Duration // for exchanges under way when the engine stops, 10 s
}

// Resolve returns the limits with defaults in the place of zeros. A negative field is an error; all are reported.
func (l Limits) Resolve() (Limits, error) {
	var errs []error
	count := func(name string, v *int, otherwise int) {
		*v = cmp.Or(*v, otherwise)
		if *v < 0 {
			errs = append(errs, fmt.Errorf("limit %s is %d", name, *v))
		}
	}
	span := func(name string, v *time.Duration, otherwise time.Duration) {
		*v = cmp.Or(*v, otherwise)
		if *v < 0 {
			errs = append(errs, fmt.Errorf("limit %s is %v", name, *v))
		}
	}
	count("Conns", &l.Conns, Room())
	count("Handshakes", &l.Handshakes, 2*runtime.NumCPU())
	count("HandshakesQueue", &l.HandshakesQueue, 256)
	span("HandshakeTime", &l.HandshakeTime, 5*time.Second)
	count("HelloBytes", &l.HelloBytes, 16<<10)
	count("HeadBytes", &l.HeadBytes, 32<<10)
	count("Fields", &l.Fields, 100)
	span("HeadTime", &l.HeadTime, 5*time.Second)
	span("IdleTime", &l.IdleTime, time.Minute)
	size := func(name string, v *int64, otherwise int64) {
		*v = cmp.Or(*v, otherwise)
		if *v < 0 {
			errs = append(errs, fmt.Errorf("limit %s is %d", name, *v))
		}
	}
	size("BodyBytes", &l.BodyBytes, 16<<20)
	size("MinRate", &l.MinRate, 512)
	span("StallTime", &l.StallTime, 20*time.Second)
	count("Streams", &l.Streams, 64)
	count("Exchanges", &l.Exchanges, 4096)
	span("Drain", &l.Drain, 10*time.Second)
	return l, errors.Join(errs...)
}

// Stats are an engine's gauges, each beside its limit, and its totals since it was made.
type Stats struct {
	Conns, ConnsLimit int
	// Handshakes are running or waiting for their turn. Those that were let in once are not turned away half-way, so the
	// gauge may pass its limit for a moment.
	Handshakes, HandshakesLimit int
	Exchanges, ExchangesLimit   int
	Addresses, Networks         int // that have a connection open and greeted, at most ConnsLimit; see [seawall.Client.Prefix]

	QUICConns      int  // of Conns, those of HTTP/3
	QUICHandshakes int  // of HTTP/3, at most HandshakesLimit beside Handshakes
	HTTP3          bool // whether HTTP/3 is served and not off by itself

	Frames    []uint64 // of HTTP/2 that came, by type, see FrameNames of package wire
	Unproxied uint64   // connections from [Trust] that were closed for a PROXY header that is not one
	Evicted   uint64   // idle connections that made way for others
	Breaches  uint64   // breaches of protocol that the engine dealt with by itself, where other servers write a log line
	Panics    uint64   // panics of the Handler
}
