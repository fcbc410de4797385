package config

import (
	"fmt"
	"log/slog"
)

// Secret is a value of the file that nobody should see, such as a URL with a token in it. It prints as a row of stars, and inside of a printed
// struct as an address. The zero value is none.
type Secret struct{ text *string }

const stars = "***"

func newSecret(s string) Secret { return Secret{&s} }

// Reveal returns the secret itself, "" for the zero value.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// Equal reports whether two secrets are the same.
func (s Secret) Equal(t Secret) bool { return s.Reveal() == t.Reveal() }

// String implements [fmt.Stringer].
func (Secret) String() string { return stars }

// Format implements [fmt.Formatter], so that no verb gets past it.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(stars)) }

// LogValue implements [slog.LogValuer].
func (Secret) LogValue() slog.Value { return slog.StringValue(stars) }

// MarshalText keeps it out of JSON.
func (Secret) MarshalText() ([]byte, error) { return []byte(stars), nil }
