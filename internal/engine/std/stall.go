package std

import (
	"net/http"
	"sync"
	"time"
)

// longAgo is a deadline that has passed.
var longAgo = time.Unix(1, 0)

// stall ends an exchange that has made no progress for too long in one direction. It is armed around each read or write, and
// nobody hears of it unless time is really up. A stall is reused: begin, any number of arm and disarm, end.
type stall struct {
	limit time.Duration

	mu    sync.Mutex // guards what follows
	timer *time.Timer
	cut   func()    // nil between end and begin
	until time.Time // zero when not armed
}

func newStall(limit time.Duration) *stall { return &stall{limit: limit} }

// cutter returns what breaks off an exchange whose client is not there: in HTTP/1 the connection, in HTTP/2 the stream.
func cutter(c *carried, ctl *http.ResponseController, major int) func() {
	if major == 1 {
		return func() { _ = c.under.Close() } // not c itself: TLS would wait to say goodbye
	}
	return func() {
		_ = ctl.SetReadDeadline(longAgo) // an error means that the stream is gone, which is what we are after
		_ = ctl.SetWriteDeadline(longAgo)
	}
}

func (s *stall) begin(cut func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut = cut
}

// arm starts the clock for one read or write.
func (s *stall) arm() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.until = time.Now().Add(s.limit)
	if s.timer == nil {
		s.timer = time.AfterFunc(s.limit, s.fire)
	} else {
		s.timer.Reset(s.limit)
	}
}

// disarm stops the clock.
func (s *stall) disarm() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.until = time.Time{}
	s.timer.Stop()
}

// end must come before net/http gets its ResponseWriter back.
func (s *stall) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut, s.until = nil, time.Time{}
}

func (s *stall) fire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cut != nil && !s.until.IsZero() && !time.Now().Before(s.until) { // else it fired as it was stopped
		s.cut()
	}
}
