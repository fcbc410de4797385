package admit

import (
	"math"
	"slices"
	"time"
)

// limit finds how many requests the origin can work on at once. It compares what requests took with what they are expected to cost:
// a ratio near 1 means that nothing queues inside the origin, and the limit may grow; a larger one means that more is in flight than
// the origin works on, and the limit shrinks by that ratio.
//
// The median of a window's ratios is what counts. A mean would let a healthy page that is slow one time in ten look like an origin in
// distress, because expectations lean to the quick answers while the origin is crowded; one cheap page that stood behind a search would
// count as a catastrophe.
type limit struct {
	now, min, max float64

	ratios  []float64 // of the window
	refused int       // answers in the window that say the origin has too much to do
	used    bool      // whether the limit was ever half used in the window
	crowd   float64   // the last full window's median ratio, at least 1
}

const (
	limitTolerance = 1.5 // how much slower than expected still counts as well
	limitSmoothing = 0.3
	limitBackOff   = 0.85
	limitRefused   = 0.25 // share of a window's answers from which the origin is believed to have too much to do
	windowMin      = 8
	windowMax      = 128
)

func newLimit(start, low, high int) limit {
	return limit{now: float64(start), min: float64(low), max: float64(high), crowd: 1, ratios: make([]float64, 0, windowMax)}
}

func (l *limit) value() int { return int(l.now) }

// observe takes one answer: how long it took, what was expected, and whether the limit was at least half used.
func (l *limit) observe(took, cost time.Duration, used bool) {
	l.ratios = append(l.ratios, float64(took)/max(float64(cost), 1))
	l.used = l.used || used
	l.window()
}

// refuse takes an answer that says the origin has too much to do. A few of them, such as from one broken page, change nothing.
func (l *limit) refuse() {
	l.refused++
	l.window()
}

// window ends the window when it is full.
func (l *limit) window() {
	n := len(l.ratios) + l.refused
	if n < min(windowMax, max(windowMin, int(l.now)/2)) {
		return
	}
	if len(l.ratios) > 0 {
		slices.Sort(l.ratios)
		l.crowd = max(1, l.ratios[len(l.ratios)/2])
	}
	switch {
	case float64(l.refused) > limitRefused*float64(n):
		l.set(l.now * limitBackOff)
	case l.used:
		target := l.now*min(1, max(0.5, limitTolerance/l.crowd)) + math.Sqrt(l.now)/2
		l.set(l.now + limitSmoothing*(target-l.now))
	}
	l.ratios, l.refused, l.used = l.ratios[:0], 0, false
}

func (l *limit) set(v float64) { l.now = min(l.max, max(l.min, v)) }
