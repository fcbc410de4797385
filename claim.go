package seawall

import "time"

// Claim is what a group says that it did to websites. What was asserted stands here; whether it is so is a verdict's matter.
//
// There is no field for a person. The hosts are victims: they are matched, measured where they are watched anyway, and told; nothing is ever
// sent to them because of a claim.
type Claim struct {
	ID       string // stays the same; the same for all targets of one claim
	Claimant string // a group's name; empty when nobody is named

	Source      string        // where it was found, as the operator calls it
	Kind        ClaimKind     //
	Posted      time.Time     // zero when it is not said
	Precision   Precision     // of Posted
	Received    time.Time     // when we took it in
	Reliability string        // of the source, Admiralty scale: "a" to "f", where "f" cannot be judged
	Credibility string        // of the information: "1" to "6", where "6" cannot be judged
	TLP         string        // that it was given to us under, in upper case as "TLP:AMBER+STRICT"; empty when under none
	Language    string        // ISO 639-1, a guess; empty when there is none
	Targets     []ClaimTarget // each host once, in the order in which they are named
	Proof       []string      // links that are offered as proof, as given; nobody opens them unasked

	// Text is what was received, with e-mail addresses, telephone numbers and personal handles masked; empty once it is no longer kept.
	Text string
	// Hash is the SHA-256 of what was received, before masking, in hex.
	Hash string
}

// ClaimTarget is a host that a claim names.
type ClaimTarget struct {
	Host string // lower case, internationalised names as A-labels (RFC 5890), no trailing dot; "www." stays; or an IP address
	Site string // the watched site that it is; empty when none is
	Via  Match  // how that was found
}

// Match is how a host was found to be that of a watched site. The set is closed.
type Match string

// The matches.
const (
	NotWatched   Match = "not_watched" // no watched site's
	MatchHost    Match = "host"        // the site's own host, with or without "www."
	MatchAlias   Match = "alias"       // a name that the operator says to be the site's
	MatchDomain  Match = "domain"      // another name under the site's registrable domain; the site's results say little of it
	MatchUnclear Match = "unclear"     // several watched sites share the registrable domain, and none is it
)

// ClaimKind is what a claim was read from. The set is closed.
type ClaimKind string

// The kinds.
const (
	ClaimPost      ClaimKind = "post"       // words that a group published
	ClaimList      ClaimKind = "list"       // a list of attack orders
	ClaimCheckHost ClaimKind = "check_host" // results of a public checking service, offered as proof
	ClaimMISP      ClaimKind = "misp"       // a MISP event
	ClaimSTIX      ClaimKind = "stix"       // a STIX bundle
)

// Precision is how exactly a time is known. The set is closed.
type Precision string

// The precisions.
const (
	PreciseMinute  Precision = "minute"
	PreciseHour    Precision = "hour"    // within that hour
	PreciseDay     Precision = "day"     // that day, local to whom it concerns
	PreciseUnknown Precision = "unknown" // the time is not said
)
