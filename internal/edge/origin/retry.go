package origin

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/seawall-project/seawall"
)

// Bounds on asking twice.
const (
	retryLeast  = time.Second // of a fetch's time has to be left
	budgetShare = 10          // requests that earn one retry
	budgetMost  = 20          // retries that can be saved up
	budgetPause = time.Second // earns one retry too
)

// Idempotent reports whether a request of this method may be carried out twice with the effect of once (RFC 9110, section 9.2.2).
func Idempotent(method string) bool {
	switch method {
	case "PUT", "DELETE":
		return true
	default:
		return seawall.SafeMethod(method)
	}
}

// repeatable reports whether a request that failed with e may be sent again. whole says that its body can be sent again, if there is one.
// A request whose effect may not be doubled is sent again only if it never left.
func repeatable(method string, whole bool, e *Error) bool {
	switch e.Reason {
	case seawall.ReasonOriginDown, seawall.ReasonOriginConnect, seawall.ReasonOriginHandshake, seawall.ReasonOriginReset:
		return whole && (!e.Sent || Idempotent(method))
	default: // a time limit of the origin's has used the request's time up
		return false
	}
}

// budget bounds retries to a tenth of all requests and one a second, so that they cannot multiply a flood.
type budget struct {
	requests atomic.Int64

	mu     sync.Mutex // guards what follows
	seen   int64      // of requests
	saved  float64
	filled time.Time
}

// earn counts a request.
func (b *budget) earn() { b.requests.Add(1) }

// spend takes one retry; false when there is none.
func (b *budget) spend(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.requests.Load()
	if b.filled.IsZero() {
		b.saved = budgetMost
	} else {
		b.saved += float64(n-b.seen)/budgetShare + max(0, float64(now.Sub(b.filled))/float64(budgetPause))
	}
	b.saved = min(b.saved, budgetMost)
	b.seen, b.filled = n, now
	if b.saved < 1 {
		return false
	}
	b.saved--
	return true
}
