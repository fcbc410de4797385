// Package misp reads MISP events (MISP core format) for what they say of denial of service: the objects ddos-config, orders of attack; ddos-claim,
// what somebody says that they did; and ddos, what somebody saw.
//
// Reading is lenient where the world is messy and strict about what is kept. An event may stand alone, in a list or in a response; values may be
// numbers; what is not understood is counted under one of [Reasons]. Every quantity is bounded by [Limits]. Orders are handed out as they are
// listed, as [ddosia.Entry]: whoever keeps them masks them first.
//
// The hosts are victims: they are never contacted or resolved, and no error holds a byte of an event.
package misp

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/seawall-project/seawall/internal/intel/bounds"
	"github.com/seawall-project/seawall/internal/intel/ddosia"
)

// ErrTooLarge says that the bytes are more than [Limits.Bytes].
var ErrTooLarge = errors.New("too large")

// ErrNotMISP says that the bytes are no MISP events.
var ErrNotMISP = errors.New("not MISP events")

// Limits bound what a file can take. A zero field means its default, given here.
type Limits struct {
	Bytes   int64 // the whole, 16 MiB
	Values  int   // objects, lists and members of such, whatever they are: 500,000
	Depth   int   // how deep brackets may nest, 64
	Events  int   // 1,000
	Objects int   // of all events, and attributes of all of them ten times that: 100,000
	Orders  int   // entries made of them, 200,000
}

func (l Limits) withDefaults() Limits {
	l.Bytes = orDefault(l.Bytes, 16<<20)
	l.Values = orDefault(l.Values, 500_000)
	l.Depth = orDefault(l.Depth, 64)
	l.Events = orDefault(l.Events, 1000)
	l.Objects = orDefault(l.Objects, 100_000)
	l.Orders = orDefault(l.Orders, 200_000)
	return l
}

func orDefault[N int | int64](n, def N) N {
	if n <= 0 {
		return def
	}
	return n
}

// File is what could be read.
type File struct {
	Events  []Event
	Skipped map[Reason]int // reasons that did not occur are absent
	Unknown map[string]int // objects of names that are not read, by name, 64 names at most
}

// Event is what one event says. Times are zero where it does not say.
type Event struct {
	UUID, Info string
	Source     string // the organisation that made it
	Time       time.Time
	TLP        string // the strictest of its tags, in upper case such as "TLP:AMBER+STRICT"; "" when it has none
	Grade

	Orders []ddosia.Entry
	Claims []Claim
	Seen   []Attack
}

// Grade is a grade in the Admiralty scale: the source "a" to "f", the information "1" to "6"; "" where it is not given. MISP knows a "g", which
// says that a source deceives on purpose: it is kept as "e", unreliable.
type Grade struct{ Reliability, Credibility string }

// Claim is an object ddos-claim.
type Claim struct {
	UUID     string
	Target   string   // as listed
	Hosts    []string // the names in Target, see [ddosia.NormalHost]
	Proof    []string // texts, as listed
	Links    []string // references and proof, as listed
	Validity string   // "Valid", "Invalid" or "Unknown": somebody else's judgement
	Time     time.Time
	TLP      string // its own or the event's
	Grade           // its own or the event's
}

// Attack is an object ddos: what somebody says that they saw.
type Attack struct {
	UUID        string
	Hosts       []string     // destinations, by name
	Addresses   []netip.Addr // destinations
	Sources     []netip.Addr // where it came from: evidence of one moment, at most 10,000
	First, Last time.Time
	Types       []string
	Origin      string // of the capture
}

// Reason is why something was not kept. The set is closed.
type Reason string

// The reasons.
const (
	NotEvent  Reason = "not_event"  // an element that is no event
	NoHost    Reason = "no_host"    // an object that names no host
	BadHost   Reason = "bad_host"   // one that names something else
	BadValue  Reason = "bad_value"  // an attribute that does not hold what it should
	Duplicate Reason = "duplicate"  // an object or event that was there before
	Future    Reason = "future"     // a time after now, taken as not said
	Deleted   Reason = "deleted"    // marked as deleted
	TooMany   Reason = "too_many"   // beyond a limit
	BadTLP    Reason = "bad_tlp"    // a tlp: tag of no known label, taken as the red
	BadGrade  Reason = "bad_grade"  // a tag of no known grade
	BadTime   Reason = "bad_time"   // no time
	ManyNames Reason = "many_names" // an unknown object beyond those that are counted by name
)

// Reasons returns every reason in order.
func Reasons() []Reason {
	return []Reason{NotEvent, NoHost, BadHost, BadValue, Duplicate, Future, Deleted, TooMany, BadTLP, BadGrade, BadTime, ManyNames}
}

// Parse reads one file to its end. now is when it is read: later times are named and not kept. It returns an error when reading fails, when the file
// is too large or nests too deep or has too many values ([ErrTooLarge]), and when it is something else ([ErrNotMISP]).
func Parse(r io.Reader, now time.Time, limits Limits) (*File, error) {
	limits = limits.withDefaults()
	data, err := io.ReadAll(io.LimitReader(r, limits.Bytes+1))
	if err != nil {
		return nil, fmt.Errorf("read MISP events: %w", err)
	}
	if int64(len(data)) > limits.Bytes {
		return nil, fmt.Errorf("read MISP events: longer than %d bytes: %w", limits.Bytes, ErrTooLarge)
	}
	if err := bounds.JSON(data, limits.Depth, limits.Values); err != nil {
		return nil, fmt.Errorf("read MISP events: %w: %w", err, ErrTooLarge)
	}
	raw, ok := unwrap(data)
	if !ok {
		return nil, fmt.Errorf("read MISP events: %w", ErrNotMISP)
	}
	p := parser{limits: limits, now: now, seen: map[string]bool{}, file: &File{Skipped: map[Reason]int{}, Unknown: map[string]int{}}}
	for _, one := range raw {
		p.event(one)
	}
	return p.file, nil
}

// unwrap returns the events in data: {"Event":…}, a list of those or of bare events, {"response":[…]}, or a bare event.
func unwrap(data []byte) ([]json.RawMessage, bool) {
	var list []json.RawMessage
	if json.Unmarshal(data, &list) == nil {
		return list, len(list) == 0 || isEvent(list[0])
	}
	var doc struct{ Response []json.RawMessage }
	if json.Unmarshal(data, &doc) == nil && doc.Response != nil {
		return doc.Response, true
	}
	return []json.RawMessage{data}, isEvent(data)
}

func isEvent(data []byte) bool {
	var e struct {
		Event     json.RawMessage
		Object    json.RawMessage
		Attribute json.RawMessage
		Info      json.RawMessage
	}
	return json.Unmarshal(data, &e) == nil && (e.Event != nil || e.Object != nil || e.Info != nil || e.Attribute != nil)
}
