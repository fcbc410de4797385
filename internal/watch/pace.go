package watch

import "time"

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
	Matrix   []Probe   `json:"matrix"` // what each vantage said last
	Listed   time.Time `json:"listed"` // when an attack list last named it; zero when none did
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
	for _, name := range s.voters() {
		b := s.Ballots[name]
		st.Matrix = append(st.Matrix, s.probe(name, b.Class, b.At))
	}
	return st, true
}

// Vantages returns the health of every vantage, by name.
func (m *Machine) Vantages() map[string]Health {
	all := make(map[string]Health, len(m.vantages))
	for name, v := range m.vantages {
		all[name] = v.Health
	}
	return all
}
