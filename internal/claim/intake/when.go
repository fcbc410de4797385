package intake

import (
	"time"

	"github.com/seawall-project/seawall"
)

// time takes the time of posting as far as it can be believed.
func (t *Taken) time(g *Given) {
	c := &t.Claim
	c.Posted, c.Precision = g.Posted, g.Precision
	if !c.Posted.IsZero() {
		c.Posted = c.Posted.UTC()
	}
	switch {
	case c.Posted.IsZero():
		if c.Precision != "" && c.Precision != seawall.PreciseUnknown {
			t.Odd[OddNoTime]++
		}
		c.Precision = seawall.PreciseUnknown
	case c.Precision == seawall.PreciseUnknown:
		t.Odd[OddUnknownTime]++
		c.Posted = time.Time{}
	case !g.Received.IsZero() && c.Posted.After(g.Received.Add(slack)):
		t.Odd[OddFuture]++
		c.Posted, c.Precision = time.Time{}, seawall.PreciseUnknown
	default:
		c.Precision = or(c.Precision, seawall.PreciseMinute)
		t.fine(g.Posted)
	}
}

// fine counts a time that says more than its precision bears out. A day is that of the clock that the time was given by.
func (t *Taken) fine(posted time.Time) {
	hour, minute, second := posted.Clock()
	switch t.Claim.Precision {
	case seawall.PreciseHour:
		if minute != 0 || second != 0 {
			t.Odd[OddCoarse]++
		}
	case seawall.PreciseDay:
		if hour != 0 || minute != 0 || second != 0 {
			t.Odd[OddCoarse]++
		}
	}
}
