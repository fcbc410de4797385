package watch

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Health is how far a vantage can be trusted. Its history belongs beside that of the sites. The zero value is [Unchecked].
type Health uint8

// The healths.
const (
	Unchecked Health = iota // fewer than three sentinels in different networks; nothing it sees goes beyond "suspected"
	Healthy                 // votes
	Impaired                // something of its own fails; no vote
	BlindHere               // sees nothing; no vote
)

var healths = [...]string{Unchecked: "unchecked", Healthy: "healthy", Impaired: "impaired", BlindHere: "blind"}

// String returns the health's name.
func (h Health) String() string { return name(healths[:], h) }

// MarshalText returns the health's name.
func (h Health) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads a health's name.
func (h *Health) UnmarshalText(text []byte) error { return named(healths[:], h, text) }

// HealthReport is what a vantage found about itself.
type HealthReport struct {
	Vantage   string        `json:"vantage"`
	Given     *Health       `json:"given,omitempty"`  // judged already; then the others but Offset do not matter
	Silent    bool          `json:"silent,omitempty"` // nothing was heard of it for a while, which is all that is known
	Sentinels []Sentinel    `json:"sentinels,omitempty"`
	Resolver  bool          `json:"resolver"` // its resolvers did not fail its own test of them, see [probe.Prober.Resolves]
	Offset    time.Duration `json:"offset"`   // its clock's lead over ours, zero when unknown; times of its facts are corrected by it
}

func (r *HealthReport) judge() Health {
	h, _ := r.Judge()
	return h
}

// Judge returns the health that a report amounts to, and why: blind when every sentinel failed, impaired when at least half did, when the
// resolver did, or when the clock is off by more than ten minutes; unchecked when there are too few sentinels to tell, whatever their networks are
// called: those that share an address, a /24 or a /48 are in one.
func (r *HealthReport) Judge() (Health, string) {
	if r.Given != nil {
		return *r.Given, "reported"
	}
	if r.Silent {
		return Unchecked, "not heard of"
	}
	answered := 0
	for _, s := range r.Sentinels {
		if s.OK {
			answered++
		}
	}
	asked := len(r.Sentinels)
	told := fmt.Sprintf("%d of %d sentinels answered", answered, asked)
	if !r.Resolver {
		told = "own resolver failed; " + told
	}
	switch networks := networksOf(r.Sentinels); {
	case networks < LeastSentinels:
		return Unchecked, fmt.Sprintf("sentinels in %d networks, %d are needed", networks, LeastSentinels)
	case answered == 0:
		return BlindHere, told
	case !r.Resolver, 2*answered <= asked:
		return Impaired, told
	case !Believable(r.Offset):
		return Impaired, fmt.Sprintf("clock is off by %s", r.Offset.Round(time.Second))
	default:
		return Healthy, told
	}
}

// Usable returns by how much times of the vantage are to be corrected: its clock's lead, or nothing when that is beyond belief.
func (r *HealthReport) Usable() time.Duration {
	if !Believable(r.Offset) {
		return 0
	}
	return r.Offset
}

// ClockOff returns by how much a clock is ahead, from its leads over the clocks of sentinels: the smallest, when there are enough of these and they
// agree, else zero. A sentinel that answers from a cache without saying so makes a lead look longer than it is, so that one alone never tells.
func ClockOff(leads []time.Duration) time.Duration {
	if len(leads) < LeastSentinels || slices.Max(leads)-slices.Min(leads) > leadSpread {
		return 0
	}
	return slices.MinFunc(leads, func(a, b time.Duration) int { return cmp.Compare(a.Abs(), b.Abs()) })
}

// Believable reports whether times by a clock that is off by so much can be used.
func Believable(offset time.Duration) bool { return offset.Abs() <= offsetMost }

// vantageState is what the machine knows of a vantage.
type vantageState struct {
	Vantage
	Health  Health        `json:"state"`
	Since   time.Time     `json:"since"`
	Offset  time.Duration `json:"offset"`
	LastOK  time.Time     `json:"last_ok"` // the last good report
	Doubted time.Time     `json:"doubted"` // since when it may have been blind, when it last found that it was
	Begins  []begin       `json:"begins"`  // sites that began to fail here in the last round
	Hold    *hold         `json:"hold,omitempty"`
	Against []begin       `json:"against"` // what the guard found it impaired by, which no report did
	network string
}

// votes reports whether what the vantage sees counts in a quorum.
func (v *vantageState) votes() bool { return v.Health == Healthy }

// suggests reports whether what it sees may at least raise doubt.
func (v *vantageState) suggests() bool { return v.Health == Healthy || v.Health == Unchecked }
