package origin

import (
	"container/list"
	"errors"
	"sync"
	"time"
)

// What comes of asking the pool for work, other than the work.
var (
	errFull    = errors.New("queue is full")
	errGone    = errors.New("client has gone")
	errStopped = errors.New("origin has stopped")
)

// pool is a fixed number of workers and a bounded line in front of them, first come, first served. A worker is no goroutine of its
// own: who has a worker does the work. Whoever leaves the line early keeps a place in it until a worker comes to it, as PHP-FPM
// behind nginx has it: the workers cannot see that a client has gone.
type pool struct {
	workers, queue int

	mu   sync.Mutex // guards what follows; never held while waiting
	free int
	line list.List // of *place
	busy time.Duration
}

// place is one place in the line.
type place struct {
	turn chan struct{} // closed when a worker has come
	at   *list.Element
}

func newPool(workers, queue int) *pool {
	return &pool{workers: workers, queue: queue, free: workers}
}

// work waits for a worker and keeps it busy for cost. It returns errFull at once when the line is full, errGone when a worker came
// and gone was closed by then, errStopped as soon as stop is closed. Work once begun goes on to its end whether or not gone closes.
func (p *pool) work(cost time.Duration, gone, stop <-chan struct{}) error {
	pl, err := p.enter()
	if err != nil {
		return err
	}
	select {
	case <-pl.turn:
	case <-stop:
		p.abandon(pl)
		return errStopped
	}
	defer p.leave()
	if closed(gone) {
		return errGone
	}
	return p.spend(cost, stop)
}

func (p *pool) spend(cost time.Duration, stop <-chan struct{}) error {
	begun := time.Now()
	timer := time.NewTimer(cost)
	defer timer.Stop()
	defer func() { p.add(time.Since(begun)) }()
	select {
	case <-timer.C:
		return nil
	case <-stop:
		return errStopped
	}
}

// enter takes a worker or else a place in the line.
func (p *pool) enter() (*place, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	pl := &place{turn: make(chan struct{})}
	switch {
	case p.free > 0:
		p.free--
		close(pl.turn)
	case p.line.Len() >= p.queue:
		return nil, errFull
	default:
		pl.at = p.line.PushBack(pl)
	}
	return pl, nil
}

// leave hands the worker to the first in line.
func (p *pool) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	first := p.line.Front()
	if first == nil {
		p.free++
		return
	}
	close(p.line.Remove(first).(*place).turn)
}

// abandon gives up a place, or the worker that came to it meanwhile.
func (p *pool) abandon(pl *place) {
	p.mu.Lock()
	waiting := !closed(pl.turn)
	if waiting {
		p.line.Remove(pl.at)
	}
	p.mu.Unlock()
	if !waiting {
		p.leave()
	}
}

func (p *pool) add(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy += d
}

func (p *pool) busyTime() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.busy
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
