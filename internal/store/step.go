package store

import (
	"encoding/json"
	"time"
)

// Step is what follows from one step of the state machine. Empty parts change nothing.
type Step struct {
	States      []State
	Snapshots   []Snapshot
	Transitions []Transition
	Incidents   []Incident
	Health      []Health
}

// State is how a site stands now.
type State struct {
	Site  SiteID
	State string    // as the state machine calls it
	Since time.Time // when it came to that
	At    time.Time // of what it was last judged by
	Doc   json.RawMessage
}

// Snapshot is the state machine's memory of a site, or for site 0 of everything, of at most [MaxSnapshot]. A later one replaces it.
type Snapshot struct {
	Site    SiteID
	Version int // of Doc's form: the store keeps it, the state machine knows what to make of an old one
	Doc     json.RawMessage
}

// Transition is a change of a site's state.
type Transition struct {
	ID       int64 // given by the store, growing
	Site     SiteID
	At       time.Time
	From, To string
	Doc      json.RawMessage // which probes caused it, and the rest
}
