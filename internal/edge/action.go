package edge

import (
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge/admit"
	"github.com/seawall-project/seawall/internal/edge/answer"
	"github.com/seawall-project/seawall/internal/edge/cache"
	"github.com/seawall-project/seawall/internal/edge/rules"
)

// Action is what is to be done with one connection or request. It is a plain value: deciding changes nothing, only carrying an
// action out does. Which fields are set depends on Kind.
type Action struct {
	Kind   seawall.ActionKind
	Reason seawall.Reason
	Site   *Site // nil when the request belongs to no site, and for connections

	Status int                // Refuse, and Serve a redirect: the HTTP status to send
	Answer seawall.Answer     // Serve: what kind of answer
	Entry  *cache.Entry       // Serve fresh or stale: the stored response, shared and read-only
	Note   *answer.Page       // Serve a note: the prepared page
	Cache  seawall.CacheState // Serve and Forward: what the cache had to do with it

	Lane  seawall.Lane   // Forward: the way to the origin
	Class admit.Class    // Forward: what kind of work this is for the origin
	Wait  time.Duration  // Forward: how long the request may queue for the origin
	Key   cache.Key      // Forward: equal keys may share one answer; the zero Key shares with nobody
	Stale *cache.Entry   // Forward: a stored response that needs the origin's confirmation, else nil
	Spare bool           // Forward: Stale may be served should the origin fail, so nobody need wait for long
	Rule  *rules.Rule    // Serve and Forward: the rule that the request fits, in peace too; nil for none
	Under seawall.Effect // what that rule changes: nothing but in distress
	Renew bool           // Serve: Entry is also to be renewed, in the background; Class, Wait and Key are set as for a Forward
}

// Hello is what is known about a new connection before anything is spent on it.
type Hello struct {
	Client     seawall.Client
	TLS        bool // whether a TLS handshake is to follow
	Conns      int  // connections open, this one included
	ConnLimit  int  // the most that may be open
	Address    int  // of Conns, those from Client.Addr, this one included; 0 when they are not counted
	Network    int  // of Conns, those from Client.Prefix, this one included; 0 when they are not counted
	Handshakes int  // handshakes running or waiting, this one included when TLS
	HandLimit  int  // the most that may run or wait
}

// Failure is why a Forward came to nothing.
type Failure struct {
	Reason seawall.Reason // from ReasonShed to ReasonOriginError
	Sent   bool           // whether any of the request may have reached the origin
}
