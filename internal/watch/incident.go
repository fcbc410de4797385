package watch

import (
	"maps"
	"slices"
	"time"
)

// Kind is what an incident is about.
type Kind uint8

// The kinds. Only an outage moves a site's state.
const (
	Outage       Kind = iota // readers do not get the page
	Slowness                 // they get it late
	Protection               // a protection product stands in front since lately
	OtherContent             // they get another page than the one watched: a matter of integrity, for a person to look at
	Partly                   // they get the page, and something that belongs to it fails
)

var kinds = [...]string{Outage: "outage", Slowness: "slow", Protection: "protected", OtherContent: "other_content", Partly: "partial"}

// String returns the kind's name.
func (k Kind) String() string { return name(kinds[:], k) }

// MarshalText returns the kind's name.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads a kind's name.
func (k *Kind) UnmarshalText(text []byte) error { return named(kinds[:], k, text) }

// Grade is how sure an incident is. It shrinks only when votes are withdrawn.
type Grade uint8

// The grades.
const (
	OnePlace      Grade = iota // seen from one network only
	UncheckedOnly              // seen by vantages that cannot check themselves
	Confirmed                  // by a quorum
)

var grades = [...]string{OnePlace: "suspected_one_place", UncheckedOnly: "suspected_unchecked", Confirmed: "confirmed"}

// String returns the grade's name.
func (g Grade) String() string { return name(grades[:], g) }

// MarshalText returns the grade's name.
func (g Grade) MarshalText() ([]byte, error) { return []byte(g.String()), nil }

// UnmarshalText reads a grade's name.
func (g *Grade) UnmarshalText(text []byte) error { return named(grades[:], g, text) }

// Phase is how far an incident is.
type Phase uint8

// The phases.
const (
	Ongoing   Phase = iota
	Ending          // the end is known, and the closing time runs
	Over            // closed
	Withdrawn       // it never was: its votes came from vantages that were blind
)

var phases = [...]string{Ongoing: "ongoing", Ending: "recovering", Over: "closed", Withdrawn: "withdrawn"}

// String returns the phase's name.
func (p Phase) String() string { return name(phases[:], p) }

// MarshalText returns the phase's name.
func (p Phase) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads a phase's name.
func (p *Phase) UnmarshalText(text []byte) error { return named(phases[:], p, text) }

// Incident is what happened to one site, or to several for one common cause. It is plain data: whoever holds one may keep it.
type Incident struct {
	ID      int64     `json:"id"` // unique and rising within a machine's state
	Kind    Kind      `json:"kind"`
	Phase   Phase     `json:"phase"`
	Grade   Grade     `json:"grade"` // of its surest member
	Members []Member  `json:"members"`
	Start   Interval  `json:"start"` // of the first member
	End     Interval  `json:"end"`   // of the last; zero while it goes on, and where one was not measured to its end
	Flaps   int       `json:"flaps"` // times that it seemed over and was not
	Cause   Cause     `json:"cause"`
	Words   Words     `json:"words"`
	Opened  time.Time `json:"opened"`
	Changed time.Time `json:"changed"`
}

// Sites returns the names of the members, in order.
func (i *Incident) Sites() []string {
	all := make([]string, len(i.Members))
	for n, m := range i.Members {
		all[n] = m.Site
	}
	return all
}

// Member is one site's part in an incident.
type Member struct {
	Site            string   `json:"site"`
	Phase           Phase    `json:"phase"`
	Grade           Grade    `json:"grade"`
	Start           Interval `json:"start"`
	End             Interval `json:"end"`   // zero while it goes on, and when it was not measured to its end
	Total           Span     `json:"total"` // of all spells together, up to the last failing vote while it goes on
	Flaps           int      `json:"flaps"`
	WasDown         bool     `json:"was_down"`             // the state [Down] was reached
	Wavering        bool     `json:"wavering"`             // failing in 20 to 80 % of rounds, or again and again
	Abroad          bool     `json:"abroad"`               // readers at home were served while a quorum was not
	AtHome          bool     `json:"at_home"`              // only readers at home were not
	HomeBlind       bool     `json:"home_blind,omitempty"` // no vantage at home could see it: every one of them was blind
	Gave            bool     `json:"gave_way,omitempty"`   // it is over because an outage began
	After           int64    `json:"after,omitempty"`      // of an outage: the incident that gave way to it here
	ReachableFrom   []string `json:"reachable_from"`
	UnreachableFrom []string `json:"unreachable_from"` // countries of the vantages that failed
	Words           Words    `json:"words"`
}

// Without returns the incident with those parts closed that are at sites which nobody measures any more, and whether there were any. Where a part went on
// its end is not known, nothing bounds how long it lasted, and its words say so.
func (i *Incident) Without(gone func(site string) bool, now time.Time) (Incident, bool) {
	c, closed := i.clone(), false
	for n := range c.Members {
		x := &c.Members[n]
		if x.Phase >= Over || !gone(x.Site) {
			continue
		}
		if x.Phase == Ongoing {
			x.Total.Most, x.Words = 0, phrases[sayUnmeasured]
		}
		x.Phase, closed = Over, true
	}
	if closed {
		c.Changed = now
		c.sum()
	}
	return *c, closed
}

// episode is what the machine keeps of a member while it goes on.
type episode struct {
	Kind     Kind      `json:"kind"`
	Incident int64     `json:"incident"`
	Grade    Grade     `json:"grade"`
	Phase    Phase     `json:"phase"`
	Start    Interval  `json:"start"`
	Segment  Interval  `json:"segment"` // the start of the present spell, or of the last
	End      Interval  `json:"end"`
	Total    Span      `json:"total"` // of the spells that ended
	LastOn   time.Time `json:"last_on"`
	Flaps    int       `json:"flaps"`
	WasDown  bool      `json:"was_down"`
	Wavers   int       `json:"wavers"` // times that it was found wavering
	Fails    int       `json:"fails"`  // rounds
	Abroad   int       `json:"abroad"` // of Fails
	AtHome   int       `json:"at_home"`
	Unseen   int       `json:"unseen,omitempty"` // of Fails, while the vantages at home were blind
	Gave     bool      `json:"gave_way,omitempty"`
	After    int64     `json:"after,omitempty"`
	Served   []string  `json:"served"` // countries whose vantages were served in failing rounds
	Refused  []string  `json:"refused"`
}

// member returns the episode as others see it.
func (e *episode) member(s *siteState) Member {
	total := e.Total
	if e.Phase == Ongoing && !e.LastOn.IsZero() {
		total = total.plus(between(e.Segment, Interval{e.LastOn, e.LastOn}))
	}
	abroad, home := e.where(s)
	x := Member{
		Site: s.Site.Name, Phase: e.Phase, Grade: e.Grade, Start: e.Start, End: e.End, Total: total, Flaps: e.Flaps, WasDown: e.WasDown,
		Wavering: !e.WasDown && (e.Wavers > 1 || e.Flaps > 1), Abroad: abroad, AtHome: home,
		HomeBlind: e.Fails > 0 && 2*e.Unseen > e.Fails, Gave: e.Gave, After: e.After,
		UnreachableFrom: slices.Clone(e.Refused),
	}
	for _, c := range e.Served {
		if !slices.Contains(e.Refused, c) {
			x.ReachableFrom = append(x.ReachableFrom, c)
		}
	}
	x.Words = wordsOf(e.Kind, x, s.Site.Home)
	return x
}

// where reports whether it is only abroad that the site fails, or only at home: in most of the rounds that fail. The round under way counts as soon as
// a vantage at home has voted in it.
func (e *episode) where(s *siteState) (abroad, home bool) {
	fails, out, in := e.Fails, e.Abroad, e.AtHome
	if r := s.lastRound(); r != nil && !r.Counted && r.Outcome == failing && r.HomeVoted && e.Phase == Ongoing {
		fails++
		out += toInt(r.Abroad)
		in += toInt(r.Home)
	}
	return 2*out > fails, 2*in > fails
}

func toInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// tally adds a round that is over to the episode's sums.
func (e *episode) tally(m *Machine, s *siteState, r *round) {
	if r.Counted || !r.decided() {
		return
	}
	r.Counted = true
	if r.Outcome != failing && !r.shows(e.Kind) {
		return
	}
	if s.State == Disrupted && s.wavers(e, m.now) {
		e.Wavers++
	}
	e.Fails++
	e.Abroad += toInt(r.Abroad)
	e.AtHome += toInt(r.Home)
	e.Unseen += toInt(r.HomeBlind)
	for _, c := range r.Casts {
		switch v := m.vantages[c.Vantage]; {
		case !m.valid(s, c) || v.Country == "":
		case c.served():
			e.Served = insert(e.Served, v.Country)
		default:
			e.Refused = insert(e.Refused, v.Country)
		}
	}
}

// insert puts a name into a sorted list, once.
func insert(all []string, name string) []string {
	i, found := slices.BinarySearch(all, name)
	if found {
		return all
	}
	return slices.Insert(all, i, name)
}

// open begins an episode at a site, in an incident of its own or in that of others that share its fate.
func (m *Machine) open(s *siteState, k Kind, g Grade, start Interval, now time.Time) *episode {
	e := &episode{Kind: k, Grade: g, Start: start, Segment: start, LastOn: now}
	if i := m.kin(s, k, start); i != nil {
		e.Incident = i.ID
		s.put(e)
		m.refresh(i, s, e, now)
		m.note(i, Updated)
		return e
	}
	m.LastID++
	i := &Incident{ID: m.LastID, Kind: k, Opened: now}
	m.incidents[i.ID] = i
	e.Incident = i.ID
	s.put(e)
	m.refresh(i, s, e, now)
	m.note(i, Opened)
	return e
}

// note keeps that an incident changed, until [Machine.tell].
func (m *Machine) note(i *Incident, w What) {
	if old, noted := m.news[i.ID]; !noted || old != Opened || w == Revoked {
		m.news[i.ID] = w
	}
}

// tell tells each incident that changed once, when every site of this time is judged: the first word of it names all who share it.
func (m *Machine) tell() {
	for _, id := range slices.Sorted(maps.Keys(m.news)) {
		i := m.incidents[id]
		if i.Phase == Ongoing { // afterwards the cause is what it was then
			i.Cause = m.cause(i)
		}
		m.emit(Event{At: m.now, Incident: &IncidentEvent{m.news[id], *i.clone()}})
		if m.news[id] >= Finished {
			delete(m.incidents, id)
		}
	}
	clear(m.news)
}

// touch renews what is said of an incident, and tells it when that changed.
func (m *Machine) touch(s *siteState, e *episode, now time.Time) {
	i := m.incidents[e.Incident]
	if i == nil {
		return
	}
	before := i.gist(s.Site.Name)
	m.refresh(i, s, e, now)
	switch {
	case i.Phase == Over:
		m.note(i, Finished)
	case i.gist(s.Site.Name) != before:
		m.note(i, Updated)
	}
}

// gist is what a person would want to be told of an incident when it changes.
type gist struct {
	phase   Phase
	grade   Grade
	words   Words
	flaps   int
	members int
	verdict Verdict
	inside  Inside
	site    struct { // one member, whose owner may not be told of the others
		phase   Phase
		grade   Grade
		words   Words
		wasDown bool
	}
}

// gist returns what a person would want to be told, of all and of one member.
func (i *Incident) gist(site string) gist {
	g := gist{phase: i.Phase, grade: i.Grade, words: i.Words, flaps: i.Flaps, members: len(i.Members), verdict: i.Cause.Verdict, inside: i.Cause.Inside}
	if at, found := i.find(site); found {
		x := i.Members[at]
		g.site.phase, g.site.grade, g.site.words, g.site.wasDown = x.Phase, x.Grade, x.Words, x.WasDown
	}
	return g
}

// find returns where a site stands among the members, and whether it is one.
func (i *Incident) find(site string) (int, bool) {
	return slices.BinarySearchFunc(i.Members, site, func(m Member, name string) int { return compare(m.Site, name) })
}

func (i *Incident) clone() *Incident {
	c := *i
	c.Members = slices.Clone(i.Members)
	c.Cause.Shared = slices.Clone(i.Cause.Shared)
	return &c
}

// refresh rebuilds a member and the sums over all of them.
func (m *Machine) refresh(i *Incident, s *siteState, e *episode, now time.Time) {
	x := e.member(s)
	at, found := i.find(x.Site)
	switch {
	case found:
		i.Members[at] = x
	case len(i.Members) < maxMembers:
		i.Members = slices.Insert(i.Members, at, x)
	}
	i.Changed = now
	i.sum()
	if i.Phase == Ongoing {
		i.Cause = m.cause(i)
	}
}

// sum works out what holds for all members together.
func (i *Incident) sum() {
	i.Start, i.End, i.Flaps, i.Grade, i.Phase = Interval{}, Interval{}, 0, OnePlace, Over
	open := false
	for n, x := range i.Members {
		if n == 0 {
			i.Start = x.Start
		}
		i.Start = Interval{earlier(i.Start.Earliest, x.Start.Earliest), earlier(i.Start.Latest, x.Start.Latest)}
		i.Flaps = max(i.Flaps, x.Flaps)
		i.Grade = max(i.Grade, x.Grade)
		i.Phase = min(i.Phase, x.Phase)
		if x.End.IsZero() {
			open = true
		}
		if x.End.Latest.After(i.End.Latest) {
			i.End = x.End
		}
	}
	if open {
		i.End = Interval{}
	}
	i.Words = worst(i.Members).Words
}

// earlier returns the earlier of two times, of which zero is the earliest: nothing is known from before.
func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// worst returns the member that has most to complain of: of those with whom it goes on, while there are any.
func worst(all []Member) Member {
	return slices.MaxFunc(all, func(a, b Member) int {
		switch {
		case a.Phase != b.Phase:
			return int(b.Phase) - int(a.Phase)
		case a.Grade != b.Grade:
			return int(a.Grade) - int(b.Grade)
		case a.WasDown != b.WasDown:
			if a.WasDown {
				return 1
			}
			return -1
		}
		return compare(a.Total.middle(), b.Total.middle())
	})
}
