package seawall

import (
	"fmt"
	"strings"
)

// Effect is what a request that fits a rule counts for while the origin is in distress. The zero Effect changes nothing. These are all the
// effects there are: none can refuse, challenge, or store.
type Effect struct {
	Weight Weight `json:"weight,omitzero"`
	Share  Share  `json:"share,omitzero"`
	Copy   Copy   `json:"copy,omitzero"`
}

// Weight is by how much a request counts for more of the origin's time than it takes. So its turn comes later than that of others of
// its network, and its network's share is used up sooner.
type Weight uint8

// The weights.
const (
	WeightUsual    Weight = iota // what it takes
	WeightDouble                 // twice that
	WeightFourfold               // four times that
	weights
)

var weightNames = [weights]string{"usual", "double", "fourfold"}

// Times returns the factor: 1, 2 or 4.
func (w Weight) Times() int { return 1 << min(w, WeightFourfold) }

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
