package probe

import (
	"fmt"
	"slices"
)

// Assessment is what is said beside a [Class] and needs more than one phase of one probe: history, a reference, other vantages, or, for
// [Maintenance], a mark on the page. The list is closed. The zero value is none of them.
type Assessment uint8

// The assessments. A single probe says at most Maintenance; [Turns] say Partial.
const (
	Slow         Assessment = iota + 1 // the page came, far later than usual
	WrongContent                       // the page is far from its reference
	GeoBlocked                         // home vantages are served and foreign ones are not
	Maintenance                        // declared, or a 503 with the mark of a product's maintenance page
	Partial                            // the page came, and something that belongs to it did not
)

var assessments = [...]string{
	Slow: "slow", WrongContent: "wrong_content", GeoBlocked: "geo_blocked", Maintenance: "maintenance", Partial: "partial",
}

// String returns the assessment's name, as in stored results and JSON.
func (a Assessment) String() string {
	if a == 0 || int(a) >= len(assessments) {
		return fmt.Sprintf("assessment(%d)", a)
	}
	return assessments[a]
}

// MarshalText returns the assessment's name.
func (a Assessment) MarshalText() ([]byte, error) {
	if a == 0 || int(a) >= len(assessments) {
		return nil, fmt.Errorf("no assessment has the number %d", a)
	}
	return []byte(assessments[a]), nil
}

// UnmarshalText reads an assessment's name. Other names are an error.
func (a *Assessment) UnmarshalText(text []byte) error {
	i := slices.Index(assessments[:], string(text))
	if i <= 0 {
		return fmt.Errorf("no assessment is called %q", text)
	}
	*a = Assessment(i)
	return nil
}

// Assessments is a set of them in one byte, the form in which they are stored.
type Assessments uint8

// Together returns a set.
func Together(all ...Assessment) (s Assessments) {
	for _, a := range all {
		s |= a.bit()
	}
	return s
}

func (a Assessment) bit() Assessments {
	if a == 0 || a > 8 {
		return 0
	}
	return 1 << (a - 1)
}

// Has reports whether a is in the set.
func (s Assessments) Has(a Assessment) bool { return a.bit() != 0 && s&a.bit() != 0 }

// All returns what is in the set, in order; of a set without any, nil. What this version knows nothing of is left out.
func (s Assessments) All() (all []Assessment) {
	for i := range assessments {
		if a := Assessment(i); s.Has(a) { //nolint:gosec // G115: few
			all = append(all, a)
		}
	}
	return all
}
