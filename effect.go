package seawall

import (
	"fmt"
	"strings"
	"time"
)

// Effect is what a request that fits a rule counts for while the origin is in distress. The zero Effect changes nothing. These are all the
// effects there are: none can refuse, challenge, or store.
type Effect struct {
	Weight Weight `json:"weight,omitzero"`
	Share  Share  `json:"share,omitzero"`
	Copy   Copy   `json:"copy,omitzero"`
}

// Weight is how much more of the origin's time a request seems to cost when it is decided whose turn it is. So others of its network, and of
// networks that have had as little, come first. Among requests of the same weight the order is what it was, and no network is charged for more
// than it took.
type Weight uint8

// The weights.
const (
	WeightUsual Weight = iota // nothing
	WeightLater               // 100 ms
	WeightLast                // 300 ms, all that a network can have saved up
	weights
)

var weightNames = [weights]string{"usual", "later", "last"}

// Later returns how much more that is.
func (w Weight) Later() time.Duration {
	return [...]time.Duration{0, 100 * time.Millisecond, 300 * time.Millisecond}[min(w, WeightLast)]
}

// Share is how much of the origin all requests together that fit rules may use while others wait.
type Share uint8

// The shares.
const (
	ShareWhole   Share = iota // all of it
	ShareHalf                 // half of what may be at the origin at once, at least one request
	ShareQuarter              // a quarter of that, at least one request
	shares
)

var shareNames = [shares]string{"whole", "half", "quarter"}

// Of returns the share of limit requests.
func (s Share) Of(limit int) int { return max(1, limit>>min(s, ShareQuarter)) }

// Copy is when a stored answer that is past its time is served.
type Copy uint8

// The policies.
const (
	CopyUsual  Copy = iota // as to any other request
	CopyAtOnce             // at once, where it may be served stale at all, while the origin is asked for a new one
	copies
)

var copyNames = [copies]string{"usual", "at_once"}

// String returns the name used in metrics, logs and JSON.
func (w Weight) String() string { return nameOf(weightNames[:], uint8(w)) }

// String returns the name used in metrics, logs and JSON.
func (s Share) String() string { return nameOf(shareNames[:], uint8(s)) }

// String returns the name used in metrics, logs and JSON.
func (c Copy) String() string { return nameOf(copyNames[:], uint8(c)) }

// MarshalText writes the name.
func (w Weight) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// MarshalText writes the name.
func (s Share) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalText writes the name.
func (c Copy) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads a name.
func (w *Weight) UnmarshalText(text []byte) error { return named(w, weightNames[:], text) }

// UnmarshalText reads a name.
func (s *Share) UnmarshalText(text []byte) error { return named(s, shareNames[:], text) }

// UnmarshalText reads a name.
func (c *Copy) UnmarshalText(text []byte) error { return named(c, copyNames[:], text) }

func named[T ~uint8](v *T, names []string, text []byte) error {
	for i, name := range names {
		if name == string(text) {
			*v = T(i)
			return nil
		}
	}
	return fmt.Errorf("%q is none of %s", text, strings.Join(names, ", "))
}
