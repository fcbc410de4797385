package wire

import "time"

// What a connection may spend in budgetTime on frames that ask for nothing: a browser needs a handful, and one that leaves a page resets
// at most all streams of it.
const (
	budgetTime    = 10 * time.Second
	controlFrames = 500 // PING, SETTINGS, PRIORITY, unknown frames, and frames of a head or a body that carry nothing
	resetFrames   = 250 // RST_STREAM
)

// budget bounds how many such frames come. The zero budget is full.
type budget struct {
	since           time.Time
	control, resets int
}

// take counts a frame and reports whether it was within the budget.
func (b *budget) take(now time.Time, h *frameHead) bool {
	if now.Sub(b.since) >= budgetTime {
		*b = budget{since: now}
	}
	switch h.kind {
	case frameReset:
		b.resets++
	case frameWindowUpdate:
	case frameData, frameHeaders, frameContinuation:
		if h.length == 0 && h.flags&flagEndStream == 0 {
			b.control++
		}
	default:
		b.control++
	}
	return b.control <= controlFrames && b.resets <= resetFrames
}
