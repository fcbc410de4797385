package notify

import (
	"errors"
	"fmt"
	"slices"
	"strings"
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
	LedgerHead      // where the ledger of evidence stands, for whoever keeps that
	FeedSilent      // a feed of attack orders gives no lists, so that nobody is warned by it
)

var kinds = [...]string{
	KindNone: "none", Slow: "slow", Suspected: "suspected", Disrupted: "disrupted", Down: "down", Recovering: "recovering", Closed: "closed",
	Listing: "listing", Digest: "digest", Test: "test", Heartbeat: "heartbeat",
	LedgerHead: "ledger_head", FeedSilent: "feed_silent",
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

// Outage reports whether the kind is of what the lookout saw of sites itself.
func (k Kind) Outage() bool { return k.Fails() || k.Ends() || k == Digest }

// Once reports whether the kind is said by itself, once for each key: it begins nothing and ends nothing.
func (k Kind) Once() bool { return k == Listing || k == LedgerHead || k == FeedSilent }

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
	// Kind is how this site stands, where a message is about several that do not all stand alike; zero for the message's own. What follows is of
	// this site then. A receiver is told of those that it hears of, and of the others nothing.
	Kind     Kind      `json:"kind,omitempty"`
	Staff    bool      `json:"staff,omitempty"` // keeps it to receivers with [Receiver.Staff], and to those who heard that it failed
	After    string    `json:"after,omitempty"` // the key of what was less and gave way to this: whoever heard of that hears of this in its place
	Since    Interval  `json:"since,omitzero"`
	Until    Interval  `json:"until,omitzero"`
	Words    Text      `json:"words,omitzero"`
	Vantages []Vantage `json:"vantages,omitempty"`
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
	// Label is how far what the message rests on may be passed on (FIRST, Traffic Light Protocol 2.0), such as "TLP:AMBER"; empty for what the lookout
	// saw itself, which has that of the receiver's [Passing]. It stands before everything else, in the subject too.
	Label string `json:"tlp,omitempty"`
	// Routes keeps the message to receivers whose [Receiver.Route] is one of them; nil for everybody.
	Routes []string `json:"routes,omitempty"`
	// Wait says that the message may wait for the hours of a receiver, as those of kind [Slow] always may.
	Wait     bool      `json:"wait,omitempty"`
	Sites    []Site    `json:"sites,omitempty"` // at least one, except for [Test], [Digest], [LedgerHead] and [FeedSilent]; at most [MaxSites]
	Since    Interval  `json:"since"`           // when it began
	Until    Interval  `json:"until"`           // when it ended; zero while it lasts
	Words    Text      `json:"words"`           // the fixed words of the state, such as "briefly unavailable"; zero for those of the kind
	Cause    string    `json:"cause,omitempty"` // names what Answer says, so that an answer of another name is news; "" for none that ever is
	Answer   Text      `json:"answer"`          // answers "is it us or our provider?", of a [Listing] what is aimed at; zero when nothing can be said
	Vantages []Vantage `json:"vantages,omitempty"`
	Links    []string  `json:"links,omitempty"` // where there is more; the first stands in for what does not fit
	// Head is the signed head of the ledger of evidence, one line; empty for the one of the moment at which the message is sent, see [Options].
	Head string `json:"ledger_head,omitempty"`
}

// Limits of a [Message]. What is beyond them is cut off: an alarm is not refused for being long.
const (
	MaxSites    = 10_000
	MaxVantages = 64
	MaxLinks    = 8
	MaxText     = 2000 // bytes of a text or a link
	MaxLabel    = 20   // bytes
	MaxRoutes   = 8
	MaxKey      = 250 // bytes; a longer key is refused, because to cut it could make one of two
)

func (m *Message) check() error {
	switch {
	case m.Kind == KindNone || int(m.Kind) >= len(kinds):
		return errors.New("message without a kind")
	case m.Key == "" || len(m.Key) > MaxKey || !utf8.ValidString(m.Key):
		return errors.New("message without a key, or with one that is too long or not UTF-8")
	case m.At.IsZero():
		return errors.New("message without a time")
	case len(m.Sites) == 0 && (m.Kind.Fails() || m.Kind.Ends() || m.Kind == Listing):
		return errors.New("message about no site")
	case slices.ContainsFunc(m.Sites, func(s Site) bool { return s.Kind != KindNone && !s.Kind.Fails() && !s.Kind.Ends() }):
		return errors.New("message about a site that neither fails nor works again")
	}
	return nil
}

// fit returns a copy that keeps the limits.
func (m Message) fit() Message {
	fit := func(s string) string { return cut(strings.ToValidUTF8(s, ""), MaxText, "…") }
	both := func(t Text) Text { return Text{fit(t.English), fit(t.Danish)} }
	m.Words, m.Answer, m.Head = both(m.Words), both(m.Answer), fit(m.Head)
	m.Label = cut(strings.ToValidUTF8(m.Label, ""), MaxLabel, "")
	m.Routes = slices.Clone(m.Routes[:min(len(m.Routes), MaxRoutes)])
	m.Sites = slices.Clone(m.Sites[:min(len(m.Sites), MaxSites)])
	seen := func(all []Vantage) []Vantage {
		all = slices.Clone(all[:min(len(all), MaxVantages)])
		for i, v := range all {
			all[i] = Vantage{fit(v.Name), both(v.Sees)}
		}
		return all
	}
	for i, s := range m.Sites {
		m.Sites[i].Name, m.Sites[i].Words, m.Sites[i].Vantages = fit(s.Name), both(s.Words), seen(s.Vantages)
	}
	m.Vantages = seen(m.Vantages)
	m.Links = slices.Clone(m.Links[:min(len(m.Links), MaxLinks)])
	for i, l := range m.Links {
		m.Links[i] = fit(l)
	}
	return m
}

// mayWait reports whether the message can wait for a receiver's hours.
func (m *Message) mayWait() bool { return m.Wait || m.Kind == Slow }
