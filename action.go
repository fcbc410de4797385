package seawall

// ActionKind is what the edge does with a connection or a request. The set is closed and ordered by what each costs us, not by how
// angry it is; [ActionServe] comes early because a cached page for a bot is cheaper than an argument with it.
type ActionKind uint8

// The actions.
const (
	ActionNone      ActionKind = iota // nothing was decided: the zero value, never carried out
	ActionDrop                        // close without a word
	ActionRefuse                      // answer with a status and no more
	ActionServe                       // answer from what is at hand, see [Answer]
	ActionChallenge                   // ask for proof of an ordinary browser
	ActionWait                        // give a place in the waiting line
	ActionForward                     // ask the origin
	actionKinds
)

var actionNames = [actionKinds]string{"none", "drop", "refuse", "serve", "challenge", "wait", "forward"}

// String returns the name used in metrics, logs and JSON.
func (k ActionKind) String() string { return nameOf(actionNames[:], uint8(k)) }

// ActionKinds returns every action but [ActionNone], in order.
func ActionKinds() []ActionKind {
	return []ActionKind{ActionDrop, ActionRefuse, ActionServe, ActionChallenge, ActionWait, ActionForward}
}

// Answer is what kind of thing [ActionServe] serves. The zero value is none.
type Answer uint8

// The answers.
const (
	AnswerNone     Answer = iota
	AnswerFresh           // a stored response that is fresh (RFC 9111, section 4.2)
	AnswerStale           // a stored response past its freshness, because the origin failed
	AnswerSnapshot        // the dated copy of the site for the worst hour
	AnswerNote            // Seawall's own page: what is wrong and when to come back
	AnswerRedirect        // a pointer to the site's canonical name
	answers
)

var answerNames = [answers]string{"none", "fresh", "stale", "snapshot", "note", "redirect"}

// String returns the name used in metrics, logs and JSON.
func (a Answer) String() string { return nameOf(answerNames[:], uint8(a)) }

// Lane is one of the three ways to the origin that admission keeps apart, by what a request asks for and never by who asks.
type Lane uint8

// The lanes. The zero value is none: the request never came to admission.
const (
	LaneNone  Lane = iota
	LanePage       // a safe method without a query
	LaneQuery      // a safe method with a query: search, paging, filters
	LaneForm       // anything that may change state: login, contact, newsletter
	lanes
)

var laneNames = [lanes]string{"none", "page", "query", "form"}

// String returns the name used in metrics, logs and JSON.
func (l Lane) String() string { return nameOf(laneNames[:], uint8(l)) }

// Lanes returns every lane but [LaneNone], in order.
func Lanes() []Lane { return []Lane{LanePage, LaneQuery, LaneForm} }

// CacheState is what the shared cache had to do with a request, in the terms of RFC 9211.
type CacheState uint8

// The cache states.
const (
	CacheNone        CacheState = iota // the cache was not asked
	CacheHit                           // answered from a fresh stored response
	CacheStale                         // answered from a stale stored response
	CacheRevalidated                   // answered from a stored response the origin confirmed (304)
	CacheCollapsed                     // answered by another request's forward, RFC 9211 "collapsed"
	CacheMiss                          // forwarded, nothing stored fitted
	CacheBypass                        // forwarded, the request may not be answered from a cache
	cacheStates
)

var cacheStateNames = [cacheStates]string{"none", "hit", "stale", "revalidated", "collapsed", "miss", "bypass"}

// String returns the name used in metrics, logs and JSON.
func (s CacheState) String() string { return nameOf(cacheStateNames[:], uint8(s)) }

func nameOf(names []string, i uint8) string {
	if int(i) < len(names) {
		return names[i]
	}
	return "unknown"
}
