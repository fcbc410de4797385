// Package tlp holds the rules of who may be told what, and when: the Traffic Light Protocol, version 2.0 (FIRST, 2022), and the delay before
// anything that was measured leaves the house.
//
// [Label] is a mark, [Route] a way out, and [Release] asks for a statement whether it may take that way now. The rules stand here and nowhere
// else; whatever writes for others asks first. The package does no input or output and has no clock.
package tlp

import "strings"

// Label is how far something may be passed on. The zero value is [AmberStrict], the default of everything that Seawall writes.
type Label uint8

// The labels. They are not in order of strictness: see [Label.Stricter].
const (
	AmberStrict Label = iota // the recipient's own organisation only
	Clear                    // anybody
	Green                    // the recipient's community, not in public
	Amber                    // the recipient's organisation and its clients, who need to know
	Red                      // the persons who were told, nobody else
	labels
)

var labelNames = [labels]string{"TLP:AMBER+STRICT", "TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:RED"}

// strictness orders the labels: what may go furthest comes first.
var strictness = [labels]int{AmberStrict: 3, Clear: 0, Green: 1, Amber: 2, Red: 4}

// Labels returns every label, from the one that lets most pass to the strictest.
func Labels() []Label { return []Label{Clear, Green, Amber, AmberStrict, Red} }

// String returns the label as it is written on documents, such as "TLP:AMBER+STRICT". A value that is no label prints as "TLP:RED".
func (l Label) String() string {
	if l < labels {
		return labelNames[l]
	}
	return labelNames[Red]
}

// Tag returns the label as tags of MISP and STIX write it, in lower case: "tlp:amber+strict".
func (l Label) Tag() string { return strings.ToLower(l.String()) }

// Level returns the label's colour alone, in lower case: "amber+strict".
func (l Label) Level() string { return strings.TrimPrefix(l.Tag(), "tlp:") }

// Stricter returns the one of l and m that lets less pass. A value that is no label counts as [Red].
func (l Label) Stricter(m Label) Label {
	if l.rank() >= m.rank() {
		return l
	}
	return m
}

func (l Label) rank() int {
	if l < labels {
		return strictness[l]
	}
	return strictness[Red]
}

// Parse reads a label as people and tools write it: with or without "TLP:" in front, in any case, with "+", "-", "_" or a space before
// "strict", and "white", which version 1 called [Clear]. ok is false for anything else, and the label then the default.
func Parse(s string) (l Label, ok bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	s = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(s, "tlp"), ":"))
	s = strings.NewReplacer("-", "+", "_", "+", " ", "+").Replace(s)
	if s == "white" {
		return Clear, true
	}
	for _, l := range Labels() {
		if l.Level() == s {
			return l, true
		}
	}
	return AmberStrict, false
}

// Strictest returns the strictest of all, and the default when there is none.
func Strictest(all ...Label) Label {
	if len(all) == 0 {
		return AmberStrict
	}
	strictest := all[0]
	for _, l := range all[1:] {
		strictest = strictest.Stricter(l)
	}
	return strictest
}

// MarshalText returns the label as it is written on documents.
func (l Label) MarshalText() ([]byte, error) { return []byte(l.String()), nil }
