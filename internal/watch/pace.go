package watch

import (
	"slices"
	"time"

	"github.com/seawall-project/seawall/internal/watch/probe"
)

// Pace is how often a site wants to be asked at each vantage.
type Pace struct {
	Every time.Duration `json:"every"`
	Doubt bool          `json:"doubt"`
	Until time.Time     `json:"until"` // when doubt ends at the latest; zero in peace
}

// Pace returns how often a site wants to be asked now: once a minute in peace; every 15 s in doubt, for at most ten minutes, and after them
// not again for ten. The budget per site is kept elsewhere: with several vantages the coordinator spreads what it allows.
func (m *Machine) Pace(site string, now time.Time) Pace {
	s := m.sites[site]
	if s == nil || s.State <= Up || s.State == Closed || s.DoubtFrom.IsZero() {
		return Pace{Every: peacePace}
	}
	until := s.DoubtFrom.Add(doubtFor)
	if !now.Before(until) {
		return Pace{Every: peacePace}
	}
	return Pace{Every: doubtPace, Doubt: true, Until: until}
}

// Status is how a site stands now.
type Status struct {
	Site     string    `json:"site"`
	State    State     `json:"state"`
	Since    time.Time `json:"since"`
	Overlays []Overlay `json:"overlays"`
	Incident int64     `json:"incident"` // the open one, an outage before another; zero without
	Words    Words     `json:"words"`
	// Assessment is what is said of the site beside what it answers, of what goes on now.
	Assessment []probe.Assessment `json:"assessment"`
	Matrix     []Probe            `json:"matrix"` // what each vantage said last
	Listed     time.Time          `json:"listed"` // when an attack list last named it; zero when none did
}

// IsInside reports whether a vantage stands in a site's own network, as far as the configuration shows, so that it has no vote on it. It is false of
// what is not configured.
func (m *Machine) IsInside(site, vantage string) bool {
	s := m.sites[site]
	return s != nil && s.inside[vantage]
}

// Status returns how a site stands, and false when it is not watched.
func (m *Machine) Status(site string) (Status, bool) {
	s := m.sites[site]
	if s == nil {
		return Status{}, false
	}
	st := Status{Site: site, State: s.State, Since: s.Since, Words: s.State.Words(), Listed: s.Listed}
	for _, e := range []*episode{s.Soft, s.Outage} {
		if e != nil {
			st.Incident = e.Incident
			if e.Phase == Ongoing {
				st.Words = e.member(s).Words
			}
		}
	}
	for _, o := range []Overlay{Guarded, Disputed, InMaintenance, Blind} {
		if s.Over[o] {
			st.Overlays = append(st.Overlays, o)
			if o != Disputed || s.State == Suspect {
				st.Words = overlayWords(o)
			}
		}
	}
	st.Assessment = s.assessment()
	for _, name := range s.voters() {
		b := s.Ballots[name]
		st.Matrix = append(st.Matrix, s.probe(name, b.Class, b.At))
	}
	return st, true
}

// assessment returns what is said of the site beside what it answers; not nil.
func (s *siteState) assessment() []probe.Assessment {
	all := []probe.Assessment{}
	if e := s.Soft; e != nil && e.Phase == Ongoing {
		if a, ok := map[Kind]probe.Assessment{Slowness: probe.Slow, OtherContent: probe.WrongContent, Partly: probe.Partial}[e.Kind]; ok {
			all = append(all, a)
		}
	}
	if r := s.recent(1); len(r) == 1 && r[0].Abroad && slices.ContainsFunc(r[0].Casts, cast.refused) {
		all = append(all, probe.GeoBlocked)
	}
	if s.Over[InMaintenance] {
		all = append(all, probe.Maintenance)
	}
	return all
}

// Vantages returns the health of every vantage, by name.
func (m *Machine) Vantages() map[string]Health {
	all := make(map[string]Health, len(m.vantages))
	for name, v := range m.vantages {
		all[name] = v.Health
	}
	return all
}
