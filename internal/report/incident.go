package report

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/report/tlp"
)

// Incident is what is said of an incident to those whom it concerns: when it was, in intervals, as discrete samples tell; what each vantage saw; what
// lists and claims said of the sites; what an edge or a provider saw; and what is not known. Names of people who worked on it are not in it.
type Incident struct {
	ID    string    `json:"id"`
	Made  time.Time `json:"made"`
	Label tlp.Label `json:"tlp"` // how far it may go; in a release, with the labels of what it rests on

	Maker string `json:"maker"` // who says it
	Kind  string `json:"kind"`  // "outage", "slow", "protected", "other_content", "partial"
	Phase string `json:"phase"` // "ongoing", "recovering", "closed", "withdrawn"
	Cause Words  `json:"cause"` // what can be said about where the failure lies

	Sites  []IncidentSite `json:"sites"`
	Limits []Limit        `json:"limits"` // of what is known; [ForIncident] fills them in
	Feeds  int            `json:"feeds"`  // of attack orders that are kept
	Head   string         `json:"head"`   // of the ledger, as it was when the report was made; "" before anything is in it
}

// Words say the same in each language.
type Words struct {
	EN string `json:"en"`
	DA string `json:"da"`
}

// Moment is when something happened: after Earliest, and not after Latest. A zero Earliest means that nothing is known from before, a zero Latest that
// it has not happened yet.
type Moment struct {
	Earliest time.Time `json:"earliest,omitzero"`
	Latest   time.Time `json:"latest,omitzero"`
}

// IncidentSite is one site's part in an incident.
type IncidentSite struct {
	Host  string `json:"host"` // lower case, A-labels
	Name  string `json:"name"`
	Owner Party  `json:"-"`

	Words Words   `json:"words"` // how it was
	Grade string  `json:"grade"` // "confirmed", "suspected_unchecked", "suspected_one_place"
	Began Moment  `json:"began"`
	Ended Moment  `json:"ended"`
	Least float64 `json:"affected_seconds_least"` // in all, between this
	Most  float64 `json:"affected_seconds_most"`  // and this; 0 when nothing bounds it
	Flaps int     `json:"flaps"`                  // times that it seemed over and was not

	ServedFrom    []string `json:"served_from"` // countries
	NotServedFrom []string `json:"not_served_from"`

	Seen     []Seen         `json:"vantages"`
	Cut      bool           `json:"cut,omitempty"` // there are more results than were read
	Listed   []Listed       `json:"listings"`
	Claimed  []Claimed      `json:"claims"`
	Activity []SiteActivity `json:"activity"`
	Evidence []SiteEvidence `json:"evidence"`
}

// Seen is what one vantage saw while the incident lasted.
type Seen struct {
	Vantage string    `json:"vantage"`
	Network string    `json:"network"` // "" when it is not known
	Country string    `json:"country"`
	Probes  int       `json:"probes"`
	Failed  int       `json:"failed"`           // of these
	First   time.Time `json:"first,omitzero"`   // that failed
	Last    time.Time `json:"last,omitzero"`    // that failed
	Classes []Class   `json:"classes"`          // the most frequent first
	Blind   bool      `json:"blind,omitempty"`  // for a while it could not see, or saw little
	Inside  bool      `json:"inside,omitempty"` // it stands in the site's own network
}

// Class is how probes ended.
type Class struct {
	Class  string `json:"class"`
	Words  Words  `json:"words"`
	Probes int    `json:"probes"`
}

// Listed is what lists of attack orders said of a site.
type Listed struct {
	Feed  string    `json:"feed"`
	First time.Time `json:"first"` // list that names it
	Last  time.Time `json:"last"`
	Lists int       `json:"lists"`

	Received []tlp.Label `json:"-"` // the label under which the feed was given to us; none when it has none
}

// Claimed is what was claimed of a site, and the verdict on it.
type Claimed struct {
	ID         string     `json:"id"` // of the statement, for [Statement]
	Claimant   string     `json:"claimant"`
	Source     string     `json:"source"`
	Posted     time.Time  `json:"posted,omitzero"`
	Verdict    Verdict    `json:"verdict"`
	Confidence Confidence `json:"confidence"`
	From       time.Time  `json:"window_from"`
	To         time.Time  `json:"window_to"`
}

// SiteActivity is [Activity] in a document.
type SiteActivity struct {
	By   Observer  `json:"by"`
	Seen bool      `json:"seen"`
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	What string    `json:"what"`
}

// SiteEvidence is the hash of something that the report rests on.
type SiteEvidence struct {
	Kind string    `json:"kind"`
	At   time.Time `json:"at"`
	Hash string    `json:"sha256"`
}

// Limit is something that is not known, and why. The set is closed.
type Limit string

// The limits.
const (
	LimitSampling   Limit = "sampling"             // sites are asked now and then: times are intervals
	LimitOngoing    Limit = "ongoing"              // it is not over: figures grow
	LimitEnd        Limit = "end_unknown"          // a site was not measured to the end
	LimitBeginning  Limit = "beginning_unknown"    // nothing was measured before it failed
	LimitOnePlace   Limit = "one_place"            // seen from one network alone
	LimitUnchecked  Limit = "unchecked"            // seen by vantages that cannot check themselves
	LimitNoHome     Limit = "no_vantage_at_home"   // no vantage in the readers' own country saw it
	LimitBlind      Limit = "vantage_blind"        // a vantage could not see for a while
	LimitForgotten  Limit = "results_not_kept"     // single results of that time are not kept, or too many to be read
	LimitNoInsider  Limit = "nobody_inside"        // no edge or provider has said whether there was an attack
	LimitCause      Limit = "effect_is_not_attack" // that a site failed does not say why
	LimitWithheld   Limit = "withheld"             // something may not go this way
	LimitUnlistened Limit = "no_lists_known"       // no feed of attack orders is kept
)

// Limits returns every limit.
func Limits() []Limit {
	return []Limit{
		LimitSampling, LimitOngoing, LimitEnd, LimitBeginning, LimitOnePlace, LimitUnchecked, LimitNoHome, LimitBlind, LimitForgotten, LimitNoInsider,
		LimitCause, LimitWithheld, LimitUnlistened,
	}
}

// IncidentRelease is a report of an incident that may leave on one way. Only [ForIncident] makes one; the zero value says nothing.
type IncidentRelease struct{ incident Incident }

// Incident returns what may be written. It is not to be changed.
func (r *IncidentRelease) Incident() *Incident { return &r.incident }

var (
	errPublicIncident = errors.New("a report of an incident names sites and is not for the public: a status page is")
	errWithdrawn      = errors.New("the incident was withdrawn: those who saw it could not see")
)

// ForIncident asks whether a report may leave on that way now, and returns what of it may: to an owner only the owner's sites, listings and claims
// only where the labels under which they came let them go. What a claim's statement says is put beside its site. The withheld are those claims and
// listings, by name. The error, a [*tlp.Refusal] where a rule says so, is that the report itself may not leave.
func ForIncident(way Way, now time.Time, in Incident, claims []Statement) (IncidentRelease, []Withheld, error) {
	var none IncidentRelease
	switch {
	case way.Route == tlp.Public:
		return none, nil, errPublicIncident
	case in.Phase == "withdrawn" && way.Route != tlp.House:
		return none, nil, errWithdrawn
	case in.Kind == "protected" && way.Route > tlp.Authority:
		return none, nil, errStands
	}
	in.Sites = slices.Clone(in.Sites)
	if way.Route == tlp.Owner {
		in.Sites = slices.DeleteFunc(in.Sites, func(s IncidentSite) bool { return way.Owner == "" || s.Owner.ID != way.Owner })
	}
	if len(in.Sites) == 0 {
		return none, nil, errNotYours
	}
	ask := tlp.Request{Route: way.Route, Label: in.Label, End: in.end(), Now: now, Delay: way.Delay, Early: way.Early}
	if err := tlp.Release(ask); err != nil {
		return none, nil, err
	}
	out, withheld, err := For(way, now, slices.DeleteFunc(slices.Clone(claims), func(c Statement) bool {
		return !slices.ContainsFunc(in.Sites, func(s IncidentSite) bool { return s.is(c.Host) })
	}))
	if err != nil {
		return none, nil, err
	}
	for i := range in.Sites {
		withheld = append(withheld, in.Sites[i].listings(ask, &in.Label)...)
		in.Sites[i].claims(&out, &in.Label)
	}
	in.Limits = in.limits(len(withheld))
	return IncidentRelease{in}, withheld, nil
}

// IsClosed reports whether nothing goes on any more, so that a site without an end was not measured to it.
func (in *Incident) IsClosed() bool { return in.Phase == "closed" }

// end returns when the last of the sites was served again; zero while one is not.
func (in *Incident) end() (last time.Time) {
	for i := range in.Sites {
		end := in.Sites[i].Ended.Latest
		if end.IsZero() {
			return end
		}
		if end.After(last) {
			last = end
		}
	}
	return last
}

// limits returns what is not known, in the order of [Limits].
func (in *Incident) limits(withheld int) []Limit {
	are := map[Limit]bool{LimitSampling: true, LimitCause: true, LimitWithheld: withheld > 0, LimitUnlistened: in.Feeds == 0}
	for i := range in.Sites {
		s := &in.Sites[i]
		for limit, is := range map[Limit]bool{
			LimitOngoing: s.Ended.Latest.IsZero() && !in.IsClosed(), LimitEnd: s.Ended.Latest.IsZero() && in.IsClosed(), LimitBeginning: s.Began.Earliest.IsZero(), LimitOnePlace: s.Grade == "suspected_one_place",
			LimitUnchecked: s.Grade == "suspected_unchecked", LimitForgotten: s.Cut || len(s.Seen) == 0, LimitNoInsider: len(s.Activity) == 0,
			LimitBlind:  slices.ContainsFunc(s.Seen, func(v Seen) bool { return v.Blind }),
			LimitNoHome: s.Owner.Country != "" && !slices.ContainsFunc(s.Seen, func(v Seen) bool { return v.sees(s.Owner.Country) }),
		} {
			are[limit] = are[limit] || is
		}
	}
	return slices.DeleteFunc(Limits(), func(l Limit) bool { return !are[l] })
}

// sees reports whether a vantage saw the site as readers in a country do.
func (v *Seen) sees(country string) bool { return v.Country == country && !v.Blind && !v.Inside }

// is reports whether a host is the site, with or without "www.".
func (s *IncidentSite) is(host string) bool {
	spellings := seawall.Spellings(host)
	return slices.Contains(spellings[:], s.Host)
}

// listings keeps the listings that may leave, and makes the report's label as strict as theirs.
func (s *IncidentSite) listings(ask tlp.Request, label *tlp.Label) (withheld []Withheld) {
	all := s.Listed
	s.Listed = []Listed{}
	for _, l := range all {
		ask.Received = l.Received
		if err := tlp.Release(ask); err != nil {
			withheld = append(withheld, Withheld{fmt.Sprintf("listing of %s in %s", s.Host, l.Feed), err})
			continue
		}
		*label = tlp.Strictest(append(l.Received, *label)...)
		s.Listed = append(s.Listed, l)
	}
	return withheld
}

// claims puts what may leave of claims of the site beside it.
func (s *IncidentSite) claims(r *Release, label *tlp.Label) {
	s.Claimed = []Claimed{}
	for i := range r.named {
		x := &r.named[i]
		if !s.is(x.Host) {
			continue
		}
		*label = label.Stricter(x.Strictest())
		s.Claimed = append(s.Claimed, Claimed{
			x.ID, x.Claim.Claimant, x.Claim.Source, x.Claim.Posted, x.Verdict, x.Confidence, x.Window.From, x.Window.To,
		})
		for _, e := range x.Evidence {
			s.Evidence = append(s.Evidence, SiteEvidence{e.Kind, e.At, e.Hash})
		}
	}
}
