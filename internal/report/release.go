package report

import (
	"errors"
	"fmt"
	"time"

	"github.com/seawall-project/seawall/internal/report/tlp"
)

// Way is where statements shall go.
type Way struct {
	Route tlp.Route
	Owner string        // for [tlp.Owner]: the party's ID; others' statements are withheld
	Delay time.Duration // see [tlp.Request]
	Early string        // see [tlp.Request]
	Head  *Head         // of the ledger, which goes along; nil while there is none
}

// Release is statements that may leave on one way. Only [For] makes one; the zero value holds nothing.
type Release struct {
	way    Way
	at     time.Time
	named  []Statement
	counts Counts
}

// Withheld is a statement that does not leave, and why.
type Withheld struct {
	ID  string
	Why error // a [*tlp.Refusal], or what is wrong with it
}

var (
	// errNotYours withholds a statement of somebody else's site from an owner.
	errNotYours = errors.New("it is of somebody else's site")
	// errStands withholds from everybody but the owner and an authority that a site still stands, for whoever attacks it would like to know.
	errStands = errors.New("it says that a named site still stands, which is for its owner and an authority alone")
)

// For asks of each statement whether it may leave on that way now, and returns those that may, the newest version of each alone, in order, beside
// those that may not. That a named site still stands goes to its owner and to an authority, no further. In public no statement leaves, whatever its label: only counts do. These are ours to give and name nobody, so only the red
// and what rests on others' labels is left out of them. More than [MaxStatements] are an error.
func For(way Way, now time.Time, statements []Statement) (Release, []Withheld, error) {
	if err := way.Head.check(); err != nil {
		return Release{}, nil, err
	}
	if len(statements) > MaxStatements {
		return Release{}, nil, fmt.Errorf("%d statements in one export, at most %d", len(statements), MaxStatements)
	}
	r := Release{way: way, at: now}
	var withheld []Withheld
	for _, s := range newest(statements) {
		if err := way.check(&s, now); err != nil {
			withheld = append(withheld, Withheld{s.ID, err})
			continue
		}
		r.counts.add(s.Verdict)
		if way.Route != tlp.Public {
			r.named = append(r.named, s)
		}
	}
	return r, withheld, nil
}

func (w Way) check(s *Statement, now time.Time) error {
	if err := s.Check(); err != nil {
		return fmt.Errorf("statement %q: %w", cut(s.ID), err)
	}
	if w.Route == tlp.Owner && (w.Owner == "" || s.Owner.ID != w.Owner) {
		return errNotYours
	}
	if w.Route > tlp.Authority && w.Route != tlp.Public && s.Verdict.Stands() {
		return errStands
	}
	label := s.Label
	if w.Route == tlp.Public && label != tlp.Red {
		label = tlp.Clear // of the count, which is ours and names nobody
	}
	return tlp.Release(tlp.Request{
		Route: w.Route, Label: label, Received: s.Received, End: s.Window.To, Now: now, Delay: w.Delay, Early: w.Early,
	})
}

// newest returns the highest version of each statement, in the order in which they came.
func newest(statements []Statement) []Statement {
	last := map[string]int{}
	for i, s := range statements {
		if j, ok := last[s.ID]; !ok || s.Version >= statements[j].Version {
			last[s.ID] = i
		}
	}
	var all []Statement
	for i, s := range statements {
		if last[s.ID] == i {
			all = append(all, s)
		}
	}
	return all
}

// Statements returns what may be written by name; none in public. They are not to be changed.
func (r *Release) Statements() []Statement { return r.named }

// Counts returns what may be told in public.
func (r *Release) Counts() Counts { return r.counts }

// Route returns the way's route.
func (r *Release) Route() tlp.Route { return r.way.Route }

// Head returns the head of the ledger that goes along; nil while there is none.
func (r *Release) Head() *Head { return r.way.Head }

// At returns when it was asked.
func (r *Release) At() time.Time { return r.at }

// Early returns why it leaves before its time; "" when it does not.
func (r *Release) Early() string { return r.way.Early }

// Label returns the strictest label of all that is in it, theirs included.
func (r *Release) Label() tlp.Label {
	var all []tlp.Label
	for i := range r.named {
		all = append(all, r.named[i].Strictest())
	}
	return tlp.Strictest(all...)
}

// Strictest returns the strictest label of the statement and of all that it rests on.
func (s *Statement) Strictest() tlp.Label {
	strictest := s.Label
	for _, l := range s.Received {
		strictest = strictest.Stricter(l)
	}
	return strictest
}

// Counts are figures without names.
type Counts struct {
	Total    int
	Affected int // confirmed, briefly affected, degraded
	Standing int // protected, no effect observed
	Unknown  int
}

func (c *Counts) add(v Verdict) {
	c.Total++
	switch {
	case v.Affected():
		c.Affected++
	case v.Stands():
		c.Standing++
	default:
		c.Unknown++
	}
}

// Least is the smallest figure that is told in public (the rule of the status pages).
const Least = 5

// Tellable reports whether the figures may be told beside the total: both the affected and the standing are at least [Least], for one that is
// smaller nearly says which sites they are.
func (c Counts) Tellable() bool { return c.Affected >= Least && c.Standing >= Least }
