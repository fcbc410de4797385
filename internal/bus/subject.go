package bus

import (
	"errors"
	"fmt"
	"strings"
)

// Kind says what a message is about. It is the middle part of its subject.
type Kind string

// The kinds.
const (
	Result Kind = "result" // what one probe found; from a vantage, kept
	Health Kind = "health" // how a vantage fares; from a vantage, kept
	Assign Kind = "assign" // what a vantage is to ask; to a vantage, told
)

// Kept reports whether the bus keeps messages of this kind until somebody has dealt with them.
func (k Kind) Kept() bool { return k == Result || k == Health }

func (k Kind) known() bool { return k.Kept() || k == Assign }

// prefix is the first part of every subject.
const prefix = "watch"

// MaxName is the longest name of a vantage and the longest run, in bytes.
const MaxName = 64

// CheckName returns what is wrong with the name of a vantage, which is a part of subjects: it has 1 to [MaxName] letters from a to z, digits
// and hyphens, and begins and ends with none of these.
func CheckName(name string) error {
	switch {
	case name == "":
		return errors.New("a vantage needs a name")
	case len(name) > MaxName:
		return fmt.Errorf("vantage %.20q…: a name has at most %d bytes", name, MaxName)
	case strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || strings.ContainsFunc(name, strange):
		return fmt.Errorf("vantage %q: write letters from a to z, digits and hyphens", name)
	case name[0] == '-' || name[len(name)-1] == '-':
		return fmt.Errorf("vantage %q: a name begins and ends with a letter or a digit", name)
	}
	return nil
}

func strange(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-'
}

// Subject is where messages of a kind from or to a vantage go: "watch.result.cph-1".
type Subject struct {
	Kind    Kind
	Vantage string
}

// String returns the subject as it is written on the bus.
func (s Subject) String() string { return prefix + "." + string(s.Kind) + "." + s.Vantage }

// Check returns an error around [ErrSubject] when there is no such subject.
func (s Subject) Check() error {
	if !s.Kind.known() {
		return fmt.Errorf("%w: kind %q", ErrSubject, s.Kind)
	}
	if err := CheckName(s.Vantage); err != nil {
		return fmt.Errorf("%w: %w", ErrSubject, err)
	}
	return nil
}

// ParseSubject reads what [Subject.String] writes. Other text is an error around [ErrSubject].
func ParseSubject(text string) (Subject, error) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 || parts[0] != prefix {
		return Subject{}, fmt.Errorf("%w: %.100q", ErrSubject, text)
	}
	s := Subject{Kind: Kind(parts[1]), Vantage: parts[2]}
	return s, s.Check()
}
