package watch

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// Machine judges. It is told facts by [Machine.Observe], and the time by [Machine.Tick], which returns what came of them. It is not safe for
// use by several goroutines at once.
type Machine struct {
	state
	sites    map[string]*siteState
	vantages map[string]*vantageState
	order    []string // names of sites
	vorder   []string // names of vantages
	shares   map[tie][]string
	group    map[string]int // of a site: those that share an address, prefix, alias or name servers have the same
	nextDue  time.Time      // no site or vantage wants attention before; zero when unknown
	dirty    map[string]bool
	news     map[int64]What // of incidents, to be told when all sites of a time are judged
	out      []Event
	onRound  func(Round)
}

// state is what the machine keeps beside sites and vantages.
type state struct {
	now       time.Time
	pending   []Fact
	incidents map[int64]*Incident
	LastID    int64
	counts    Counts
}

// Counts are facts that were not taken up, since the state began.
type Counts struct {
	Unknown int64 `json:"unknown"` // of a site or a vantage that is not configured
	Late    int64 `json:"late"`    // too old to vote, or told before
	Ahead   int64 `json:"ahead"`   // more than five minutes ahead of the time
	Full    int64 `json:"full"`    // when too many waited
}

// siteState is what the machine knows of a site.
type siteState struct {
	Site      Site               `json:"-"`
	State     State              `json:"state"`
	Since     time.Time          `json:"since"`
	Over      [overlays]bool     `json:"overlays"`
	Ballots   map[string]*ballot `json:"ballots"`
	Rounds    []round            `json:"rounds"`
	Polls     int64              `json:"polls"` // rounds so far
	Spacings  []time.Duration    `json:"spacings"`
	Base      histogram          `json:"base"`
	Outage    *episode           `json:"outage,omitempty"`
	Soft      *episode           `json:"soft,omitempty"`
	Ended     Interval           `json:"ended"` // of the last outage
	Open      bool               `json:"open"`  // it was once seen to serve its page to everyone
	DoubtFrom time.Time          `json:"doubt_from"`
	Listed    time.Time          `json:"listed"`
	Windows   []Maintenance      `json:"windows"`

	due    time.Time
	names  []string
	inside map[string]bool
}

// New returns a machine that has seen nothing.
func New(c Config) (*Machine, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	m := &Machine{
		state:    state{incidents: make(map[int64]*Incident)},
		sites:    make(map[string]*siteState, len(c.Sites)),
		vantages: make(map[string]*vantageState, len(c.Vantages)),
		dirty:    make(map[string]bool),
		news:     make(map[int64]What),
	}
	for _, v := range c.Vantages {
		v.Country = strings.ToUpper(v.Country)
		m.vantages[v.Name] = &vantageState{Vantage: v, Health: v.Health, network: v.network()}
	}
	for _, s := range c.Sites {
		s.Home = strings.ToUpper(s.Home)
		state := &siteState{Site: s, Ballots: make(map[string]*ballot), inside: make(map[string]bool)}
		for _, v := range c.Vantages {
			if isInside(v, s) {
				state.inside[v.Name] = true
			}
		}
		m.sites[s.Name] = state
	}
	m.order = slices.Sorted(maps.Keys(m.sites))
	m.vorder = slices.Sorted(maps.Keys(m.vantages))
	m.bind()
	return m, nil
}

// Observe takes facts in, in any order. They are judged when [Machine.Tick] passes their time.
func (m *Machine) Observe(facts ...Fact) {
	for _, f := range facts {
		if len(m.pending) >= maxPending {
			m.counts.Full++
			continue
		}
		f.At = f.At.UTC().Round(0)
		if f.Reading != nil && !f.Corrected {
			f.Corrected = true
			if v := m.vantages[f.Reading.Vantage]; v != nil {
				f.At = f.At.Add(-v.Offset)
			}
		}
		m.pending = append(m.pending, f)
	}
}

// Tick moves the time on to now and returns what happened until then. How often it is called changes nothing but how soon something is
// known. A time before the last one is taken as that.
func (m *Machine) Tick(now time.Time) []Event {
	now = now.UTC().Round(0)
	if now.Before(m.now) {
		now = m.now
	}
	slices.SortStableFunc(m.pending, order)
	taken := 0
	for taken < len(m.pending) && !m.pending[taken].At.After(now) {
		end := taken + 1
		for end < len(m.pending) && m.pending[end].At.Equal(m.pending[taken].At) {
			end++
		}
		m.batch(m.pending[taken:end])
		taken = end
	}
	m.pending = slices.Delete(m.pending, 0, taken)
	m.pending = slices.DeleteFunc(m.pending, func(f Fact) bool {
		ahead := f.At.Sub(now) > aheadMost
		if ahead {
			m.counts.Ahead++
		}
		return ahead
	})
	m.advance(now)
	m.now = now
	out := m.out
	m.out = nil
	return out
}

// Counts returns how many facts were not taken up.
func (m *Machine) Counts() Counts { return m.counts }

// Incidents returns those that are not closed, oldest first.
func (m *Machine) Incidents() []Incident {
	all := make([]Incident, 0, len(m.incidents))
	for _, id := range slices.Sorted(maps.Keys(m.incidents)) {
		all = append(all, *m.incidents[id].clone())
	}
	return all
}

// batch takes up facts of one time, and then judges whatever they touch.
func (m *Machine) batch(facts []Fact) {
	at := facts[0].At
	if at.Before(m.now) {
		at = m.now
	}
	m.advance(at)
	m.now = at
	for _, f := range facts {
		m.take(f)
	}
	for _, name := range m.vorder {
		m.guard(m.vantages[name])
	}
	m.settleDirty()
}

// settleDirty judges the sites that something happened to, in order.
func (m *Machine) settleDirty() {
	for len(m.dirty) > 0 {
		names := slices.Sorted(maps.Keys(m.dirty))
		clear(m.dirty)
		for _, name := range names {
			m.count(m.sites[name])
		}
		for _, name := range names {
			m.review(m.sites[name])
		}
	}
	m.tell()
}

// advance does what is due before or at to, each at its own time.
func (m *Machine) advance(to time.Time) {
	for m.nextDue.IsZero() || !m.nextDue.After(to) {
		site, vantage := m.earliest()
		if m.nextDue.After(to) || site == nil && vantage == nil {
			return
		}
		if m.nextDue.After(m.now) {
			m.now = m.nextDue
		}
		if vantage != nil {
			m.guard(vantage)
		} else {
			m.dirty[site.Site.Name] = true
		}
		m.settleDirty()
	}
}

// never is later than every time that facts have.
var never = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// earliest finds who wants attention next, and sets nextDue to when.
func (m *Machine) earliest() (*siteState, *vantageState) {
	var site *siteState
	var vantage *vantageState
	m.nextDue = never
	for _, name := range m.order {
		if s := m.sites[name]; !s.due.IsZero() && s.due.Before(m.nextDue) {
			site, m.nextDue = s, s.due
		}
	}
	for _, name := range m.vorder {
		if v := m.vantages[name]; v.Hold != nil && v.Hold.Until.Before(m.nextDue) {
			vantage, m.nextDue = v, v.Hold.Until
		}
	}
	return site, vantage
}

// take takes up one fact.
func (m *Machine) take(f Fact) {
	switch {
	case f.Reading != nil:
		m.read(f.At, f.Reading)
	case f.Report != nil:
		m.report(f.At, f.Report)
	case f.Listing != nil:
		m.listed(f.At, f.Listing)
	case f.Maintenance != nil:
		if s := m.sites[f.Maintenance.Site]; s != nil {
			s.declare(*f.Maintenance)
			m.dirty[s.Site.Name] = true
		}
	}
}

// declare keeps a window, in place of one that began at the same time.
func (s *siteState) declare(w Maintenance) {
	if i := slices.IndexFunc(s.Windows, func(old Maintenance) bool { return old.From.Equal(w.From) }); i >= 0 {
		s.Windows[i] = w
		return
	}
	s.Windows = last(append(s.Windows, w), maxWindows)
}

// listed notes that a list names a site, or the same host with or without "www.".
func (m *Machine) listed(at time.Time, l *Listing) {
	host := strings.TrimSuffix(strings.ToLower(l.Host), ".")
	for _, name := range seawall.Spellings(host) {
		if s := m.sites[name]; s != nil && at.After(s.Listed) {
			s.Listed = at
		}
	}
}

// read takes up what a probe found.
func (m *Machine) read(at time.Time, r *Reading) {
	s, v := m.sites[r.Site], m.vantages[r.Vantage]
	if s == nil || v == nil {
		m.counts.Unknown++
		return
	}
	b := s.Ballots[v.Name]
	if b == nil {
		b = &ballot{}
		s.Ballots[v.Name] = b
	}
	if !at.After(b.At) || m.now.Sub(at) > s.fresh(b) {
		m.counts.Late++
		return
	}
	m.dirty[s.Site.Name] = true
	s.space(b, at)
	vote, changed, part := r.vote()
	if !v.suggests() {
		b.At, b.Class, b.Vote = at, r.Class, probe.NoVote
		return
	}
	if !s.inside[v.Name] && vote != probe.NoVote {
		m.poll(s, cast{Vantage: v.Name, At: at, Class: r.Class, Vote: vote, Changed: changed, Part: part, Sure: v.votes()})
	}
	b.At, b.Class, b.Vote = at, r.Class, vote
	if vote == probe.NoVote {
		return
	}
	if vote == probe.Down && !b.Failing.On && !s.inside[v.Name] {
		v.Begins = last(append(v.Begins, begin{s.Site.Name, at}), maxBegins)
	}
	b.Failing.note(at, vote == probe.Down)
	b.Guarded.note(at, vote == probe.Protected)
	b.Changed.note(at, changed)
	b.Part.note(at, part)
	if (vote == probe.Up || vote == probe.Degraded) && r.TTFB > 0 {
		s.time(b, at, r.TTFB)
	}
}

// vote returns what a reading says about the site, and whether that is that it shows something else, or that a part of it is missing.
func (r *Reading) vote() (v probe.Vote, changed, part bool) {
	v = r.Class.Vote()
	switch {
	case v == probe.Down && r.says(probe.Maintenance):
		return probe.Degraded, false, false
	case v == probe.Degraded:
		return v, true, false
	case v != probe.Up:
		return v, false, false
	case r.says(probe.WrongContent):
		return v, true, false
	case r.says(probe.Partial):
		return probe.Degraded, false, true
	}
	return v, false, false
}

func (r *Reading) says(a probe.Assessment) bool { return slices.Contains(r.Assessment, a.String()) }

// quiet reports whether a declared window is open.
func (s *siteState) quiet(at time.Time) bool {
	return slices.ContainsFunc(s.Windows, func(w Maintenance) bool { return !at.Before(w.From) && at.Before(w.Until) })
}

func (s *siteState) get(k Kind) *episode {
	e := s.Soft
	if k == Outage {
		e = s.Outage
	}
	if e == nil || e.Kind != k {
		return nil
	}
	return e
}

func (s *siteState) put(e *episode) {
	if e.Kind == Outage {
		s.Outage = e
	} else {
		s.Soft = e
	}
}

func (m *Machine) emit(e Event) { m.out = append(m.out, e) }

// when returns when a site next wants attention without a fact: its votes become stale, or a window opens or closes.
func (m *Machine) when(s *siteState) time.Time {
	var due time.Time
	sooner := func(t time.Time) {
		if t.After(m.now) && (due.IsZero() || t.Before(due)) {
			due = t
		}
	}
	var stale time.Time
	for _, b := range s.Ballots {
		if t := b.At.Add(s.sight(b) + time.Nanosecond); t.After(stale) {
			stale = t
		}
	}
	sooner(stale)
	for _, w := range s.Windows {
		sooner(w.From)
		sooner(w.Until)
	}
	return due
}
