package notify

import (
	"context"
	"time"

	"github.com/seawall-project/seawall"
)

// Notifier is one way to reach somebody. It may be used by several goroutines at once.
type Notifier interface {
	// Notify delivers n and returns nil when the other side has taken it. Otherwise retry says whether the same may succeed later: after a
	// failed connection, a time limit, 429 or a server's own failure it may; after another refusal it may not. The error holds no secret and
	// none of what the other side wrote. One with a method RetryAfter() time.Duration says how long the other side wants to be left alone, which
	// is heard up to ten minutes. Notify ends soon after ctx does.
	Notify(ctx context.Context, n Notice) (retry bool, err error)
}

// Notice is a message on its way to one receiver.
type Notice struct {
	Message
	ID       string // the same at every try and on every channel of the receiver
	Receiver string
	Language seawall.Language
	Zone     *time.Location // of the times in the text; nil for UTC
	Repeat   int            // how many reminders came before and with this one; 0 for what is new
	Update   bool           // what was told before is so still, and there is more to it: more sites or fewer, or another cause
	Steps    []Step         // earlier steps of the incident that this notice tells as well, oldest first
	Failing  int            // of a [Digest]: sites that fail now
	Back     int            // of a [Digest]: sites that failed and work again
	Gave     bool           // of a [Digest]: some of it gave way to what is told by itself
}

// Step is one change of an incident.
type Step struct {
	Kind Kind      `json:"kind"`
	At   time.Time `json:"at"`
}
