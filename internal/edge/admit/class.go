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

	key templateKey
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
