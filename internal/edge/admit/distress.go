package admit

import "time"

// spell is a time in which requests wait too long, one soon after another.
type spell struct{ began, last time.Time }

// feel remembers that a request waited too long.
func (c *Controller) feel(now time.Time, sojourn time.Duration) {
	if sojourn <= SojournTarget {
		return
	}
	c.pressureUntil.Store(now.Add(pressureHold).UnixNano())
	if began := now.Add(SojournTarget - sojourn); now.Sub(c.spell.last) > distressAfter || began.Before(c.spell.began) {
		c.spell.began = began
	}
	c.spell.last = now
	if now.Sub(c.spell.began) >= distressAfter {
		c.distressUntil.Store(now.Add(distressHold).UnixNano())
	}
}
