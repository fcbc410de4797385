package tlp

import (
	"fmt"
	"time"
)

// Route is a way on which something leaves.
type Route uint8

// The routes.
const (
	House     Route = iota // stays in the house: its own screens, files and records
	Owner                  // to the owner of the site that is spoken of
	Authority              // to a body that the operator named, such as a national response team
	Community              // to others who exchange such things: a shared MISP, feeds, webhooks of third parties
	Public                 // to everybody
	routes
)

var routeNames = [routes]string{"house", "owner", "authority", "community", "public"}

// Routes returns every route, from the nearest to the furthest.
func Routes() []Route { return []Route{House, Owner, Authority, Community, Public} }

// String returns the name of the route, in lower case; "unknown" for a value that is none.
func (r Route) String() string {
	if r < routes {
		return routeNames[r]
	}
	return "unknown"
}

// ParseRoute returns the route of that name.
func ParseRoute(name string) (Route, bool) {
	for _, r := range Routes() {
		if r.String() == name {
			return r, true
		}
	}
	return House, false
}

// furthest is how far what carries a label may go.
//
// Ours are statements that we made: their label says what recipients may do, so the strict amber goes to the owner and to an authority, by name,
// who keep it. Theirs is what somebody gave us under a label: there the recipient's organisation is our own. The red goes nowhere by a machine: a
// person tells a person.
var furthest = [labels]struct{ ours, theirs Route }{
	Clear:       {Public, Public},
	Green:       {Community, Community},
	Amber:       {Authority, Owner},
	AmberStrict: {Authority, House},
	Red:         {House, House},
}

// Delay is the least time between the end of what is spoken of and the first word of it outside, unless the operator set another.
const Delay = time.Hour

// Request asks whether a statement may leave.
type Request struct {
	Route    Route
	Label    Label   // of the statement
	Received []Label // of everything in it that somebody else gave us
	End      time.Time
	Now      time.Time

	Delay time.Duration // at least 0; [Delay] when it is 0, none when it is negative

	// Early is why the statement leaves before its time: a person's reason, kept with the record of it. It counts for named recipients, never
	// for the public. "" is no reason.
	Early string
}

// Refusal is why a statement may not leave.
type Refusal struct {
	Why Reason
	Due time.Time // for [TooEarly]: when it may
	msg string
}

// Error says why in a sentence.
func (r *Refusal) Error() string { return r.msg }

// Reason is why a statement may not leave, as a word. The set is closed.
type Reason string

// The reasons.
const (
	TooStrict    Reason = "tlp"          // its label does not let it go that far
	TheirsStrict Reason = "tlp_received" // something in it was given to us under a label that does not
	TooEarly     Reason = "too_early"    // the delay is not over
	Unfinished   Reason = "unfinished"   // what it speaks of has no end yet
	NoRoute      Reason = "no_route"     // the route is none of the routes
)

// Release returns nil when the statement may leave now, and else a [*Refusal]. What stays in the house may always.
func Release(q Request) error {
	if q.Route == House {
		return nil
	}
	if q.Route >= routes {
		return &Refusal{Why: NoRoute, msg: fmt.Sprintf("route %d does not exist", q.Route)}
	}
	if refusal := q.byLabel(); refusal != nil {
		return refusal
	}
	if refusal := q.byTime(); refusal != nil {
		return refusal
	}
	return nil
}

func (q Request) byLabel() *Refusal {
	if q.Label >= labels || q.Route > furthest[q.Label].ours {
		return &Refusal{Why: TooStrict, msg: fmt.Sprintf("%s does not go to the %s", q.Label, q.Route)}
	}
	for _, l := range q.Received {
		if l >= labels || q.Route > furthest[l].theirs {
			return &Refusal{Why: TheirsStrict, msg: fmt.Sprintf("it rests on what was received as %s, which does not go to the %s", l, q.Route)}
		}
	}
	return nil
}

func (q Request) byTime() *Refusal {
	if q.Early != "" && q.Route != Public {
		return nil
	}
	if q.End.IsZero() {
		return &Refusal{Why: Unfinished, msg: "what it speaks of has no end yet"}
	}
	if due := Due(q.End, q.Delay); q.Now.Before(due) {
		return &Refusal{Why: TooEarly, Due: due, msg: fmt.Sprintf("it may leave from %s on", due.UTC().Format(time.RFC3339))}
	}
	return nil
}

// Due returns when what ended then may leave. A delay of 0 is [Delay], a negative one none.
func Due(end time.Time, delay time.Duration) time.Time {
	switch {
	case delay == 0:
		delay = Delay
	case delay < 0:
		delay = 0
	}
	return end.Add(delay)
}
