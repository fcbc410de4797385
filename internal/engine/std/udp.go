package std

import (
	"sync"
	"time"
)

// How UDP is judged: by spans, in which so many handshakes must have begun that they cost something (a thousand take a quarter of a
// second), and most of them must have led to nothing. Browsers then do without for as long as udpRest.
const (
	udpSpan     = 10 * time.Second
	udpAttempts = 1000
	udpRest     = 10 * time.Minute
)

// udp knows whether HTTP/3 is worth its while. A flood of QUIC handshakes costs more than one over TCP, where the kernel sorts out those
// that do not exist, and every browser can do without HTTP/3; so under such a flood it goes off by itself. The zero value is ready.
type udp struct {
	mu       sync.Mutex // guards what follows
	since    time.Time
	attempts int // in this span
	failures int
	until    time.Time // when it comes on again
}

// attempt notes that somebody begins a handshake, and whether there is no room for it.
func (u *udp) attempt(now time.Time, refused bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.turn(now)
	u.attempts++
	if refused {
		u.failures++
	}
}

// failure notes that an attempt came to nothing after all.
func (u *udp) failure(now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.turn(now)
	u.failures++
}

// turn begins a new span when one is over, and judges it first. The caller holds the mutex.
func (u *udp) turn(now time.Time) {
	if now.Sub(u.since) < udpSpan {
		return
	}
	if u.attempts >= udpAttempts && 2*u.failures > u.attempts {
		u.until = now.Add(udpRest)
	}
	u.since, u.attempts, u.failures = now, 0, 0
}

// weak reports whether HTTP/3 is off.
func (u *udp) weak(now time.Time) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.turn(now)
	return now.Before(u.until)
}
