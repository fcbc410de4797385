package claim

import "fmt"

// Word is a verdict in one word. The zero value is [None]: nobody asked.
type Word uint8

// The verdicts, the milder of two effects with the lower number.
const (
	None      Word = iota // no claim and no list: what happened is told as an incident
	Unknown               // too little was seen to tell, or what was seen had begun before
	NoEffect              // readers were served
	Protected             // they met a protection product, or only those abroad were not served
	Briefly               // not served for less than 15 minutes in all
	Degraded              // not served now and then, or late
	Confirmed             // not served for 15 minutes or more, five of them on end
)

var wordNames = [...]string{
	None: "", Unknown: "unknown", NoEffect: "no_effect_observed", Protected: "protected", Briefly: "briefly_affected", Degraded: "degraded",
	Confirmed: "confirmed",
}

// String returns the word as it stands in JSON; "" for [None].
func (w Word) String() string { return nameOf(wordNames[:], w) }

// MarshalText returns the word as in [Word.String].
func (w Word) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText reads a word; others than the verdicts are an error.
func (w *Word) UnmarshalText(text []byte) error { return readName(wordNames[:], w, text) }

// Confidence is how sure a verdict is of what was seen. It says nothing of who did it.
type Confidence uint8

// The confidences.
const (
	NoConfidence Confidence = iota // there is no verdict
	Low
	Moderate
	High
)

var confidenceNames = [...]string{NoConfidence: "", Low: "low", Moderate: "moderate", High: "high"}

// String returns the confidence as it stands in JSON.
func (c Confidence) String() string { return nameOf(confidenceNames[:], c) }

// MarshalText returns the confidence as in [Confidence.String].
func (c Confidence) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads a confidence.
func (c *Confidence) UnmarshalText(text []byte) error { return readName(confidenceNames[:], c, text) }

func nameOf[T ~uint8](names []string, v T) string {
	if int(v) >= len(names) {
		return fmt.Sprintf("%d", v)
	}
	return names[v]
}

func readName[T ~uint8](names []string, v *T, text []byte) error {
	for i, n := range names {
		if n == string(text) {
			*v = T(i) //nolint:gosec // the lists have a few names
			return nil
		}
	}
	return fmt.Errorf("%q is none of %v", text, names)
}

// Words say the same in each language that Seawall speaks.
type Words struct {
	EN string `json:"en"`
	DA string `json:"da"`
}

var phrases = [...]Words{
	None:      {"no verdict", "ingen vurdering"},
	Unknown:   {"unknown", "ukendt"},
	NoEffect:  {"no effect observed", "ingen virkning set"},
	Protected: {"protected", "beskyttet"},
	Briefly:   {"briefly affected", "kortvarigt ramt"},
	Degraded:  {"degraded", "forringet"},
	Confirmed: {"confirmed", "bekræftet"},
}

// words returns what is said of a verdict: from one place it is said that it is.
func (w Word) words(onePlace bool) Words {
	if int(w) >= len(phrases) {
		w = Unknown
	}
	out := phrases[w]
	if onePlace && w > Unknown {
		out = Words{out.EN + ", seen from one place", out.DA + ", set fra ét sted"}
	}
	return out
}

// Finding is what people look for beside the effect. The list is closed.
type Finding string

// The findings, in the order in which they are given.
const (
	FeedDark         Finding = "feed_dark"          // no list known to us: every feed was silent
	ListedNotClaimed Finding = "listed_not_claimed" // a list names it and nobody claims it
	ClaimedNotListed Finding = "claimed_not_listed" // somebody claims it, and lists of those days do not name it
	OutageUnclaimed  Finding = "outage_without_claim"
	OutageUnlisted   Finding = "outage_without_listing" // while lists name others, or together with all that share its provider
	SharedProvider   Finding = "shared_provider_suspected"
	DisturbedQuietly Finding = "disturbance_without_claim" // slow, protected or changed, and nobody claims it
	VantageBlind     Finding = "vantage_blind"             // one that could not see had a part in what was to be judged
	GeoFilterAbroad  Finding = "geo_filter_abroad"         // readers at home are served, those abroad are not
)

// Reason is what speaks for or against a connection between what is claimed and what was seen, or against leaning on what was seen. The list is
// closed.
type Reason string

// The reasons.
const (
	Onset           Reason = "onset"           // for: it began within ten minutes of the listing or the claim
	TemplatesSeen   Reason = "templates_seen"  // for: the site's own edge saw the listed requests
	SeveralAtOnce   Reason = "several_hosts"   // for: others that are listed or claimed and share nothing with it failed at the same time
	SharesProvider  Reason = "shared_provider" // against: others that share its address, network or provider failed with it
	Deployed        Reason = "deploy"          // against: something new was put there just then
	BadCertificate  Reason = "certificate"     // against: it is the certificate that fails
	FlashCrowd      Reason = "flash_crowd"     // against: many ordinary readers came
	WiderOutage     Reason = "wider_outage"    // against: many sites that nobody named failed at the same time
	InMaintenance   Reason = "maintenance"     // against: work was announced for that time
	FlakyBefore     Reason = "flaky_baseline"  // against: it is often so at these hours
	BeganBefore     Reason = "began_before"    // against: it was failing before the window began
	GeoFiltered     Reason = "geo_filter"      // against: the proof, or the failure, is one of readers abroad only
	ProofDisagrees  Reason = "proof_disagrees" // against: the vantages were served when the proof was made
	VantagesQuarrel Reason = "vantages_disagree"
	NoHome          Reason = "no_vantage_at_home"  // against: nobody looked from the readers' own country
	NeverSeenWell   Reason = "not_seen_before"     // against: it was not watched before it failed
	SourcesQuarrel  Reason = "sources_disagree"    // against: those who claim it name different times
	TimeOfTelling   Reason = "time_after_claiming" // against: the time that is claimed lies after the claim
)
