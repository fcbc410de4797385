package watch

import (
	"fmt"
	"slices"
)

// State is where a site stands. The zero value is [Unknown].
type State uint8

// The states.
const (
	Unknown    State = iota // nothing was seen that says anything
	Up                      // readers get the page
	Suspect                 // at least one valid vote says no; it is asked again at once
	Disrupted               // a quorum says no in two of the last four rounds
	Down                    // a quorum says no in four of five rounds over five minutes
	Recovering              // three good rounds; a failure now continues the incident
	Closed                  // the incident is over; in all else as Up
)

var states = [...]string{
	Unknown: "unknown", Up: "up", Suspect: "suspect", Disrupted: "disrupted", Down: "down", Recovering: "recovering", Closed: "closed",
}

// String returns the state's name.
func (s State) String() string { return name(states[:], s) }

// MarshalText returns the state's name.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a state's name.
func (s *State) UnmarshalText(text []byte) error { return named(states[:], s, text) }

// Overlay is what lies over a site's state, and says how far it can be trusted.
type Overlay uint8

// The overlays.
const (
	Disputed      Overlay = iota // vantages disagree, and there is no quorum for a failure
	InMaintenance                // in a declared window; failures count for nothing
	Blind                        // no vantage has a valid vote; nothing is said
	Guarded                      // a protection product answers; neither up nor down
	overlays
)

var overlayNames = [...]string{Disputed: "disputed", InMaintenance: "maintenance", Blind: "blind", Guarded: "protected"}

// String returns the overlay's name.
func (o Overlay) String() string { return name(overlayNames[:], o) }

// MarshalText returns the overlay's name.
func (o Overlay) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads an overlay's name.
func (o *Overlay) UnmarshalText(text []byte) error { return named(overlayNames[:], o, text) }

// name returns the name of a value of a closed list.
func name[T ~uint8](names []string, v T) string {
	if int(v) >= len(names) {
		return fmt.Sprintf("no name for %d", v)
	}
	return names[v]
}

// named sets v to the value of a closed list that has this name.
func named[T ~uint8](names []string, v *T, text []byte) error {
	i := slices.Index(names, string(text))
	if i < 0 {
		return fmt.Errorf("%q is none of %v", text, names)
	}
	*v = T(i)
	return nil
}
