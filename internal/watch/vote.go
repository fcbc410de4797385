package watch

import (
	"slices"
	"time"

	"github.com/seawall-project/seawall/internal/watch/probe"
)

// Probe names one probe: why something was decided, or a cell of the matrix of a dispute.
type Probe struct {
	Vantage string      `json:"vantage"`
	Site    string      `json:"site"`
	Class   probe.Class `json:"class"`
	At      time.Time   `json:"at"`
	Inside  bool        `json:"inside,omitempty"` // the vantage is in the site's own network, and has no vote
}

// probe returns what a vantage found.
func (s *siteState) probe(vantage string, class probe.Class, at time.Time) Probe {
	return Probe{Vantage: vantage, Site: s.Site.Name, Class: class, At: at, Inside: s.inside[vantage]}
}

// ballot is what one vantage last said about a site, and when each condition began and ended there.
type ballot struct {
	At       time.Time       `json:"at"`
	Class    probe.Class     `json:"class"`
	Vote     probe.Vote      `json:"vote"` // no vote when the last probe failed for the vantage's own reasons, or was withdrawn
	Spacings []time.Duration `json:"spacings"`
	Samples  []sample        `json:"samples"` // of the first byte's time, oldest first
	Failing  run             `json:"failing"`
	Slow     run             `json:"slow"`
	Guarded  run             `json:"guarded"`
	Changed  run             `json:"changed"`
	Part     run             `json:"part"`
	SawOpen  bool            `json:"saw_open"` // the page came here at least once
}

// of returns the run of a kind of condition.
func (b *ballot) of(k Kind) *run {
	switch k {
	case Slowness:
		return &b.Slow
	case Protection:
		return &b.Guarded
	case OtherContent:
		return &b.Changed
	case Partly:
		return &b.Part
	default:
		return &b.Failing
	}
}

// pace returns the spacing of the vantage's own probes of the site.
func (b *ballot) pace() time.Duration {
	if len(b.Spacings) == 0 {
		return peacePace
	}
	return slices.Max(b.Spacings)
}

// fresh returns how old a vote of b may be: twice the interval in which the site is asked. That is taken from the last spacings of this
// vantage and, up to a bound, of the others, so that a change of pace makes no vote stale that was valid.
func (s *siteState) fresh(b *ballot) time.Duration {
	site := peacePace
	if len(s.Spacings) > 0 {
		site = min(slices.Max(s.Spacings), sitePace)
	}
	return 2 * max(b.pace(), site)
}

// sight returns how long after its last vote a vantage still has the site in sight. It is longer than the vote is fresh while there is doubt,
// because doubt ends with a step back to the pace of peace.
func (s *siteState) sight(b *ballot) time.Duration {
	if len(b.Spacings) == 0 {
		return 2 * mostPace // how often it asks is not known yet
	}
	return max(s.fresh(b), 2*peacePace)
}

// slowest returns the longest pace of the vantages whose votes are fresh: how long a round may take.
func (s *siteState) slowest(now time.Time) time.Duration {
	most := leastPace
	for _, b := range s.Ballots {
		if now.Sub(b.At) <= s.fresh(b) {
			most = max(most, b.pace())
		}
	}
	return most
}

// space notes how long after its last probe a vantage asked again. Gaps are no pace.
func (s *siteState) space(b *ballot, at time.Time) {
	if b.At.IsZero() {
		return
	}
	d := at.Sub(b.At)
	if d <= 0 || d > mostPace {
		return
	}
	d = max(d, leastPace)
	b.Spacings = last(append(b.Spacings, d), 3)
	s.Spacings = last(append(s.Spacings, d), 3)
}

// last returns the last n of all, moved to the front of its array.
func last[T any](all []T, n int) []T {
	if len(all) <= n {
		return all
	}
	return slices.Delete(all, 0, len(all)-n)
}

// cast is one vote in one round.
type cast struct {
	Vantage string      `json:"vantage"`
	At      time.Time   `json:"at"`
	Class   probe.Class `json:"class"`
	Vote    probe.Vote  `json:"vote"`
	Changed bool        `json:"changed"` // the page came, with other content
	Part    bool        `json:"part"`    // the page came, and something that belongs to it did not
	Sure    bool        `json:"sure"`    // the vantage was healthy then, not only unchecked
	Void    bool        `json:"void"`    // withdrawn
}

// served reports whether readers got something.
func (c cast) served() bool { return c.Vote == probe.Up || c.Vote == probe.Degraded }

// refused reports whether a vantage did not get the page, and was not asked for a proof either.
func (c cast) refused() bool { return c.Vote == probe.Down || c.Class == probe.EdgeBlock }

// sure and any are which votes are counted: those of vantages that were healthy, or those of unchecked ones too.
func (c cast) sure() bool { return c.Sure }
func (c cast) any() bool  { return true }

// valid reports whether a vote counts at all: not withdrawn, not waiting.
func (m *Machine) valid(s *siteState, c cast) bool {
	v := m.vantages[c.Vantage]
	if c.Void || v == nil || s.inside[c.Vantage] {
		return false
	}
	return v.Hold == nil || c.At.Before(v.Hold.Since)
}

// expected returns the vantages of a site whose votes count now: healthy, not inside, not waiting, with a fresh vote; or, where no healthy one
// watches the site, the unchecked ones.
func (m *Machine) expected(s *siteState, now time.Time) []*vantageState {
	var all []*vantageState
	counts := (*vantageState).suggests
	if s.seenByHealthy(m) {
		counts = (*vantageState).votes
	}
	for _, name := range s.voters() {
		b, v := s.Ballots[name], m.vantages[name]
		if v != nil && counts(v) && v.Hold == nil && !s.inside[name] && b.Vote != probe.NoVote && now.Sub(b.At) <= s.fresh(b) {
			all = append(all, v)
		}
	}
	return all
}

// voters returns the names of the vantages that ever asked, in order.
func (s *siteState) voters() []string {
	if len(s.names) != len(s.Ballots) {
		s.names = s.names[:0]
		for name := range s.Ballots {
			s.names = append(s.names, name)
		}
		slices.Sort(s.names)
	}
	return s.names
}
