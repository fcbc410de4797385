package cache

import (
	"sync"
	"sync/atomic"
)

// keeper runs the upkeep of the store (recency, eviction) on one goroutine, so that a lookup never pays for it. The store
// submits one task at a time and none is ever lost: what finds no room runs at once, and so does all that comes after close.
type keeper struct {
	tasks  chan func()
	stop   chan struct{}
	done   chan struct{}
	once   sync.Once
	closed atomic.Bool
}

func newKeeper() *keeper {
	k := &keeper{tasks: make(chan func(), 1), stop: make(chan struct{}), done: make(chan struct{})}
	go k.work()
	return k
}

func (k *keeper) work() {
	defer close(k.done)
	for {
		select {
		case task := <-k.tasks:
			task()
		case <-k.stop:
			return
		}
	}
}

// run accepts a task without waiting.
func (k *keeper) run(task func()) {
	if k.closed.Load() {
		task()
		return
	}
	select {
	case k.tasks <- task:
		if k.closed.Load() {
			k.finish()
		}
	default:
		task()
	}
}

func (k *keeper) close() {
	k.once.Do(func() {
		k.closed.Store(true)
		close(k.stop)
	})
	<-k.done
	k.finish()
}

// finish runs a task that was accepted when nobody was left to run it.
func (k *keeper) finish() {
	select {
	case task := <-k.tasks:
		task()
	default:
	}
}
