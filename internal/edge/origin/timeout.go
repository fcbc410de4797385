package origin

import (
	"cmp"
	"errors"
	"time"

	"github.com/seawall-project/seawall"
)

// Timeouts are how long an origin is waited for, and what for. Zero fields mean their default.
type Timeouts struct {
	Connect time.Duration // for a connection to one address, 3 s
	TLS     time.Duration // for the handshake on it, 3 s

	// FirstByte is from the beginning of a fetch to the head of its answer, 15 s; FormFirstByte takes its place for methods that may
	// change something, 30 s. For both, each 32 KiB of the request's body add a second, and the time that is spent waiting for the
	// client's next byte does not count. The client has 30 s in all for that, and a second more for each 8 KiB.
	FirstByte, FormFirstByte time.Duration

	BetweenBytes time.Duration // of an answer's body, 20 s; of an event stream at least 5 min
	Whole        time.Duration // from the head to the end of the body, 1 h; event streams and switched connections have no such limit
}

func (t Timeouts) negative() bool {
	return min(t.Connect, t.TLS, t.FirstByte, t.FormFirstByte, t.BetweenBytes, t.Whole) < 0
}

func (t Timeouts) withDefaults() Timeouts {
	t.Connect = cmp.Or(t.Connect, 3*time.Second)
	t.TLS = cmp.Or(t.TLS, 3*time.Second)
	t.FormFirstByte = cmp.Or(t.FormFirstByte, 2*t.FirstByte, 30*time.Second)
	t.FirstByte = cmp.Or(t.FirstByte, 15*time.Second)
	t.BetweenBytes = cmp.Or(t.BetweenBytes, 20*time.Second)
	t.Whole = cmp.Or(t.Whole, time.Hour)
	return t
}

// What ran out, see [context.Cause].
var (
	errDial       = errors.New("origin took no connection in time")
	errTLS        = errors.New("origin did not finish its TLS handshake in time")
	errConns      = errors.New("no connection to the origin came free in time")
	errWrite      = errors.New("origin did not take the request in time")
	errHead       = errors.New("origin sent no answer in time")
	errStalled    = errors.New("origin sent nothing of its answer for too long")
	errWhole      = errors.New("origin did not finish its answer in time")
	errSlowUpload = errors.New("client sent its body too slowly")
)

// expiry says whose time limit an error is about.
type expiry struct {
	cause  error
	limit  string // as Proxy-Status and the configuration call it
	kind   ErrorType
	reason seawall.Reason
}

// expiries are all of an origin's time limits. What waits for a name, a connection or a handshake has sent nothing yet.
var expiries = []expiry{
	{errLookup, "dns", DNSTimeout, seawall.ReasonOriginDown},
	{errDial, "connect", ConnectionTimeout, seawall.ReasonOriginConnect},
	{errTLS, "tls", ConnectionTimeout, seawall.ReasonOriginHandshake},
	{errConns, "connections", ConnectionLimit, seawall.ReasonOriginTimeout},
	{errWrite, "write", WriteTimeout, seawall.ReasonOriginTimeout},
	{errHead, "first_byte", ReadTimeout, seawall.ReasonOriginTimeout},
	{errStalled, "between_bytes", ReadTimeout, seawall.ReasonOriginStalled},
	{errWhole, "whole", ResponseTimeout, seawall.ReasonOriginUnfinished},
}

// expiryOf returns what ran out, nil when err is about no time limit of the origin's.
func expiryOf(err error) *expiry {
	for i := range expiries {
		if errors.Is(err, expiries[i].cause) {
			return &expiries[i]
		}
	}
	return nil
}
