package probe

import (
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// Result is what one probe found. It is plain data: whoever holds one may keep it.
type Result struct {
	URL      string // what was asked for
	FinalURL string // where redirects led; the URL itself without any
	Class    Class
	// Assessment is what is said beside the class; a single probe says at most [Maintenance].
	Assessment []Assessment
	Phase      Phase  // the last one that was reached
	Status     int    // HTTP, 0 when there was no answer
	Protocol   string // "HTTP/1.1" or "HTTP/2.0", empty when there was no answer
	Family     Family
	Address    netip.Addr // the one connected to, or tried last; zero when there was none
	Timings    Timings
	Evidence   Evidence
	At         time.Time // when the probe began, UTC
	Vantage    string
	// Lost is the family that went first and did not answer, where the other did; the error in Evidence says how. It is not written down.
	Lost Family
	// Lead is by how much this machine's clock is ahead of the server's, by the answer's Date, which is a second fine, and Age; zero when that is not
	// known. It is not written down.
	Lead       time.Duration
	OverBudget bool // refused for the site's budget alone, which says nothing about the site; not written down
}

// Phase is a step of a probe.
type Phase uint8

// The phases, in order.
const (
	PhaseNone Phase = iota // nothing was sent
	PhaseDNS
	PhaseTCP
	PhaseTLS
	PhaseTTFB // waiting for the first byte of the answer
	PhaseBody
	PhaseDone
)

var phases = [...]string{
	PhaseNone: "none", PhaseDNS: "dns", PhaseTCP: "tcp", PhaseTLS: "tls", PhaseTTFB: "ttfb", PhaseBody: "body", PhaseDone: "done",
}

// String returns the phase's name, as in stored results and JSON.
func (p Phase) String() string {
	if int(p) >= len(phases) {
		return fmt.Sprintf("phase(%d)", p)
	}
	return phases[p]
}

// MarshalText returns the phase's name.
func (p Phase) MarshalText() ([]byte, error) {
	if int(p) >= len(phases) {
		return nil, fmt.Errorf("no phase has the number %d", p)
	}
	return []byte(phases[p]), nil
}

// UnmarshalText reads a phase's name. Other names are an error.
func (p *Phase) UnmarshalText(text []byte) error {
	i := slices.Index(phases[:], string(text))
	if i < 0 {
		return fmt.Errorf("no phase is called %q", text)
	}
	*p = Phase(i)
	return nil
}

// Family is the family of an address.
type Family uint8

// The families.
const (
	FamilyNone Family = 0
	IPv4       Family = 4
	IPv6       Family = 6
)

// Timings are how long each phase of the last request of a redirect chain took. Phases that were not reached are [NotReached]; a phase in
// which the probe ended has the time until then.
type Timings struct {
	DNS, TCP, TLS, TTFB, Body time.Duration
	Total                     time.Duration // of the whole probe, redirects included
}

// NotReached is the timing of a phase that a probe did not come to.
const NotReached time.Duration = -1

// Evidence is what a person can check a result by.
type Evidence struct {
	Title       string            // of an HTML page, at most 200 bytes
	BodySHA256  string            // hex, of the bytes that were read, after decoding; empty without a body
	Bytes       int64             // of the body that was read
	Simhash     uint64            // similar pages differ in few bits
	Headers     map[string]string // the few that tell which product answered, each at most 200 bytes
	Certificate *Certificate      // of the last handshake; nil when there was none
	TLS         string            // the version that the last handshake ended with, such as "TLS 1.3"; empty when none did
	CNAME       string            // the name that the last host is another name for, as its provider calls it; empty when it is its own
	Redirects   []string          // every URL asked for on the way, without the first
	Error       string            // raw; of a page that came, what did not beside it
	Body        []byte            // at most 64 KiB, to be kept at a change of class only
}

// Certificate is the leaf that a site showed.
type Certificate struct {
	SHA256    string // hex, of the whole certificate
	Issuer    string
	NotBefore time.Time
	NotAfter  time.Time
	Names     []string // at most 16
}
