// Package ddosia reads the attack orders of the DDoSia tool: JSON lists of hosts and request templates, as public trackers
// archive them.
//
// [Parse] and [ParseCSV] read one list, [OpenMember] finds one in an archive of many, and [Walk] reads all of a pile in one pass. The lists are entered by hand, change shape without notice
// and are cut off now and then, so reading is lenient: what can be read is kept, what cannot is counted under one of [Reasons], and
// fields of an odd type are read as far as they mean anything. Every quantity that a list can grow is bounded by [Limits].
//
// The hosts in a list are victims. This package never contacts them, never resolves their names, and none of its errors holds a
// byte of a list.
package ddosia

import "net/netip"

// List is one list of attack orders.
type List struct {
	Entries []Entry        // orders that could be read, as listed
	Randoms []Random       // what tokens stand for: $_N means the Nth, from 0, as far as is known
	Skipped map[Reason]int // elements that could not be read; reasons that did not occur are absent
	// BadHosts are what stands where a host should and holds no host name, each once, cut to 253 bytes, at most 1,000.
	BadHosts []string
	Empty    bool // whether the list holds no orders at all, readable or not, such as "targets": null
}

// SkippedTotal returns how many elements could not be read.
func (l *List) SkippedTotal() int {
	total := 0
	for _, n := range l.Skipped {
		total += n
	}
	return total
}

// Entry is one order. Strings are as listed unless said otherwise; any but the hosts may be empty.
type Entry struct {
	TargetID  string
	RequestID string
	HostRaw   string     // as listed
	Hosts     []string   // the names in HostRaw, see [NormalHost]; at least one, no two equal
	IP        netip.Addr // the zero Addr when there is none or it could not be read
	Type      Type
	TypeRaw   string // as listed
	Method    string // hand-entered: "GET", but also "udp_flood" on an HTTP order, or ""
	Port      int    // 0 when there is none or it could not be read
	UseTLS    bool
	Path      string // hand-entered: may hold a query, a fragment, spaces, tokens, or be no path at all
	Body      Body
	Headers   []Header // at most [MaxHeaders]
}

// Body is what an order sends after the head.
type Body struct {
	Type  string // "" or "str" in every list seen so far
	Value string // may hold tokens
}

// Header is one field that an order sends.
type Header struct{ Name, Value string }

// MaxHeaders is the most fields that are kept of one order.
const MaxHeaders = 64

// Random says what a token is replaced by: a run of Min to Max characters drawn from the classes that are set. Nothing is checked:
// there may be no class, and Min may exceed Max.
type Random struct {
	ID                  string
	Name                string
	Digit, Upper, Lower bool
	Min, Max            int // characters
}

// Type is how an order attacks. The zero value is [Other].
type Type uint8

// The types.
const (
	Other Type = iota // anything not named below
	HTTP              // HTTP/1.1 requests
	HTTP2             // HTTP/2 requests
	HTTP3             // HTTP/3 requests
	TCP               // bare segments
	UDP               // bare datagrams
	Loris             // "nginx_loris": heads that never end
	types
)

var typeNames = [types]string{"other", "http", "http2", "http3", "tcp", "udp", "nginx_loris"}

// Types returns every type in order.
func Types() []Type { return []Type{Other, HTTP, HTTP2, HTTP3, TCP, UDP, Loris} }

// String returns the name that lists use, and "other" for [Other].
func (t Type) String() string {
	if t < types {
		return typeNames[t]
	}
	return "unknown"
}

// Reason is why an element of a list could not be read. The set is closed.
type Reason uint8

// The reasons.
const (
	NotOrder  Reason = iota // no object, or one without any known field
	Damaged                 // not valid JSON
	Truncated               // the list breaks off here
	NoHost                  // an order without a host
	BadHost                 // an order whose host holds no host name
	TooLarge                // longer than [Limits.RowBytes]
	TooMany                 // beyond [Limits.Rows]
	reasons
)

var reasonNames = [reasons]string{"not_order", "damaged", "truncated", "no_host", "bad_host", "too_large", "too_many"}

// Reasons returns every reason in order.
func Reasons() []Reason {
	return []Reason{NotOrder, Damaged, Truncated, NoHost, BadHost, TooLarge, TooMany}
}

// String returns the name used in reports and JSON.
func (r Reason) String() string {
	if r < reasons {
		return reasonNames[r]
	}
	return "unknown"
}
