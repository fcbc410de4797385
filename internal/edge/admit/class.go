package admit

import (
	"time"

	"github.com/seawall-project/seawall"
)

// Class is what kind of work a request is for the origin: its lane, and what requests of the same path template have cost so far. The
// zero Class is not one that [Controller.Classify] returns.
type Class struct {
	Lane seawall.Lane
	Cost time.Duration // expected time at the origin; [SeedCost] while nothing is known

	key    templateKey
	effect seawall.Effect // of a rule that names it, while the origin is in distress
}

// Under returns the class of the same work while the origin is in distress and a rule names it. Its turn comes later by [seawall.Effect.Weight],
// but its network is charged for what it takes. With all that is named it keeps to [seawall.Effect.Share] of the limit as
// long as anything else could go.
func (c Class) Under(e seawall.Effect) Class {
	c.effect = e
	return c
}

// named reports whether a rule has the request queue apart from others.
func (c Class) named() bool { return c.effect.Weight != 0 || c.effect.Share != 0 }

// line is where a request waits inside its network: with others of its lane, those that a rule names apart.
type line uint8

const (
	noLine    line = iota
	firstLine      // of [seawall.LanePage]
	lines     = noLine + 7
)

func (c Class) line() line {
	l := line(c.Lane)
	if c.named() {
		l += 3
	}
	return l
}

// laneOf sorts a request by what it asks for (RFC 9110, section 9.2.1, for which methods are safe).
func laneOf(r *seawall.Request) seawall.Lane {
	switch {
	case !seawall.SafeMethod(r.Method):
		return seawall.LaneForm
	case r.Query != "":
		return seawall.LaneQuery
	default:
		return seawall.LanePage
	}
}
