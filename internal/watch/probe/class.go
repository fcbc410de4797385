package probe

import (
	"fmt"
	"slices"
)

// Class says in one word how a probe ended: the first phase that failed decides. The list is closed; what needs history, a reference or
// another vantage is an [Assessment] beside it, not a class. The zero value is [Unknown].
type Class uint8

// The classes, in the order of the phases.
const (
	Unknown           Class = iota // it fits nothing here; a person has to look
	OK                             // the page came
	HTTP500                        // the origin's program fails
	HTTP502                        // a proxy has no origin
	HTTP503                        // the origin says that it cannot serve just now, without saying until when
	HTTP504                        // a proxy's origin is too slow
	HTTP5xx                        // another 5xx
	HTTP4xx                        // a 4xx without the marks of a protection product
	OverloadPage                   // 429, 503 with Retry-After, or a waiting room
	Challenge                      // a protection product wants proof of a browser first
	EdgeBlock                      // a protection product refuses this vantage
	RedirectLoop                   // the same place again, or more redirects than are followed
	RedirectForeign                // redirected to another site than the one watched
	BadResponse                    // no HTTP, or HTTP that breaks the rules
	Truncated                      // the body ended before it was complete
	Empty                          // 200 with nothing in it
	HTTPTimeout                    // connected, and no whole answer in time
	TLSExpired                     // certificate out of its time
	TLSWrongHost                   // certificate of another name
	TLSUnknownCA                   // certificate of an authority that nobody knows
	TLSHandshake                   // another failure of the handshake
	TLSReset                       // connection broken off in the handshake
	TLSTimeout                     // no handshake in time
	TCPRefused                     // connection refused
	TCPReset                       // connection broken off before the answer
	TCPTimeout                     // no connection in time
	TCPUnreachable                 // no way to the address
	DNSNXDomain                    // the name does not exist
	DNSServFail                    // the resolver or the name's servers fail
	DNSRefused                     // the resolver refuses
	DNSNoAnswer                    // the name has no address
	DNSTimeout                     // no answer from the resolvers in time
	RefusedTarget                  // this vantage will not ask there: private address, opted out, over budget, or named by an attack order
	MeasurementFailed              // the vantage itself failed
)

// Vote is what a class says about whether readers are served.
type Vote uint8

// The votes. NoVote is the zero value: it says nothing about the site.
const (
	NoVote    Vote = iota
	Up             // readers get the page
	Degraded       // readers get something, or may have to wait
	Protected      // a protection product stands in front of this vantage; people probably pass
	Down           // readers do not get the page
)

// classes is the one table of names and votes.
var classes = [...]struct {
	name string
	vote Vote
}{
	Unknown:           {"unknown", NoVote},
	OK:                {"ok", Up},
	HTTP500:           {"http_500", Down},
	HTTP502:           {"http_502", Down},
	HTTP503:           {"http_503", Down},
	HTTP504:           {"http_504", Down},
	HTTP5xx:           {"http_5xx", Down},
	HTTP4xx:           {"http_4xx", Down},
	OverloadPage:      {"overload_page", Down},
	Challenge:         {"challenge", Protected},
	EdgeBlock:         {"edge_block", Protected},
	RedirectLoop:      {"redirect_loop", Down},
	RedirectForeign:   {"redirect_foreign", Degraded},
	BadResponse:       {"bad_response", Down},
	Truncated:         {"truncated", Down},
	Empty:             {"empty", Down},
	HTTPTimeout:       {"http_timeout", Down},
	TLSExpired:        {"tls_expired", Down},
	TLSWrongHost:      {"tls_wrong_host", Down},
	TLSUnknownCA:      {"tls_unknown_ca", Down},
	TLSHandshake:      {"tls_handshake", Down},
	TLSReset:          {"tls_reset", Down},
	TLSTimeout:        {"tls_timeout", Down},
	TCPRefused:        {"tcp_refused", Down},
	TCPReset:          {"tcp_reset", Down},
	TCPTimeout:        {"tcp_timeout", Down},
	TCPUnreachable:    {"tcp_unreachable", Down},
	DNSNXDomain:       {"dns_nxdomain", Down},
	DNSServFail:       {"dns_servfail", Down},
	DNSRefused:        {"dns_refused", Down},
	DNSNoAnswer:       {"dns_no_answer", Down},
	DNSTimeout:        {"dns_timeout", Down},
	RefusedTarget:     {"refused_target", NoVote},
	MeasurementFailed: {"measurement_failed", NoVote},
}

// Classes returns every class, in order.
func Classes() []Class {
	all := make([]Class, len(classes))
	for i := range all {
		all[i] = Class(i)
	}
	return all
}

// Vote returns what the class says about the site. An overload page counts as down: the reader asked for a page and did not get it.
func (c Class) Vote() Vote {
	if int(c) >= len(classes) {
		return NoVote
	}
	return classes[c].vote
}

// OfDNS reports whether the class says that the name was not resolved.
func (c Class) OfDNS() bool { return c >= DNSNXDomain && c <= DNSTimeout }

// String returns the class's name, as in stored results and JSON.
func (c Class) String() string {
	if int(c) >= len(classes) {
		return fmt.Sprintf("class(%d)", c)
	}
	return classes[c].name
}

// MarshalText returns the class's name.
func (c Class) MarshalText() ([]byte, error) {
	if int(c) >= len(classes) {
		return nil, fmt.Errorf("no class has the number %d", c)
	}
	return []byte(classes[c].name), nil
}

// UnmarshalText reads a class's name. Other names are an error.
func (c *Class) UnmarshalText(text []byte) error {
	i := slices.IndexFunc(classes[:], func(k struct {
		name string
		vote Vote
	},
	) bool {
		return k.name == string(text)
	})
	if i < 0 {
		return fmt.Errorf("no class is called %q", text)
	}
	*c = Class(i)
	return nil
}

var votes = [...]string{NoVote: "no_vote", Up: "up", Degraded: "degraded", Protected: "protected", Down: "down"}

// String returns the vote's name.
func (v Vote) String() string {
	if int(v) >= len(votes) {
		return fmt.Sprintf("vote(%d)", v)
	}
	return votes[v]
}
