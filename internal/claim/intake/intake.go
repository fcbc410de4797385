// Package intake turns what people paste or hand in into a [seawall.Claim]: posts in any language, lists, results of checking services, and what
// was read from MISP and STIX. It is pure: nothing is fetched, no name is resolved, no link is opened.
//
// What is kept of words is masked: e-mail addresses, telephone numbers and handles are left out, and so is nothing else. A claimant is a group;
// there is no field for a person. Everything that a stranger can make long is bounded by [Limits] and counted in [Report].
package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/seawall-project/seawall"
)

// The limits of one claim.
const (
	MaxBytes   = 2 << 20  // that are read of what is handed in
	MaxText    = 64 << 10 // bytes of masked text that are kept
	MaxTargets = 10_000
	MaxProof   = 100     // links
	MaxResults = 1 << 20 // bytes of results of a checking service
	maxNamed   = 20      // examples of what was left out
	maxWord    = 100     // bytes of a group's name or a source
	clockSlack = 5 * time.Minute
	longAgo    = 2 * 365 * 24 * time.Hour
)

// The errors that a person can put right.
var (
	ErrTooLarge = errors.New("more than a claim may hold")
	ErrPerson   = errors.New("a claimant is a group: there is no place for a person's address, number or handle")
	ErrNothing  = errors.New("it names no target")
)

// Told is what is handed in. Kind is required.
type Told struct {
	Text      string   // words; masked before they are kept
	Hosts     []string // targets that are known beside the text, as somebody wrote them
	Proof     []string // links beside those in the text
	Results   []byte   // JSON of a checking service
	Raw       []byte   // the bytes that were received, for the hash; Text and Results when it is nil
	Kind      seawall.ClaimKind
	Source    string
	Claimant  string
	Posted    time.Time
	Precision seawall.Precision // "" is minute when Posted is given, else unknown
	Language  string            // "" to guess it

	Reliability, Credibility string // Admiralty scale; "" is "f" and "6", not judged
	TLP                      string // that it was given under; "" is none, or TLP:AMBER+STRICT for what communities exchange
}

// Note is something that was odd about a claim, by name. The set is closed.
type Note string

// The notes.
const (
	PostedAhead      Note = "posted_in_future"             // the time lies after the claim came in: it is not known then
	PostedLongAgo    Note = "posted_long_ago"              // more than two years
	PrecisionNoTime  Note = "precision_without_time"       // how exact, but not when
	PrecisionTooFine Note = "time_finer_than_precision"    // minutes are given and the hour or the day is said to be all that is known
	TooManyTargets   Note = "too_many_targets"             // only the first are kept
	TooManyProofs    Note = "too_many_proofs"              //
	TextCut          Note = "text_cut"                     // more text than is kept
	HostsBroken      Note = "hosts_that_are_none"          // see Invalid
	PersonalMasked   Note = "personal_details_masked"      //
	NotText          Note = "not_utf8"                     // bytes that are no text were replaced
	HostRepeats      Note = "targets_named_more_than_once" //
)

// Report counts what was taken and what was not.
type Report struct {
	Targets  int            `json:"targets"`
	Repeats  int            `json:"repeats"`
	Invalid  int            `json:"invalid"`
	Examples []string       `json:"invalid_examples"` // of what is no host, at most twenty, masked
	Dropped  int            `json:"dropped"`          // targets beyond the limit
	Masked   map[string]int `json:"masked"`           // by kind: "e-mail", "telephone", "handle"
	Notes    []Note         `json:"notes"`
}

func (r *Report) note(holds bool, n Note) {
	if holds {
		r.Notes = append(r.Notes, n)
	}
}

// Read makes a claim of what is handed in at now. Its targets are not matched to sites yet: see [Matcher]. The error wraps one of the errors above,
// or says which field is wrong.
func Read(t Told, now time.Time) (seawall.Claim, Report, error) {
	r := Report{Examples: []string{}, Masked: map[string]int{}, Notes: []Note{}}
	if n := len(t.Text) + len(t.Results); n > MaxBytes || len(t.Results) > MaxResults {
		return seawall.Claim{}, r, fmt.Errorf("%d bytes: %w", n, ErrTooLarge)
	}
	hash := hashOf(&t)
	text := strings.ToValidUTF8(t.Text, "�")
	r.note(text != t.Text, NotText)
	c := seawall.Claim{
		Kind: t.Kind, Received: now.UTC(), Source: t.Source, Claimant: strings.TrimSpace(t.Claimant), Hash: hash, Results: t.Results,
		Language: t.Language, TLP: t.TLP, Reliability: strings.ToLower(t.Reliability), Credibility: t.Credibility,
	}
	if err := defaults(&c); err != nil {
		return c, r, err
	}
	c.Posted, c.Precision = when(t.Posted, t.Precision, c.Received, &r)
	if c.Language == "" {
		c.Language = Language(text)
	}
	found := find(text)
	take(&c, &r, append(found.hosts, t.Hosts...), append(found.proof, t.Proof...))
	c.Text = r.keep(text)
	c.ID = idOf(&c)
	if len(c.Targets) == 0 {
		return c, r, ErrNothing
	}
	return c, r, nil
}

// hashOf is the SHA-256 of what was received.
func hashOf(t *Told) string {
	h := sha256.New()
	if t.Raw != nil {
		h.Write(t.Raw)
	} else {
		h.Write([]byte(t.Text))
		h.Write(t.Results)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// idOf names a claim by what was received, by whom it is said to be, and when: the same claim handed in twice is the same.
func idOf(c *seawall.Claim) string {
	h := sha256.New()
	for _, s := range []string{string(c.Kind), c.Source, c.Claimant, c.Hash, c.Posted.Format(time.RFC3339)} {
		h.Write([]byte(s))
		h.Write([]byte{0})
	}
	for _, t := range c.Targets {
		h.Write([]byte(t.Host))
		h.Write([]byte{0})
	}
	return "c-" + hex.EncodeToString(h.Sum(nil)[:8])
}

// defaults fills what was not said, and refuses what cannot be.
func defaults(c *seawall.Claim) error {
	switch c.Kind {
	case seawall.ClaimPost, seawall.ClaimList, seawall.ClaimCheckHost, seawall.ClaimMISP, seawall.ClaimSTIX:
	default:
		return fmt.Errorf("%q is no kind of claim", cut(string(c.Kind), maxWord))
	}
	or := func(s *string, other string) {
		if *s == "" {
			*s = other
		}
	}
	or(&c.Reliability, "f")
	or(&c.Credibility, "6")
	if c.Kind == seawall.ClaimMISP || c.Kind == seawall.ClaimSTIX {
		or(&c.TLP, "TLP:AMBER+STRICT")
	}
	if len(c.Reliability) != 1 || c.Reliability < "a" || c.Reliability > "f" {
		return errors.New("a source's reliability is one of a to f (Admiralty scale)")
	}
	if len(c.Credibility) != 1 || c.Credibility < "1" || c.Credibility > "6" {
		return errors.New("an information's credibility is one of 1 to 6 (Admiralty scale)")
	}
	for what, s := range map[string]string{"source": c.Source, "claimant": c.Claimant, "language": c.Language} {
		if len(s) > maxWord || strings.ContainsFunc(s, unicode.IsControl) || !utf8.ValidString(s) {
			return fmt.Errorf("the %s is longer than %d bytes, or no text on one line", what, maxWord)
		}
	}
	if masked, n := Mask(c.Claimant); len(n) > 0 {
		return fmt.Errorf("%q: %w", masked, ErrPerson)
	}
	if masked, n := Mask(c.Source); len(n) > 0 {
		c.Source = masked
	}
	return nil
}

// when makes one statement of a time and its precision, which may contradict one another. The coarser of the two counts.
func when(posted time.Time, p seawall.Precision, received time.Time, r *Report) (time.Time, seawall.Precision) {
	posted = posted.UTC()
	if posted.IsZero() {
		r.note(p != "" && p != seawall.PreciseUnknown, PrecisionNoTime)
		return time.Time{}, seawall.PreciseUnknown
	}
	slack := clockSlack
	switch p {
	case "":
		p = seawall.PreciseMinute
	case seawall.PreciseHour:
		slack = time.Hour
		r.note(posted.Minute() != 0 || posted.Second() != 0, PrecisionTooFine)
	case seawall.PreciseUnknown:
		p = seawall.PreciseDay
		fallthrough
	case seawall.PreciseDay:
		slack = 26 * time.Hour // the day may have begun where they are
		r.note(!posted.Equal(posted.Truncate(24*time.Hour)), PrecisionTooFine)
	}
	if posted.After(received.Add(slack)) {
		r.note(true, PostedAhead)
		return time.Time{}, seawall.PreciseUnknown
	}
	r.note(posted.Before(received.Add(-longAgo)), PostedLongAgo)
	return posted, p
}

// take keeps hosts and links, each once and within the limits.
func take(c *seawall.Claim, r *Report, hosts, links []string) {
	seen := make(map[string]bool)
	for _, raw := range hosts {
		for _, part := range split(raw) {
			host, err := normal(part)
			switch {
			case err != nil:
				r.Invalid++
				if len(r.Examples) < maxNamed {
					masked, _ := Mask(part)
					r.Examples = append(r.Examples, cut(masked, maxWord))
				}
			case seen[host]:
				r.Repeats++
			case len(c.Targets) == MaxTargets:
				r.Dropped++
			default:
				seen[host] = true
				c.Targets = append(c.Targets, seawall.ClaimTarget{Host: host, Via: seawall.NotWatched})
			}
		}
	}
	r.Targets = len(c.Targets)
	r.note(r.Repeats > 0, HostRepeats)
	r.note(r.Invalid > 0, HostsBroken)
	r.note(r.Dropped > 0, TooManyTargets)
	r.links(c, links)
}

func (r *Report) links(c *seawall.Claim, links []string) {
	seen := make(map[string]bool)
	for _, l := range links {
		masked, n := Mask(l)
		r.count(n)
		if l = cut(masked, 1000); l == "" || seen[l] {
			continue
		}
		if len(c.Proof) == MaxProof {
			r.note(true, TooManyProofs)
			return
		}
		seen[l] = true
		c.Proof = append(c.Proof, l)
	}
}

// keep returns the text as it is stored.
func (r *Report) keep(text string) string {
	masked, n := Mask(text)
	r.count(n)
	r.note(len(r.Masked) > 0, PersonalMasked)
	r.note(len(masked) > MaxText, TextCut)
	return cut(masked, MaxText)
}

func (r *Report) count(n map[string]int) {
	for kind, k := range n {
		r.Masked[kind] += k
	}
}

// cut returns the first n bytes of s, without half a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
