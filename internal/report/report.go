// Package report is what Seawall says to others of a claim: one [Statement] for each target, before it is written in somebody's format.
//
// The formats are packages of their own, pure functions from statements to bytes: report/misp, report/stix, report/page (CSV and HTML). They
// take a [Release], which only [For] makes, so nothing is written that the rules of report/tlp did not let go.
//
// A statement is of what was seen. Whether a site was reachable (the effect) and whether it was attacked (the activity) are two things: a site
// can stand under a flood and can fall without one. So the effect is a [Verdict], and the activity is said only by those who see it: an edge or a
// provider. How sure we are stands apart from both, and never in one sentence with them.
package report

import (
	"time"

	"github.com/seawall-project/seawall/internal/report/tlp"
)

// Statement is what is said of one target of one claim. A later statement of the same target has the same ID and a higher version.
type Statement struct {
	ID      string    // of the claim and the target; stays the same with every version
	Version int       // from 1
	First   time.Time // when version 1 was made
	Made    time.Time // when this version was made

	Label    tlp.Label   // how far it may go
	Received []tlp.Label // of what in it was given to us by others

	Maker Party  // who says it
	Owner Party  // whose site it is; empty when that is not known
	Host  string // lower case, A-labels

	Claim Claim

	Verdict    Verdict
	Confidence Confidence
	Coverage   float64 // share of the window's rounds with a quorum, from 0 to 1
	Rounds     int     // of those, how many there were
	Networks   int     // fresh, healthy vantages in networks of their own; 1 is "seen from one place"
	Window     Window
	Bad        Interval      // how long it was bad by quorum, in all
	Longest    time.Duration // the longest time on end

	For, Against []string // what speaks for and against a connection with the claim, as codes
	Findings     []string // codes

	Activity []Activity // what an edge or a provider saw of an attack; nothing else proves or disproves one

	Evidence []Evidence
}

// Party is an organisation; there is no field for a person.
type Party struct {
	ID      string // what [For] compares; stays the same
	Name    string
	Sectors []string // words of STIX's industry-sector-ov
	Country string   // ISO 3166-1 alpha-2, upper case
	Contact string   // of a function, such as "soc@example.org"
}

// Claim is what somebody says that they did.
type Claim struct {
	ID       string // stays the same; the same for all targets of one claim
	Claimant string // a group's name; "" when nobody is named
	Kind     string // "post", "list", "check_host", "misp", "stix"
	Source   string // where it was found

	Posted    time.Time // zero when it is not known
	Precision string    // "minute", "hour", "day", "unknown"
	Received  time.Time

	Text  string   // masked; "" when it is no longer kept
	Lang  string   // BCP 47; "" when it is not known
	Hash  string   // SHA-256 of what was received, in hex
	Links []string // to what is offered as proof, as received

	Reliability string // of the source, Admiralty scale: "a" to "f"
	Credibility string // of the information: "1" to "6"
}

// Verdict is whether there was an effect. The set is closed.
type Verdict string

// The verdicts.
const (
	Confirmed       Verdict = "confirmed"
	BrieflyAffected Verdict = "briefly_affected"
	Degraded        Verdict = "degraded"
	Protected       Verdict = "protected"
	NoEffect        Verdict = "no_effect_observed"
	Unknown         Verdict = "unknown"
)

// Verdicts returns every verdict, in order of effect, and last that it is not known.
func Verdicts() []Verdict {
	return []Verdict{Confirmed, BrieflyAffected, Degraded, Protected, NoEffect, Unknown}
}

// Affected reports whether readers were hit.
func (v Verdict) Affected() bool { return v == Confirmed || v == BrieflyAffected || v == Degraded }

// Stands reports whether it says that readers were served.
func (v Verdict) Stands() bool { return v == Protected || v == NoEffect }

// Confidence is how sure we are of a verdict. The set is closed.
type Confidence string

// The degrees.
const (
	Low      Confidence = "low"
	Moderate Confidence = "moderate"
	High     Confidence = "high"
)

// Percent returns the confidence as STIX counts it, the middle of its range in the scale "Low, Med, High" (STIX 2.1, appendix A).
func (c Confidence) Percent() int {
	switch c {
	case High:
		return 85
	case Moderate:
		return 50
	}
	return 15
}

// Window is the time that a verdict is of.
type Window struct{ From, To time.Time }

// Interval is a time of which the ends of sampling leave two values.
type Interval struct{ Min, Max time.Duration }

// Observer is who saw something from inside. The set is closed.
type Observer string

// The observers.
const (
	Edge     Observer = "edge"     // Seawall's own, in front of the site: sees what comes through it
	Provider Observer = "provider" // who carries the site's traffic: sees all that comes
)

// Activity is what an observer saw, or looked for and did not see.
type Activity struct {
	By       Observer
	Seen     bool // false says: looked for, not there
	From, To time.Time
	What     string // in words: vectors, templates, rates; no address of a visitor
}

// Evidence is the hash of something that a statement rests on.
type Evidence struct {
	Kind string // "probe", "body", "list", "claim", "edge", ...
	Hash string // SHA-256 in hex, salted, as the ledger has it
	At   time.Time
}

// Head is the signed head of the ledger that holds the evidence, as it goes along with what leaves: what anybody can compare a bundle with.
type Head struct {
	Number    uint64
	At        time.Time
	Hash      string // hex
	Signature string // as in Line
	Key       string // the public key, as the ledger writes it
	Line      string // all of it in one line, as "seawall claim verify --head" reads it
}

// Validity is whether there was attack activity, in the words of MISP's claim-validity. The set is closed.
type Validity string

// The validities.
const (
	Valid           Validity = "Valid"
	Invalid         Validity = "Invalid"
	UnknownValidity Validity = "Unknown"
)

// Validity says whether the claim of an attack is borne out, which is not whether the attack had an effect: a site that stood may well have been
// attacked, and one that fell may not. So no verdict moves it. It is [Valid] when an edge or a provider saw an attack in the window; [Invalid]
// when a provider, who sees all that comes, looked through the whole of the window and saw none, and nobody saw one; else unknown. An edge that saw
// none proves nothing: what is sent past it, to the origin's own address, it does not see.
func (s *Statement) Validity() Validity {
	nothing := false
	for _, a := range s.Activity {
		switch {
		case a.By != Edge && a.By != Provider:
		case a.Seen && a.From.Before(s.Window.To) && !a.To.Before(s.Window.From):
			return Valid
		case !a.Seen && a.By == Provider && !a.From.After(s.Window.From) && !a.To.Before(s.Window.To):
			nothing = true
		}
	}
	if nothing {
		return Invalid
	}
	return UnknownValidity
}

// OnePlace reports whether the statement rests on one place alone.
func (s *Statement) OnePlace() bool { return s.Networks == 1 }
