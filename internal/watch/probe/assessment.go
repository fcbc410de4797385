package probe

import (
	"fmt"
	"slices"
)

// Assessment is what is said beside a [Class] and needs more than one phase of one probe: history, a reference, other vantages, or, for
// [Maintenance], a mark on the page. The list is closed. The zero value is none of them.
type Assessment uint8

// The assessments. A single probe says at most Maintenance.
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
