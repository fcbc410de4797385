// Package intake makes a [seawall.Claim] of what a group published: posts as they are pasted, with links, lists of lines that begin with a plus
// sign, and names that were made harmless ("hxxp", "[.]", "(dot)"), in any script. It is pure: it opens no link, resolves no name and has no
// clock. Addresses, telephone numbers and handles of people are masked before anything is kept.
//
// Everything a stranger can grow has a limit. What is beyond it, or contradicts itself, is counted by name in [Taken.Odd].
package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seawall-project/seawall"
)

// Limits.
const (
	MaxText    = 1 << 20 // bytes of a post
	MaxTargets = 10_000  // of one claim
	MaxProof   = 1_000   // links of one claim
	MaxLink    = 2_048   // bytes of a link
	MaxName    = 200     // bytes of a group's and of a source's name
)

// The errors of [Take].
var (
	ErrTooLarge  = errors.New("more than a claim holds")
	ErrNoTarget  = errors.New("it names no host")
	ErrNotText   = errors.New("it is not UTF-8")
	ErrPrecision = errors.New("a precision is minute, hour, day or unknown")
	ErrGrade     = errors.New("a source is graded a to f, and what it says 1 to 6")
	ErrTLP       = errors.New("a TLP label is TLP:CLEAR, TLP:GREEN, TLP:AMBER, TLP:AMBER+STRICT or TLP:RED")
	ErrKind      = errors.New("a claim is a post, a list, a check_host, a misp or a stix")
)

// Given is what comes in.
type Given struct {
	Text  string   // as it was published
	Bytes []byte   // of the file that came in instead, for its hash; it is not kept
	Hosts []string // that a reader of the file's own format found; with them, Text is not searched for hosts
	Proof []string // links beside those in the text

	Claimant string // a group's name, never a person's
	Source   string
	Kind     seawall.ClaimKind // empty is a post

	Posted    time.Time
	Precision seawall.Precision // empty is unknown where Posted is zero, and else minute
	Received  time.Time

	Reliability string // empty is "f"
	Credibility string // empty is "6"
	TLP         string // empty is "TLP:AMBER+STRICT"
}

// Odd names something that was left out, changed or contradicts itself. The set is closed.
type Odd string

// What may be odd.
const (
	OddRepeated     Odd = "target_repeated"
	OddNoHost       Odd = "target_no_host"       // named as a target, and no host can be called so
	OddTooMany      Odd = "target_beyond_limit"  // beyond [MaxTargets]
	OddProof        Odd = "proof_beyond_limit"   // beyond [MaxProof] or [MaxLink]
	OddFuture       Odd = "time_in_future"       // posted after it was received; the time was dropped
	OddNoTime       Odd = "precision_no_time"    // a precision of no time; it became unknown
	OddUnknownTime  Odd = "time_of_no_precision" // a time whose precision is unknown; it was dropped
	OddCoarse       Odd = "time_finer_than_said" // a time of day that the precision does not bear out; both are kept
	OddMaskedMail   Odd = "masked_mail"
	OddMaskedPhone  Odd = "masked_telephone"
	OddMaskedHandle Odd = "masked_handle"
)

// slack is how far clocks may differ.
const slack = 5 * time.Minute

// Taken is what came of it.
type Taken struct {
	Claim seawall.Claim
	Odd   map[Odd]int // never nil
}

// Take makes a claim of what is given. The ID depends on nothing but who said what when and where, so that the same taken twice is one claim.
func Take(g *Given, watched *Watched) (*Taken, error) {
	if err := g.check(); err != nil {
		return nil, err
	}
	t := &Taken{Odd: map[Odd]int{}, Claim: seawall.Claim{
		Kind: or(g.Kind, seawall.ClaimPost), Received: g.Received.UTC(),
		Reliability: or(g.Reliability, "f"), Credibility: or(g.Credibility, "6"), TLP: or(g.TLP, "TLP:AMBER+STRICT"),
		Hash: g.hash(), Language: language(g.Text),
	}}
	t.time(g)
	t.Claim.Claimant, t.Claim.Source = t.maskNumbers(g.Claimant), t.maskNumbers(g.Source)
	t.Claim.Text = t.mask(g.Text)
	f := finder{taken: t, watched: watched, seen: map[string]bool{}}
	if len(g.Hosts) > 0 {
		for _, h := range g.Hosts {
			f.named(h)
		}
	} else {
		f.text(t.Claim.Text)
	}
	for _, l := range g.Proof {
		f.proof(t.mask(l))
	}
	if len(t.Claim.Targets) == 0 {
		return nil, ErrNoTarget
	}
	t.Claim.ID = idOf(&t.Claim)
	return t, nil
}

// hash returns the SHA-256 of what came in; "" where that were no bytes.
func (g *Given) hash() string {
	came := g.Bytes
	if came == nil {
		came = []byte(g.Text)
	}
	if len(came) == 0 {
		return ""
	}
	sum := sha256.Sum256(came)
	return hex.EncodeToString(sum[:])
}

func (g *Given) check() error {
	if len(g.Text) > MaxText {
		return fmt.Errorf("a text of %d bytes, at most %d: %w", len(g.Text), MaxText, ErrTooLarge)
	}
	for _, s := range []string{g.Claimant, g.Source} {
		if len(s) > MaxName {
			return fmt.Errorf("a name of %d bytes, at most %d: %w", len(s), MaxName, ErrTooLarge)
		}
	}
	if !utf8.ValidString(g.Text) || !utf8.ValidString(g.Claimant) || !utf8.ValidString(g.Source) {
		return ErrNotText
	}
	switch g.Kind {
	case "", seawall.ClaimPost, seawall.ClaimList, seawall.ClaimCheckHost, seawall.ClaimMISP, seawall.ClaimSTIX:
	default:
		return fmt.Errorf("%q: %w", g.Kind, ErrKind)
	}
	switch g.TLP {
	case "", "TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED":
	default:
		return fmt.Errorf("%q: %w", g.TLP, ErrTLP)
	}
	switch g.Precision {
	case "", seawall.PreciseMinute, seawall.PreciseHour, seawall.PreciseDay, seawall.PreciseUnknown:
	default:
		return fmt.Errorf("%q: %w", g.Precision, ErrPrecision)
	}
	if !grade(g.Reliability, "abcdef") || !grade(g.Credibility, "123456") {
		return ErrGrade
	}
	return nil
}

func grade(s, of string) bool { return s == "" || len(s) == 1 && strings.Contains(of, s) }

// idOf names a claim by who said what, when and where.
func idOf(c *seawall.Claim) string {
	h := sha256.New()
	for _, s := range []string{c.Claimant, c.Source, string(c.Kind), string(c.Precision), c.Hash} {
		fmt.Fprintf(h, "%d:%s\n", len(s), s)
	}
	if !c.Posted.IsZero() {
		fmt.Fprintln(h, c.Posted.UTC().Format(time.RFC3339Nano))
	}
	for _, t := range c.Targets {
		fmt.Fprintln(h, t.Host)
	}
	return "claim-" + hex.EncodeToString(h.Sum(nil)[:10])
}

func or[T ~string](s, other T) T {
	if s == "" {
		return other
	}
	return s
}
