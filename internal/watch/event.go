package watch

import "time"

// Event is something that the [Machine] says: when, and exactly one of the others. Events come in the order in which they happened.
type Event struct {
	At         time.Time      `json:"at"`
	Transition *Transition    `json:"transition,omitempty"`
	Incident   *IncidentEvent `json:"incident,omitempty"`
	Overlay    *OverlayChange `json:"overlay,omitempty"`
	NearMiss   *NearMiss      `json:"near_miss,omitempty"`
	Vantage    *VantageChange `json:"vantage,omitempty"`
	AskAgain   *AskAgain      `json:"ask_again,omitempty"`
}

// Transition is a change of a site's state, and why.
type Transition struct {
	Site    string  `json:"site"`
	From    State   `json:"from"`
	To      State   `json:"to"`
	Because []Probe `json:"because"` // the probes that caused it, oldest first, at most 32
	Note    string  `json:"note"`    // what the probes do not show, as that votes were withdrawn; else empty
}

// OverlayChange is an overlay that came or went.
type OverlayChange struct {
	Site    string  `json:"site"`
	Overlay Overlay `json:"overlay"`
	On      bool    `json:"on"`
	Matrix  []Probe `json:"matrix"` // what each vantage says now
	Words   Words   `json:"words"`
}

// NearMiss is doubt that came to nothing. It is kept and told nobody.
type NearMiss struct {
	Site    string    `json:"site"`
	Since   time.Time `json:"since"`
	Because []Probe   `json:"because"`
}

// VantageChange is a change of a vantage's health.
type VantageChange struct {
	Vantage string `json:"vantage"`
	From    Health `json:"from"`
	To      Health `json:"to"`
	Why     string `json:"why"`
}

// AskAgain wants a vantage's sentinels, resolver and clock asked at once, and the answer as a [HealthReport]: many sites began to fail there.
// The votes wait meanwhile.
type AskAgain struct {
	Vantage string    `json:"vantage"`
	Sites   int       `json:"sites"`  // that began to fail
	Groups  int       `json:"groups"` // of them that share no address, network, alias or name servers
	Of      int       `json:"of"`     // groups watched from there
	Until   time.Time `json:"until"`  // when the votes count without an answer
}

// IncidentEvent is what became of an incident.
type IncidentEvent struct {
	What     What     `json:"what"`
	Incident Incident `json:"incident"`
}

// What is how an incident changed.
type What uint8

// The changes.
const (
	Opened   What = iota
	Updated       // its words, grade, members or phase
	Finished      // closed; it is not told again
	Revoked       // withdrawn; it is not told again
)

var whats = [...]string{Opened: "opened", Updated: "updated", Finished: "closed", Revoked: "withdrawn"}

// String returns the change's name.
func (w What) String() string { return name(whats[:], w) }

// MarshalText returns the change's name.
func (w What) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText reads a change's name.
func (w *What) UnmarshalText(text []byte) error { return named(whats[:], w, text) }
