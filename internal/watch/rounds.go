package watch

import (
	"slices"
	"time"

	"github.com/seawall-project/seawall/internal/watch/probe"
)

// Round is one time that the vantages were asked about a site, and what their votes amount to. It is plain data: whoever holds one may keep it.
type Round struct {
	Site    string
	Number  int64     // rising within a site's state; a round that is judged anew comes with the number that it had
	From    time.Time // the first vote
	At      time.Time // the last vote so far
	Outcome Outcome
	Quorum  bool // at least two, and more than half, of the networks with fresh votes of healthy vantages agree
	Slow    bool // the page comes and a quorum has to wait for it, or the only one who voted: three seconds, or four times the site's own 95th percentile
	Abroad  bool // a quorum is not served, and the vantages at home are
	Home    bool // a quorum at home is not served, and there is none of all
	AtHome  bool // a vantage of the site's own country voted
	Checked bool // a healthy vantage took part; what others see remains a suspicion
	Quiet   bool // in a declared window of maintenance, in which failures count for nothing
	Began   Interval
	Voted   []Voted // by vantage, in order
	Waiting int     // votes of vantages of which many sites began to fail at once, and that were not believed yet; they are not in Voted
	Taken   int     // votes that were withdrawn; they are not in Voted
}

// Voted is a vote that counted.
type Voted struct {
	Vantage, Network, Country string
	At                        time.Time
	Class                     probe.Class
	Vote                      probe.Vote
}

// Outcome is what a round's votes amount to.
type Outcome uint8

// The outcomes. The last three are those of rounds without a quorum in which all who voted agree: seen from one place, or by vantages that
// cannot check themselves.
const (
	OutcomePending   Outcome = iota // it says nothing, or not yet
	OutcomeGood                     // readers get the page
	OutcomeFailing                  // they do not
	OutcomeProtected                // they meet a protection product
	OutcomeDisputed                 // the vantages disagree
	OutcomeWeakGood
	OutcomeWeakFailing
	OutcomeWeakProtected
)

// String returns the outcome's name.
func (o Outcome) String() string { return outcome(o).String() }

// OnRound has f told of every round of a site that is decided or over, and told anew when there is reason to judge it anew:
// more votes came, votes were withdrawn, or those that waited count. The last one told of a number holds. f is called while the machine
// judges, must not call it, and is not part of a snapshot. Only the last 40 rounds of a site are judged anew. A nil f ends it.
func (m *Machine) OnRound(f func(Round)) { m.onRound = f }

// publish tells of a round, if anybody listens.
func (m *Machine) publish(s *siteState, r *round) {
	if m.onRound == nil || !r.Over && !r.decided() {
		return
	}
	out := Round{
		Site: s.Site.Name, Number: r.Number, From: r.From, At: r.At, Outcome: Outcome(r.Outcome), Abroad: r.Abroad, Home: r.Home, Quiet: r.Quiet,
		Began: r.Began, Checked: !r.Unchecked,
	}
	out.Quorum = !r.Unchecked && (r.Outcome == good || r.Outcome == failing || r.Outcome == protected)
	for _, c := range r.Casts {
		v := m.vantages[c.Vantage]
		switch {
		case v == nil || s.inside[c.Vantage]:
		case c.Void:
			out.Taken++
		case !m.valid(s, c):
			out.Waiting++
		case c.Sure || r.Unchecked:
			out.Voted = append(out.Voted, Voted{c.Vantage, v.network, v.Country, c.At, c.Class, c.Vote})
			out.AtHome = out.AtHome || s.Site.Home != "" && v.Country == s.Site.Home
		}
	}
	out.Slow = r.Slow && r.Outcome != failing && r.Outcome != weakFail
	m.onRound(out)
}

// slowness notes whether a site is slow in its newest round, while that can be told.
func (m *Machine) slowness(s *siteState, r *round) {
	if m.onRound != nil && r == s.lastRound() {
		r.Slow = m.slowVotes(s, r)
	}
}

// slowVotes reports whether those who were served in a round had to wait, for a quorum of all who voted or for the only one who did.
func (m *Machine) slowVotes(s *siteState, r *round) bool {
	votes := make(map[string]bool)
	limit := s.threshold()
	for _, c := range r.Casts {
		if !m.valid(s, c) || !c.Sure && !r.Unchecked {
			continue
		}
		late := c.served() && m.latest(s, c) >= limit
		network := m.vantages[c.Vantage].network
		old, voted := votes[network]
		votes[network] = late && (old || !voted)
	}
	t := tally{all: len(votes)}
	for _, late := range votes {
		if late {
			t.down++
		}
	}
	return t.quorum(t.down) || t.all == 1 && t.down == 1
}

// latest returns the time to the first byte of a vote, zero when it is not known any more.
func (m *Machine) latest(s *siteState, c cast) time.Duration {
	samples := s.Ballots[c.Vantage].Samples
	i := slices.IndexFunc(samples, func(x sample) bool { return x.At.Equal(c.At) })
	if i < 0 {
		return 0
	}
	return samples[i].TTFB
}
