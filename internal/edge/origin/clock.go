package origin

import (
	"sync"
	"time"
)

// clock is a span of time that runs out only while somebody is waited for. It calls expire once, when nothing is left.
type clock struct {
	mu      sync.Mutex // guards what follows
	timer   *time.Timer
	left    time.Duration // when it last began or stopped to run
	since   time.Time     // it runs from then; zero while it does not
	stopped bool
}

// newClock returns a clock that does not run yet.
func newClock(d time.Duration, expire func()) *clock {
	c := &clock{left: d, timer: time.AfterFunc(d, expire)}
	c.timer.Stop()
	return c
}

// run lets time pass.
func (c *clock) run() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.stopped && c.since.IsZero() {
		c.since = time.Now()
		c.timer.Reset(c.left)
	}
}

// pause keeps what is left.
func (c *clock) pause() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.stopped && !c.since.IsZero() {
		c.timer.Stop()
		c.left -= time.Since(c.since)
		c.since = time.Time{}
	}
}

// extend adds to what is left.
func (c *clock) extend(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left += by
	if !c.stopped && !c.since.IsZero() {
		c.timer.Reset(c.left - time.Since(c.since))
	}
}

// stop ends the clock for good.
func (c *clock) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = true
	c.timer.Stop()
}
