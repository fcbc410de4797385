package claim

import "time"

// Limits of a question. What is beyond them is for the caller to refuse by name.
const (
	MaxTargets = 10_000 // in one claim, one post, one night
	MaxSources = 64     // that name one target about one time
)

// State is how a site stood in one round.
type State uint8

// The states. A round without a quorum is [Silent], unless its site is watched from one place only.
const (
	Silent  State = iota // no quorum, or not yet
	Good                 // readers were served
	Bad                  // they were not
	Guarded              // they met a protection product
	Abroad               // those abroad were not served or met a protection product; those at home were served
	Argued               // the vantages disagreed
)

// Round is what the vantages found in one round.
type Round struct {
	From, At time.Time // the first and the last vote
	State    State
	Slow     bool   // the page came, and late, for a quorum
	Quiet    bool   // in an announced window of maintenance; whatever is bad then counts for nothing
	Home     bool   // a vantage of the readers' own country voted
	Networks uint8  // that voted
	Class    string // the commonest of the votes that were not good, as the lookout names it; empty without
}

// Kind is what a source is. It decides the window.
type Kind uint8

// The kinds.
const (
	Post      Kind = iota // somebody says so: a post, a report, MISP, STIX
	List                  // an attack list names the host
	CheckHost             // a report of a public checking service
)

var kindNames = [...]string{Post: "post", List: "list", CheckHost: "check_host"}

// String returns the kind's name.
func (k Kind) String() string { return nameOf(kindNames[:], k) }

// MarshalText returns the kind's name.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads a kind's name.
func (k *Kind) UnmarshalText(text []byte) error { return readName(kindNames[:], k, text) }

// Source is one listing or one claim that names the target.
type Source struct {
	Kind Kind
	Name string // the feed or whoever claims it; empty when unknown

	// First and Last are the sightings of a listing, or both the time of a claim. Of one that is known to the day only, First is the beginning of
	// that day where the target's readers live, and Last its end.
	First, Last time.Time
	Previous    time.Time     // of a listing: the feed's last list before; zero when unknown
	Day         bool          // known to the day only
	Blur        time.Duration // how far off the time may be, when it is not the day
	Ahead       bool          // the time lies after the source was told of
}

// Neighbour is another watched site that failed at about the time in question.
type Neighbour struct {
	Named  bool // listed or claimed for about this time
	Shares bool // address, network, alias or provider with the target
	Began  time.Time
}

// Mark is what others than the vantages know of the time in question: [TemplatesSeen], [Deployed], [FlashCrowd], [WiderOutage], [BadCertificate],
// [InMaintenance].
type Mark struct {
	Reason   Reason
	From, To time.Time
}

// Proof is what a report of a public checking service amounts to, node by node.
type Proof struct {
	At                         time.Time // zero when it does not say
	HomeGood, HomeBad          int       // nodes in the target's own country
	AbroadGood, AbroadBad      int
	Refused                    int // of the bad ones: by a protection product, not for want of an answer
	NodesPending, NodesUnknown int // not answered yet; in a country that is not known
}

// OnlyAbroad reports whether the proof is red abroad and green at home: geo-blocking, not an outage.
func (p Proof) OnlyAbroad() bool {
	return p.HomeGood > p.HomeBad && p.AbroadBad > 0 && 2*p.AbroadBad > p.AbroadBad+p.AbroadGood
}

// Bad reports whether most nodes were not served.
func (p Proof) Bad() bool {
	return 2*(p.HomeBad+p.AbroadBad) > p.HomeBad+p.HomeGood+p.AbroadBad+p.AbroadGood
}

// Feeds is what is known of lists in the days of a question.
type Feeds uint8

// What is known.
const (
	FeedsDark Feeds = iota // no feed gave a list: nothing is known of who was listed
	FeedsLive              // lists came, whether or not they name the target
)

// Span is a stretch of time, From and To included.
type Span struct{ From, To time.Time }

// holds reports whether t lies in s.
func (s Span) holds(t time.Time) bool { return !t.Before(s.From) && !t.After(s.To) }

// meets reports whether two spans have a time in common.
func (s Span) meets(o Span) bool { return !s.From.After(o.To) && !o.From.After(s.To) }

// Question is everything that a verdict rests on. Times may have any zone.
type Question struct {
	Target  string
	Watched bool           // it is on the watch list
	Homed   bool           // it is known in which country its readers are
	Zone    *time.Location // of its readers; nil for UTC
	Places  int            // networks from which it is watched, whether they could see or not
	Sources []Source       // what names it; at least one, or nobody asked
	Rounds  []Round        // in order of time: of the windows of all sources, and of the 14 days before
	Others  []Span         // windows of other listings and claims of the target; what began in them is not peace

	Feeds      Feeds
	Neighbours []Neighbour
	Sites      int // watched sites that nobody named and that share nothing with the target
	Marks      []Mark
	Proofs     []Proof
	Blind      []Span    // when a vantage that had a part in it could not see
	Until      time.Time // of a question of the present: later rounds cannot be there yet; zero when all time has passed
}
