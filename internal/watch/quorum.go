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
	weakProtected
)

var outcomes = [...]string{
	pending: "pending", good: "good", failing: "failing", protected: "protected", disputed: "disputed", weakGood: "weak_good", weakFail: "weak_fail",
	weakProtected: "weak_protected",
}

func (o outcome) String() string                   { return name(outcomes[:], o) }
func (o outcome) MarshalText() ([]byte, error)     { return []byte(o.String()), nil }
func (o *outcome) UnmarshalText(text []byte) error { return named(outcomes[:], o, text) }

// round is one time that the vantages were asked about a site. Vantages are not aligned: a round takes one vote from each, and its successor
// begins when one of them votes again after it was decided, or after the slowest of them had its turn.
type round struct {
	Number  int64     `json:"number"`
	From    time.Time `json:"from"`  // the first vote
	At      time.Time `json:"at"`    // the last vote so far
	Casts   []cast    `json:"casts"` // by vantage, in order
	Outcome outcome   `json:"outcome"`
	Over    bool      `json:"over"`
	Voters  int       `json:"voters"`  // networks whose votes counted or were awaited
	Abroad  bool      `json:"abroad"`  // failing, but not for the vantages at home
	Home    bool      `json:"home"`    // failing for a quorum at home, but not for one of all
	Changed bool      `json:"changed"` // a quorum gets other content
	Part    bool      `json:"part"`    // a quorum misses a part of the site
	Quiet   bool      `json:"quiet"`   // in a maintenance window
	Counted bool      `json:"counted"` // in the episode's sums
	Began   Interval  `json:"began"`   // when the failure began that it shows
	Missing []string  `json:"missing"` // networks that were expected to vote and did not
	Others  [2]bool   `json:"others"`  // some of these said before that the site fails, that it serves

	HomeVoted bool `json:"home_voted,omitempty"` // a vantage at home did
	HomeBlind bool `json:"home_blind,omitempty"` // failing, and no vantage at home could see that or anything else
	Unchecked bool `json:"unchecked"`            // no healthy vantage took part
	Slow      bool `json:"-"`                    // noted only for a listener: see [Machine.OnRound]
}

// decided reports whether the round says anything.
func (r *round) decided() bool { return r.Outcome != pending }

// clean reports whether a round raises no doubt at all.
func (r *round) clean(m *Machine, s *siteState) bool {
	return r.fine() && !slices.ContainsFunc(r.Casts, func(c cast) bool { return c.Vote == probe.Down && m.valid(s, c) })
}

// fine reports whether a round counts towards a recovery.
func (r *round) fine() bool {
	return r.Outcome == good || r.Outcome == protected || (r.Outcome == weakGood || r.Outcome == weakProtected) && r.alone()
}

// alone reports whether nobody but who voted could have.
func (r *round) alone() bool { return r.Voters <= 1 || r.Unchecked }

// tally counts networks by what they say.
type tally struct{ down, served, guarded, changed, part, all int }

func (t tally) quorum(n int) bool { return n >= 2 && 2*n > t.all }

// networkVotes is what the vantages of one network say together: what the best of them gets, for a way through that network exists then.
func (m *Machine) networkVotes(s *siteState, r *round, counts func(c cast) bool) map[string]cast {
	votes := make(map[string]cast, len(r.Casts))
	for _, c := range r.Casts {
		if !m.valid(s, c) || !counts(c) {
			continue
		}
		v := m.vantages[c.Vantage]
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
		case c.Part:
			t.served++
			t.part++
		default:
			t.served++
		}
	}
	return t
}

// settle finds what the round amounts to by now. awaited are the networks that are expected to vote, with what they said last; final says that
// no more votes will come. Where no healthy vantage takes part, unchecked ones do, and what they say remains a suspicion.
func (m *Machine) settle(s *siteState, r *round, awaited map[string]probe.Vote, final bool) {
	votes := m.networkVotes(s, r, cast.sure)
	r.Unchecked = len(votes) == 0 && !s.seenByHealthy(m)
	if r.Unchecked {
		votes = m.networkVotes(s, r, cast.any)
	}
	t := count(votes)
	voted := t.all
	r.Missing, r.Others = r.Missing[:0], [2]bool{}
	for n, vote := range awaited {
		if _, has := votes[n]; has {
			continue
		}
		r.Missing = append(r.Missing, n)
		r.Others[0] = r.Others[0] || vote == probe.Down
		r.Others[1] = r.Others[1] || vote == probe.Up || vote == probe.Degraded
	}
	slices.Sort(r.Missing)
	m.judge(s, r, t, voted, final)
}

// judge sets what a count of a round amounts to, in which so many networks voted.
func (m *Machine) judge(s *siteState, r *round, t tally, voted int, final bool) {
	t.all = voted + len(r.Missing)
	r.Voters, r.Abroad, r.Home = t.all, false, false
	r.Changed = t.quorum(t.changed) || t.all == 1 && t.changed == 1
	r.Part = t.quorum(t.part) || t.all == 1 && t.part == 1
	r.Outcome = t.outcome(final || voted == t.all)
	switch {
	case r.Unchecked && r.Outcome == failing:
		r.Outcome = weakFail
	case r.Unchecked && r.Outcome == good:
		r.Outcome = weakGood
	case r.Outcome == weakFail && r.Others[1], (r.Outcome == weakGood || r.Outcome == weakProtected) && r.Others[0]:
		r.Outcome = disputed
	}
	m.atHome(s, r, t)
}

// seenByHealthy reports whether a healthy vantage watches the site now.
func (s *siteState) seenByHealthy(m *Machine) bool {
	for _, name := range s.voters() {
		b, v := s.Ballots[name], m.vantages[name]
		if v != nil && v.votes() && !s.inside[name] && m.now.Sub(b.At) <= s.fresh(b) {
			return true
		}
	}
	return false
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
	case t.served == 0:
		return weakProtected
	default:
		return weakGood
	}
}

// atHome sees whether the readers' own country fares otherwise than all who are counted. Where it is served and they are not, some failing and some
// meeting a protection product, that is protection: a filter of foreign readers shows itself differently in different networks.
func (m *Machine) atHome(s *siteState, r *round, all tally) {
	r.HomeBlind, r.HomeVoted = false, false
	if s.Site.Home == "" {
		return
	}
	t := count(m.networkVotes(s, r, func(c cast) bool { return c.Sure && m.vantages[c.Vantage].Country == s.Site.Home }))
	served := t.served > t.down+t.guarded
	r.HomeVoted = t.all > 0
	switch r.Outcome {
	case failing, protected:
		r.Abroad = served
		r.HomeBlind = t.all == 0 && m.blindAt(s.Site.Home)
	case good, disputed, pending:
		switch {
		case t.quorum(t.down):
			r.Outcome, r.Home = failing, true
		case served && all.quorum(all.down+all.guarded):
			r.Outcome, r.Abroad = protected, true
		}
	}
}

// disagrees reports whether valid votes of a round say both.
func (r *round) disagrees(m *Machine, s *siteState) bool {
	t := count(m.networkVotes(s, r, cast.sure))
	return t.down > 0 && t.served > 0
}

// poll puts a vote into the site's last round, or begins the next one with it.
func (m *Machine) poll(s *siteState, c cast) {
	r := s.lastRound()
	if r == nil || r.Over || s.ends(r, c) || s.belated(r, c) {
		if r != nil && s.belated(r, c) {
			r.Over = true // and says nothing
		}
		if r != nil {
			m.endRound(s, r)
		}
		s.Polls++
		s.Rounds = last(append(s.Rounds, round{Number: s.Polls, From: c.At, At: c.At, Quiet: s.quiet(c.At)}), maxRounds)
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

// ends reports whether a vote belongs to the next round: its vantage had its turn in this one, or it comes after a lull.
func (s *siteState) ends(r *round, c cast) bool {
	turn := s.slowest(c.At)
	elapsed := c.At.Sub(r.From)
	again := slices.ContainsFunc(r.Casts, func(old cast) bool { return old.Vantage == c.Vantage })
	lull := 2*c.At.Sub(r.At) > turn
	return r.decided() && (again || lull) || again && elapsed >= turn || elapsed > turn+turn/2
}

// belated reports whether an undecided round began too late: a vantage that votes now had its last turn closer to the round's beginning than
// this one is to its last vote. Such a round is given up and the next begins with this vote, so that rounds fall into the rhythm in which
// the vantages ask.
func (s *siteState) belated(r *round, c cast) bool {
	b := s.Ballots[c.Vantage]
	if r.decided() || b == nil || b.At.IsZero() || !b.At.Before(r.From) {
		return false
	}
	return r.From.Sub(b.At)+s.slowest(c.At)/10 < c.At.Sub(r.At)
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
	m.publish(s, r)
}

// resettle judges a round anew after votes in it were withdrawn, or wait no longer.
func (m *Machine) resettle(s *siteState, r *round) {
	if r.Over {
		counts := cast.sure
		if r.Unchecked {
			counts = cast.any
		}
		t := count(m.networkVotes(s, r, counts))
		m.judge(s, r, t, t.all, true)
	} else {
		m.settle(s, r, m.awaited(s, m.now), false)
	}
	m.mark(s, r)
	m.publish(s, r)
}

// awaited returns the networks of the vantages that are expected to vote, and the better of what these said last.
func (m *Machine) awaited(s *siteState, now time.Time) map[string]probe.Vote {
	networks := make(map[string]probe.Vote)
	for _, v := range m.expected(s, now) {
		vote := s.Ballots[v.Name].Vote
		if old, ok := networks[v.network]; !ok || preference(vote) < preference(old) {
			networks[v.network] = vote
		}
	}
	return networks
}

func (s *siteState) lastRound() *round {
	if len(s.Rounds) == 0 {
		return nil
	}
	return &s.Rounds[len(s.Rounds)-1]
}

// blindAt reports whether there are vantages in a country, and each of them is blind or impaired.
func (m *Machine) blindAt(country string) (blind bool) {
	for _, v := range m.vantages {
		if v.Country != country {
			continue
		}
		if v.suggests() {
			return false
		}
		blind = true
	}
	return blind
}
