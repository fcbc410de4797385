package drill

import (
	"sync"
	"time"
)

// lateness counts how far behind its own schedule the generator was, in whole milliseconds up to a limit, for everything it sent. It
// is safe for concurrent use.
type lateness struct {
	mu     sync.Mutex // guards what follows
	counts [lateMax + 1]int
	n      int
}

const lateMax = 10_000 // milliseconds; later counts as this late

func (l *lateness) add(d time.Duration) {
	ms := min(lateMax, max(0, int(d/time.Millisecond)))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts[ms]++
	l.n++
}

// p99 returns the lateness in milliseconds that 99 of 100 sends did not exceed; 0 when there were none.
func (l *lateness) p99() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	rest := l.n / 100
	for ms := lateMax; ms > 0; ms-- {
		if rest -= l.counts[ms]; rest < 0 {
			return ms
		}
	}
	return 0
}
