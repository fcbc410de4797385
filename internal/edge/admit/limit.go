package admit

import (
	"math"
	"time"
)

// limit finds how many requests the origin can work on at once. It compares what requests took with what they are expected to cost:
// a ratio near 1 means that nothing queues inside the origin, and the limit may grow; a larger one means that more is in flight than
// the origin works on, and the limit shrinks by that ratio. Summing before dividing keeps one cheap page that stood behind a search
// from counting as a catastrophe.
type limit struct {
	now, min, max float64

	took, cost float64 // sums over the window, in nanoseconds
	samples    int
	used       bool // whether the limit was ever half used in the window
	lastBack   time.Time
}

const (
	limitTolerance = 1.5 // how much slower than expected still counts as well
	limitSmoothing = 0.3
	limitBackOff   = 0.85
	backOffEvery   = 100 * time.Millisecond
)

func newLimit(start, low, high int) limit {
	return limit{now: float64(start), min: float64(low), max: float64(high)}
}

func (l *limit) value() int { return int(l.now) }

// observe takes one answer: how long it took, what was expected, and whether the limit was at least half used.
func (l *limit) observe(took, cost time.Duration, used bool) {
	l.took += float64(took)
	l.cost += float64(cost)
	l.samples++
	l.used = l.used || used
	if l.samples >= max(8, int(l.now)/2) {
		l.update()
	}
}

func (l *limit) update() {
	ratio := l.took / max(l.cost, 1)
	if l.used {
		gradient := min(1, max(0.5, limitTolerance/max(ratio, 1)))
		target := l.now*gradient + math.Sqrt(l.now)/2
		l.set(l.now + limitSmoothing*(target-l.now))
	}
	l.took, l.cost, l.samples, l.used = 0, 0, 0, false
}

// backOff shrinks the limit because the origin says it has too much to do, at most once in backOffEvery.
func (l *limit) backOff(now time.Time) {
	if now.Sub(l.lastBack) < backOffEvery {
		return
	}
	l.lastBack = now
	l.set(l.now * limitBackOff)
}

func (l *limit) set(v float64) { l.now = min(l.max, max(l.min, v)) }
