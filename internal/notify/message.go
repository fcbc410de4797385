package notify

import (
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/seawall-project/seawall"
)

// Kind is what a message is about. The list is closed.
type Kind uint8

// The kinds. The zero value is none.
const (
	KindNone   Kind = iota
	Slow            // a site is slow
	Suspected       // a site seems to fail, seen from too few places to say more
	Disrupted       // a site fails now and then
	Down            // a site fails
	Recovering      // it answers again
	Closed          // it has answered for long enough to call the incident over
	Listing         // an attack list names a site
	Digest          // many sites fail at once
	Test            // somebody tries the alarm
	Heartbeat       // the lookout is alive
)

var kinds = [...]string{
	KindNone: "none", Slow: "slow", Suspected: "suspected", Disrupted: "disrupted", Down: "down", Recovering: "recovering", Closed: "closed",
	Listing: "listing", Digest: "digest", Test: "test", Heartbeat: "heartbeat",
}

// String returns the kind's name, as in stored messages and JSON.
func (k Kind) String() string {
	if int(k) >= len(kinds) {
		return fmt.Sprintf("kind(%d)", k)
	}
	return kinds[k]
}

// MarshalText returns the kind's name.
func (k Kind) MarshalText() ([]byte, error) {
	if int(k) >= len(kinds) {
		return nil, fmt.Errorf("no kind has the number %d", k)
	}
	return []byte(kinds[k]), nil
}

// UnmarshalText reads a kind's name. Other names are an error.
func (k *Kind) UnmarshalText(text []byte) error {
	i := slices.Index(kinds[:], string(text))
	if i < 0 {
		return fmt.Errorf("no kind of message is called %q", text)
	}
	*k = Kind(i)
	return nil
}

// Fails reports whether the kind says that a site does not work as it should. Of two such kinds the greater is the worse.
func (k Kind) Fails() bool { return k >= Slow && k <= Down }

// Ends reports whether the kind says that a site works again.
func (k Kind) Ends() bool { return k == Recovering || k == Closed }

// Text is one text in the languages that Seawall writes.
type Text struct {
	English string `json:"en,omitempty"`
	Danish  string `json:"da,omitempty"`
}

// In returns the text in a language, or in English where there is none.
func (t Text) In(l seawall.Language) string {
	if l == seawall.Danish && t.Danish != "" {
		return t.Danish
	}
	return t.English
}

// Interval is a moment known to lie between two others, both included. The zero value is an unknown one.
type Interval struct {
	Earliest time.Time `json:"earliest"`
	Latest   time.Time `json:"latest"`
}

// Site is a watched site that a message is about.
type Site struct {
	Name   string   `json:"name"` // host name
	Groups []string `json:"groups,omitempty"`
}

// Vantage is what one place sees.
type Vantage struct {
	Name string `json:"name"`
	Sees Text   `json:"sees"`
}

// Message is one thing that happened, for whoever should hear of it. It is plain data.
type Message struct {
	Kind Kind `json:"kind"`
	// Key is the incident's id; for a [Listing] what names the list and the host. Messages with one key are about one thing.
	Key string    `json:"key"`
	At  time.Time `json:"at"` // when it happened
	// Staff keeps the message to receivers with [Receiver.Staff].
	Staff bool `json:"staff,omitempty"`
	// Wait says that the message may wait for the hours of a receiver, as those of kind [Slow] always may.
	Wait     bool      `json:"wait,omitempty"`
	Sites    []Site    `json:"sites,omitempty"` // at least one, except for [Test] and [Digest]; at most [MaxSites]
	Since    Interval  `json:"since"`           // when it began
	Until    Interval  `json:"until"`           // when it ended; zero while it lasts
	Words    Text      `json:"words"`           // the fixed words of the state, such as "briefly unavailable"; zero for those of the kind
	Answer   Text      `json:"answer"`          // answers "is it us or our provider?"; zero when nothing can be said
	Vantages []Vantage `json:"vantages,omitempty"`
	Links    []string  `json:"links,omitempty"` // where there is more; the first stands in for what does not fit
}

// Limits of a [Message].
const (
	MaxSites    = 10_000
	MaxVantages = 64
	MaxLinks    = 8
	MaxText     = 2000 // bytes of a text, a link, or a key
)

func (m *Message) check() error {
	switch {
	case m.Kind == KindNone || int(m.Kind) >= len(kinds):
		return errors.New("message without a kind")
	case m.Key == "":
		return errors.New("message without a key")
	case m.At.IsZero():
		return errors.New("message without a time")
	case len(m.Sites) == 0 && (m.Kind.Fails() || m.Kind.Ends() || m.Kind == Listing):
		return errors.New("message about no site")
	case len(m.Sites) > MaxSites || len(m.Vantages) > MaxVantages || len(m.Links) > MaxLinks:
		return errors.New("message with too many sites, vantages or links")
	}
	texts := []string{m.Key, m.Words.English, m.Words.Danish, m.Answer.English, m.Answer.Danish}
	for _, v := range m.Vantages {
		texts = append(texts, v.Name, v.Sees.English, v.Sees.Danish)
	}
	for _, s := range m.Sites {
		texts = append(texts, s.Name)
	}
	if slices.ContainsFunc(append(texts, m.Links...), func(s string) bool { return len(s) > MaxText || !utf8.ValidString(s) }) {
		return errors.New("message with a text that is too long or not UTF-8")
	}
	return nil
}

// mayWait reports whether the message can wait for a receiver's hours.
func (m *Message) mayWait() bool { return m.Wait || m.Kind == Slow }
