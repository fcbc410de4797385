package std

import "sync"

// tally counts what is under way, until it is closed. Unlike a sync.WaitGroup it may be entered while somebody waits. The zero
// tally is open and empty.
type tally struct {
	mu     sync.Mutex // guards what follows
	n      int
	closed bool
	empty  chan struct{} // made by close, closed when n comes to 0
}

// enter counts one more; false when the tally is closed and empty: nothing may begin any more.
func (t *tally) enter() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed && t.n == 0 {
		return false
	}
	t.n++
	return true
}

// leave takes back one enter.
func (t *tally) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n--
	if t.n == 0 && t.closed {
		close(t.empty)
	}
}

// close waits until everyone who entered has left. It is called once.
func (t *tally) close() {
	t.mu.Lock()
	t.closed = true
	t.empty = make(chan struct{})
	if t.n == 0 {
		close(t.empty)
	}
	t.mu.Unlock()
	<-t.empty
}
