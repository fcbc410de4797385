package watch

import (
	"slices"
	"time"

	"github.com/seawall-project/seawall/internal/watch/probe"
)

// outcome is what a round of votes amounts to. The zero value is pending.
type outcome uint8

const (
	pending   outcome = iota // more votes may come
	good                     // a quorum gets the page, or more than half are not refused it
	failing                  // a quorum does not
	protected                // a quorum meets a protection product
	disputed                 // they disagree, and there is no quorum
	weakGood                 // seen from one place, or by unchecked vantages only
	weakFail
)

var outcomes = [...]string{
	pending: "pending", good: "good", failing: "failing", protected: "protected", disputed: "disputed", weakGood: "weak_good", weakFail: "weak_fail",
}

func (o outcome) String() string                   { return name(outcomes[:], o) }
func (o outcome) MarshalText() ([]byte, error)     { return []byte(o.String()), nil }
func (o *outcome) UnmarshalText(text []byte) error { return named(outcomes[:], o, text) }

// round is one time that the vantages were asked about a site. Vantages are not aligned: a round takes one vote from each, and its successor
// begins when one of them votes again after it was decided, or after the slowest of them had its turn.
type round struct {
	From    time.Time `json:"from"`  // the first vote
	At      time.Time `json:"at"`    // the last vote so far
	Casts   []cast    `json:"casts"` // by vantage, in order
	Outcome outcome   `json:"outcome"`
	Over    bool      `json:"over"`
	Voters  int       `json:"voters"`  // networks whose votes counted or were awaited
	Abroad  bool      `json:"abroad"`  // failing, but not for the vantages at home
	Home    bool      `json:"home"`    // failing for a quorum at home, but not for one of all
	Changed bool      `json:"changed"` // a quorum gets other content
	Quiet   bool      `json:"quiet"`   // in a maintenance window
	Counted bool      `json:"counted"` // in the episode's sums
	Began   Interval  `json:"began"`   // when the failure began that it shows
	Missing []string  `json:"missing"` // networks that were expected to vote and did not
}

// decided reports whether the round says anything.
func (r *round) decided() bool { return r.Outcome != pending }

// clean reports whether a round raises no doubt at all.
func (r *round) clean(m *Machine, s *siteState) bool {
	return r.fine() && !slices.ContainsFunc(r.Casts, func(c cast) bool { return c.Vote == probe.Down && m.valid(s, c) })
}

// fine reports whether a round counts towards a recovery.
func (r *round) fine() bool {
	return r.Outcome == good || r.Outcome == protected || r.Outcome == weakGood && r.Voters <= 1
}

// tally counts networks by what they say.
type tally struct{ down, served, guarded, changed, all int }

func (t tally) quorum(n int) bool { return n >= 2 && 2*n > t.all }

// networkVotes is what the vantages of one network say together: what the best of them gets, for a way through that network exists then.
func (m *Machine) networkVotes(s *siteState, r *round, counts func(v *vantageState) bool) map[string]cast {
	votes := make(map[string]cast, len(r.Casts))
	for _, c := range r.Casts {
		v := m.vantages[c.Vantage]
		if !m.valid(s, c) || !counts(v) {
			continue
		}
		if old, ok := votes[v.network]; !ok || preference(c.Vote) < preference(old.Vote) {
			votes[v.network] = c
		}
	}
	return votes
}

func count(votes map[string]cast) tally {
	var t tally
	for _, c := range votes {
		t.all++
		switch {
		case c.Vote == probe.Down:
			t.down++
		case c.Vote == probe.Protected:
			t.guarded++
		case c.Changed:
			t.served++
			t.changed++
		default:
			t.served++
		}
	}
	return t
}

// settle finds what the round amounts to by now. awaited are networks that are expected to vote besides those that did; final says that no
// more votes will come.
func (m *Machine) settle(s *siteState, r *round, awaited map[string]bool, final bool) {
	votes := m.networkVotes(s, r, (*vantageState).votes)
	t := count(votes)
	cast := t.all
	r.Missing = r.Missing[:0]
	for n := range awaited {
		if _, voted := votes[n]; !voted {
			r.Missing = append(r.Missing, n)
		}
	}
	slices.Sort(r.Missing)
	t.all += len(r.Missing)
	r.Voters, r.Abroad, r.Home = t.all, false, false
	r.Changed = t.quorum(t.changed) || t.all == 1 && t.changed == 1
	r.Outcome = t.outcome(final || cast == t.all)
	if t.all == 0 {
		r.Outcome = m.unchecked(s, r)
	}
	m.atHome(s, r)
}

// outcome returns what a count amounts to; complete says that no vote is missing.
func (t tally) outcome(complete bool) outcome {
	switch {
	case t.quorum(t.down):
		return failing
	case t.quorum(t.served):
		return good
	case t.quorum(t.guarded):
		return protected
	case t.quorum(t.served + t.guarded):
		return good
	case !complete || t.down+t.served+t.guarded == 0:
		return pending
	case t.down > 0 && t.served+t.guarded > 0:
		return disputed
	case t.down > 0:
		return weakFail
	default:
		return weakGood
	}
}

// unchecked judges a round in which no healthy vantage takes part.
func (m *Machine) unchecked(s *siteState, r *round) outcome {
	t := count(m.networkVotes(s, r, (*vantageState).suggests))
	r.Voters = min(t.all, 1)
	switch {
	case t.all == 0:
		return pending
	case t.down > 0 && 2*t.down > t.all:
		return weakFail
	case t.down > 0 && 2*t.down == t.all:
		return disputed
	default:
		return weakGood
	}
}

// atHome sees whether the readers' own country fares otherwise than the rest.
func (m *Machine) atHome(s *siteState, r *round) {
	if s.Site.Home == "" {
		return
	}
	t := count(m.networkVotes(s, r, func(v *vantageState) bool { return v.votes() && v.Country == s.Site.Home }))
	switch r.Outcome {
	case failing, protected:
		r.Abroad = t.served > t.down+t.guarded
	case good, disputed, pending:
		if t.quorum(t.down) {
			r.Outcome, r.Home = failing, true
		}
	}
}

// disagrees reports whether valid votes of a round say both.
func (r *round) disagrees(m *Machine, s *siteState) bool {
	t := count(m.networkVotes(s, r, (*vantageState).votes))
	return t.down > 0 && t.served > 0
}

// poll puts a vote into the site's last round, or begins the next one with it.
func (m *Machine) poll(s *siteState, c cast) {
	r := s.lastRound()
	if r == nil || r.Over || m.ends(s, r, c) {
		if r != nil {
			m.endRound(s, r)
		}
		s.Rounds = last(append(s.Rounds, round{From: c.At, At: c.At, Quiet: s.quiet(c.At)}), maxRounds)
		r = s.lastRound()
	}
	if c.At.After(r.At) {
		r.At = c.At
	}
	i, found := slices.BinarySearchFunc(r.Casts, c.Vantage, func(c cast, name string) int { return compare(c.Vantage, name) })
	if found {
		r.Casts[i] = c
		return
	}
	r.Casts = slices.Insert(r.Casts, i, c)
}

// ends reports whether the vote belongs to the next round: its vantage had its turn in this one, or it comes after a lull.
func (m *Machine) ends(s *siteState, r *round, c cast) bool {
	turn := s.slowest(c.At)
	elapsed := c.At.Sub(r.From)
	again := slices.ContainsFunc(r.Casts, func(old cast) bool { return old.Vantage == c.Vantage })
	lull := 2*c.At.Sub(r.At) > turn
	return again && (r.decided() || elapsed >= turn) || lull || elapsed > turn+turn/2
}

// endRound judges a round by the votes that it got.
func (m *Machine) endRound(s *siteState, r *round) {
	if r.Over {
		return
	}
	if !r.decided() {
		m.settle(s, r, m.awaited(s, r.At), true)
		m.mark(s, r)
	}
	r.Over = true
}

// resettle judges a round anew after votes in it were withdrawn, or wait no longer.
func (m *Machine) resettle(s *siteState, r *round) {
	missing := make(map[string]bool, len(r.Missing))
	for _, n := range r.Missing {
		missing[n] = true
	}
	m.settle(s, r, missing, r.Over)
	m.mark(s, r)
}

// awaited returns the networks of the vantages that are expected to vote.
func (m *Machine) awaited(s *siteState, now time.Time) map[string]bool {
	networks := make(map[string]bool)
	for _, v := range m.expected(s, now) {
		networks[v.network] = true
	}
	return networks
}

func (s *siteState) lastRound() *round {
	if len(s.Rounds) == 0 {
		return nil
	}
	return &s.Rounds[len(s.Rounds)-1]
}
