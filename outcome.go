package seawall

import (
	"net/netip"
	"time"
)

// Outcome is what came of one connection that was turned away or of one request: exactly one is made for each, when it is over.
// It keeps no byte of the request, so it may outlive it, and no address, only the prefix.
type Outcome struct {
	ID     RequestID // zero for a connection
	Time   time.Time // when the request was received or the connection accepted
	Site   string    // the site's configured name; "" when it belonged to none
	Client netip.Prefix
	Proto  Proto

	Action ActionKind // the last action carried out
	Answer Answer     // what was served, for [ActionServe]
	Reason Reason     // why that action
	Cache  CacheState
	Lane   Lane   // the way to the origin it took or queued for
	Rule   string // the [Rule] that it fits, as "set/rule"; "" for none
	Effect Effect // what that rule changed: nothing in peace

	Status int           // HTTP status sent; 0 when none was
	Bytes  int64         // body bytes sent
	Wait   time.Duration // time in the admission queue
	Cost   time.Duration // origin time it used; 0 when it never came there
	Took   time.Duration // from Time until the last byte was handed to the engine
}
