package gateway

import (
	"net/netip"
	"sync"
)

// shares divides something there is only so much of between networks: each may hold at most half of what the others leave. So a
// large network of readers gets much while there is room, and no network, however greedy, ever takes the last of it.
type shares struct {
	limit int64

	mu   sync.Mutex // guards what follows
	used int64
	held map[netip.Prefix]int64 // of networks that hold something
}

func newShares(limit int64) *shares {
	return &shares{limit: limit, held: make(map[netip.Prefix]int64)}
}

// take takes n for a network, or nothing and returns false.
func (s *shares) take(network netip.Prefix, n int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	held := s.held[network]
	if held+n > (s.limit-(s.used-held))/2 {
		return false
	}
	s.held[network] = held + n
	s.used += n
	return true
}

// give gives n back.
func (s *shares) give(network netip.Prefix, n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used -= n
	if s.held[network] -= n; s.held[network] <= 0 {
		delete(s.held, network)
	}
}

// inUse returns how much is taken.
func (s *shares) inUse() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.used
}
