package answer

import "net/http"

// Situation is what keeps a reader from the page.
type Situation uint8

// The situations.
const (
	Busy   Situation = iota // the origin has more to do than it can, and the request was shed: 503
	Down                    // no connection to the origin: 503
	Late                    // the origin did not answer in time: 504
	Broken                  // the origin broke off, or answered 502, 503 or 504 itself: 503
	situations
)

// String returns the name used in problem documents.
func (s Situation) String() string {
	if s < situations {
		return [situations]string{Busy: "busy", Down: "down", Late: "late", Broken: "broken"}[s]
	}
	return "unknown"
}

func (s Situation) status() int {
	if s == Late {
		return http.StatusGatewayTimeout
	}
	return http.StatusServiceUnavailable
}

// retry is the least number of seconds after which it makes sense to come back. The words of the notes fit this and its double.
func (s Situation) retry() int {
	return [situations]int{Busy: 10, Down: 30, Late: 15, Broken: 30}[s]
}

// fate is what became of a request, as far as it matters to its sender.
type fate uint8

const (
	fateHarmless fate = iota // a safe method: sending it again changes nothing
	fateUnsent               // certainly not carried out
	fateUnknown              // may have been carried out
	fates
)

func fateOf(unsafe, sent bool) fate {
	switch {
	case !unsafe:
		return fateHarmless
	case !sent:
		return fateUnsent
	}
	return fateUnknown
}
