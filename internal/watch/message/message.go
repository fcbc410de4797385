// Package message is what agents and the lookout write to each other, as the payload of the bus's envelopes: results, health, assignments. The
// form is JSON, described in docs/formats/bus.md.
//
// Both sides read what strangers may have written: an agent's key may be stolen, and so may the lookout's machine. Everything is bounded here,
// and judged by whoever receives it.
package message

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"time"

	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// Limits of what is read.
const (
	MaxSites     = 5000 // of an assignment
	MaxOptOuts   = 5000
	MaxNow       = 16  // sites to be asked at once
	maxName      = 253 // bytes of a site's name
	maxTLS       = 16  // of a TLS version's name
	maxURL       = 2048
	maxHosts     = 16
	maxSentinels = 16
	maxAddresses = 16
	maxID        = 64
	// MaxHold is the longest that an assignment holds without being renewed.
	MaxHold = time.Hour
)

// Result is what one probe found of a site.
type Result struct {
	Site  string       `json:"site"` // as the assignment calls it
	Probe probe.Result `json:"result"`
}

// Health is how a vantage fares, by itself.
type Health struct {
	At        time.Time        `json:"at"` // by its own clock
	Sentinels []watch.Sentinel `json:"sentinels"`
	Resolver  bool             `json:"resolver"`  // its resolvers did not fail its own test of them, see [probe.Prober.Resolves]
	OffsetMS  *float64         `json:"offset_ms"` // its clock's lead over the lookout's; null when it does not know
	Held      string           `json:"held"`      // the assignment that it goes by; "" without one
	Waiting   int64            `json:"waiting"`   // what waits to be sent
	Dropped   int64            `json:"dropped"`   // what was dropped because too much waited, ever
	// Addresses are the vantage's own, as far as it knows them and they mean the same place everywhere. Sites in the same network are seen from inside.
	Addresses []netip.Addr `json:"addresses,omitempty"`
}

// Report returns what the state machine is told.
func (h *Health) Report(vantage string) *watch.HealthReport {
	r := &watch.HealthReport{Vantage: vantage, Sentinels: h.Sentinels, Resolver: h.Resolver}
	if h.OffsetMS != nil {
		r.Offset = time.Duration(*h.OffsetMS * float64(time.Millisecond))
	}
	return r
}

// Milliseconds returns a duration as it is written.
func Milliseconds(d time.Duration) *float64 {
	ms := float64(d) / float64(time.Millisecond)
	return &ms
}

// Assignment is what a vantage is to ask, and how long that holds.
type Assignment struct {
	ID          string `json:"id"`           // of what it says about sites; another list has another
	HoldSeconds int    `json:"hold_seconds"` // from its arrival on
	Sites       []Site `json:"sites"`        // null: those of the assignment with this ID, which was sent before
	// Listed is what attack orders name in the domains of these sites. It goes with sites, and holds as long.
	Listed []Listed `json:"listed,omitempty"`
	// HomeOnly are the domains of which orders name more hosts than can be said: nothing but the home page is asked of their hosts, of which Listed does
	// not say what is named. They go with sites as well.
	HomeOnly []string `json:"home_only,omitempty"`
	// OptOuts are the hosts in these domains whose owners want no probes, and with them what lies below. They go with sites as well.
	OptOuts []string `json:"opt_outs,omitempty"`
	Now     []string `json:"now,omitempty"` // names of sites to be asked at once, beside their turns, as far as the budget has room
	AskSelf bool     `json:"ask_self"`      // the vantage is to test itself at once
	Clock   *Clock   `json:"clock"`         // null when nothing was asked
}

// Site is one site to be asked.
type Site struct {
	Name         string   `json:"site"`
	URL          string   `json:"url"`
	Page         string   `json:"page,omitempty"`
	Hosts        []string `json:"hosts,omitempty"` // of other sites that it may redirect to
	EverySeconds int      `json:"every_seconds"`
	DoubtSeconds int      `json:"doubt_seconds,omitempty"` // how long it may still be asked more often; 0 in peace
}

// Target returns what a probe is to ask.
func (s *Site) Target() probe.Target { return probe.Target{URL: s.URL, Page: s.Page, Hosts: s.Hosts} }

// Clock is one exchange of times, as in NTP: the vantage knows when the answer came.
type Clock struct {
	Asked    time.Time `json:"asked"`    // when the vantage sent the health report that this answers, by its clock
	Received time.Time `json:"received"` // when that arrived, by the lookout's
	Sent     time.Time `json:"sent"`     // when this was sent, by the lookout's
}

// ReadResult reads a result and holds it to what its vantage may say.
func ReadResult(vantage string, payload []byte) (Result, error) {
	var r Result
	if err := json.Unmarshal(payload, &r); err != nil {
		return r, fmt.Errorf("result: %w", err)
	}
	switch {
	case r.Site == "" || len(r.Site) > maxName:
		return r, fmt.Errorf("result: %.80q names no site", r.Site)
	case r.Probe.Vantage != vantage:
		return r, fmt.Errorf("result: of vantage %.80q", r.Probe.Vantage)
	case r.Probe.At.IsZero():
		return r, errors.New("result: no time")
	case len(r.Probe.Evidence.TLS) > maxTLS:
		return r, fmt.Errorf("result: TLS version %.20q…", r.Probe.Evidence.TLS)
	}
	return r, nil
}

// ReadHealth reads a health report.
func ReadHealth(payload []byte) (Health, error) {
	var h Health
	if err := json.Unmarshal(payload, &h); err != nil {
		return h, fmt.Errorf("health: %w", err)
	}
	switch {
	case h.At.IsZero():
		return h, errors.New("health: no time")
	case len(h.Sentinels) > maxSentinels:
		return h, fmt.Errorf("health: %d sentinels, at most %d", len(h.Sentinels), maxSentinels)
	case len(h.Addresses) > maxAddresses:
		return h, fmt.Errorf("health: %d addresses, at most %d", len(h.Addresses), maxAddresses)
	case slices.ContainsFunc(h.Addresses, func(a netip.Addr) bool { return !a.IsValid() || a.Zone() != "" }):
		return h, errors.New("health: an address that is none")
	case len(h.Held) > maxID:
		return h, errors.New("health: the assignment's ID is too long")
	case h.OffsetMS != nil && math.Abs(*h.OffsetMS) > float64(maxOffset/time.Millisecond):
		return h, fmt.Errorf("health: clock off by %g ms, which nobody believes", *h.OffsetMS)
	}
	for _, s := range h.Sentinels {
		switch {
		case len(s.Name) > maxURL || len(s.Network) > maxName || len(s.CNAME) > maxName:
			return h, errors.New("health: a sentinel's name is too long")
		case s.Address.Zone() != "":
			return h, errors.New("health: a sentinel's address that is none")
		}
	}
	return h, nil
}

// maxOffset is the most by which a clock can be off. Beyond that, times say nothing.
const maxOffset = 10 * 365 * 24 * time.Hour

// ReadAssignment reads an assignment. What it asks for is not judged here, only whether it can be read.
func ReadAssignment(payload []byte) (Assignment, error) {
	var a Assignment
	if err := json.NewDecoder(bytes.NewReader(payload)).Decode(&a); err != nil {
		return a, fmt.Errorf("assignment: %w", err)
	}
	switch {
	case a.ID == "" || len(a.ID) > maxID:
		return a, fmt.Errorf("assignment: ID %.80q", a.ID)
	case a.HoldSeconds < 1 || a.HoldSeconds > int(MaxHold/time.Second):
		return a, fmt.Errorf("assignment: it holds for %d s", a.HoldSeconds)
	case len(a.Sites) > MaxSites:
		return a, fmt.Errorf("assignment: %d sites, at most %d", len(a.Sites), MaxSites)
	case len(a.Listed) > MaxListed:
		return a, fmt.Errorf("assignment: %d listed hosts, at most %d", len(a.Listed), MaxListed)
	case len(a.HomeOnly) > MaxListed:
		return a, fmt.Errorf("assignment: %d domains of which only home pages are asked, at most %d", len(a.HomeOnly), MaxListed)
	case len(a.Now) > MaxNow:
		return a, fmt.Errorf("assignment: %d sites to be asked at once, at most %d", len(a.Now), MaxNow)
	case len(a.OptOuts) > MaxOptOuts:
		return a, fmt.Errorf("assignment: %d opt-outs, at most %d", len(a.OptOuts), MaxOptOuts)
	}
	for _, name := range a.Now {
		if name == "" || len(name) > maxName {
			return a, fmt.Errorf("assignment: %.80q is to be asked at once", name)
		}
	}
	for _, host := range a.OptOuts {
		if host == "" || len(host) > maxName {
			return a, fmt.Errorf("assignment: opt-out of %.80q", host)
		}
	}
	for _, host := range a.HomeOnly {
		if host == "" || len(host) > maxName {
			return a, fmt.Errorf("assignment: only home pages of %.80q", host)
		}
	}
	for i := range a.Listed {
		if err := a.Listed[i].check(); err != nil {
			return a, fmt.Errorf("assignment: listed host %d: %w", i, err)
		}
	}
	for i := range a.Sites {
		if err := a.Sites[i].check(); err != nil {
			return a, fmt.Errorf("assignment: site %d: %w", i, err)
		}
	}
	return a, nil
}

func (s *Site) check() error {
	switch {
	case s.Name == "" || len(s.Name) > maxName:
		return fmt.Errorf("name %.80q", s.Name)
	case len(s.URL) > maxURL || len(s.Page) > maxURL:
		return errors.New("URL or page too long")
	case len(s.Hosts) > maxHosts:
		return fmt.Errorf("%d hosts, at most %d", len(s.Hosts), maxHosts)
	}
	for _, h := range s.Hosts {
		if len(h) > maxName {
			return errors.New("a host's name is too long")
		}
	}
	return nil
}
