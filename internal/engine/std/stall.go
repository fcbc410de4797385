package std

import (
	"sync"
	"time"
)

// longAgo is a deadline that has passed.
var longAgo = time.Unix(1, 0)

// stall ends an exchange that has made no progress for too long in one direction, or too little all in all: a body may take limit, and
// as long again as its bytes take at the least rate. Only the time spent waiting for the client counts. It is armed around each read or
// write, and nobody hears of it unless time is really up. A stall is reused: begin, any number of arm and disarm, end.
type stall struct {
	limit time.Duration
	rate  int64 // bytes a second

	mu    sync.Mutex // guards what follows
	timer *time.Timer
	cut   func()    // nil between end and begin
	armed time.Time // zero when not armed
	until time.Time
	spent time.Duration // waiting, so far
	moved int64         // bytes
}

func newStall(limit time.Duration, rate int64) *stall { return &stall{limit: limit, rate: rate} }

func (s *stall) begin(cut func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut, s.spent, s.moved = cut, 0, 0
}

// patience returns how long the next wait may be. The caller holds the mutex.
func (s *stall) patience() time.Duration {
	earned := time.Duration(float64(s.moved) / float64(s.rate) * float64(time.Second))
	return min(s.limit, s.limit+earned-s.spent)
}

// arm starts the clock for one read or write.
func (s *stall) arm() {
	s.mu.Lock()
	defer s.mu.Unlock()
	wait := s.patience()
	s.armed = time.Now()
	s.until = s.armed.Add(wait)
	if s.timer == nil {
		s.timer = time.AfterFunc(wait, s.fire)
	} else {
		s.timer.Reset(wait)
	}
}

// disarm stops the clock after n bytes.
func (s *stall) disarm(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spent += time.Since(s.armed)
	s.moved += int64(n)
	s.armed = time.Time{}
	s.timer.Stop()
}

// end must come before net/http gets its ResponseWriter back.
func (s *stall) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut, s.armed = nil, time.Time{}
}

func (s *stall) fire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cut != nil && !s.armed.IsZero() && !time.Now().Before(s.until) { // else it fired as it was stopped
		s.cut()
	}
}
