package watch

import (
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/watch/probe"
)

// count judges a site's last round by the votes that it has by now.
func (m *Machine) count(s *siteState) {
	if r := s.lastRound(); r != nil && !r.Over {
		missing := m.awaited(s, m.now)
		m.settle(s, r, missing, false)
		m.mark(s, r)
		r.Over = r.decided() && m.complete(s, r, missing)
		m.slowness(s, r)
		m.publish(s, r)
	}
}

// review judges a site anew when its rounds are counted: what lies over it, its state, and what else is the matter with it.
func (m *Machine) review(s *siteState) {
	m.overlay(s)
	if !s.quiet(m.now) {
		for range 4 {
			if !m.move(s) {
				break
			}
		}
		m.sums(s)
		m.soft(s)
	}
	s.due = m.when(s)
	if !s.due.IsZero() && s.due.Before(m.nextDue) {
		m.nextDue = s.due
	}
}

// mark notes when a failure began, while that can be told.
func (m *Machine) mark(s *siteState, r *round) {
	switch {
	case r.Outcome != failing && r.Outcome != weakFail:
		r.Began = Interval{}
	case r.Began.IsZero() || !r.Over:
		r.Began = m.began(s, Outage)
	}
	if r.Outcome == good || r.Outcome == weakGood {
		s.Open = true
	}
}

// complete reports whether every vantage that is expected has voted in the round.
func (m *Machine) complete(s *siteState, r *round, awaited map[string]probe.Vote) bool {
	votes := m.networkVotes(s, r, cast.any)
	for n := range awaited {
		if _, voted := votes[n]; !voted {
			return false
		}
	}
	return true
}

// move makes one transition when there is reason for one.
func (m *Machine) move(s *siteState) bool {
	switch s.State {
	case Unknown, Up, Closed:
		return m.fromUp(s)
	case Suspect:
		return m.fromSuspect(s)
	case Disrupted, Down:
		return m.fromFailing(s)
	default:
		return m.fromRecovering(s)
	}
}

func (m *Machine) fromUp(s *siteState) bool {
	r := s.lastRound()
	if r == nil || r.Quiet {
		return false
	}
	if down := m.probes(s, []*round{r}, probe.Down); len(down) > 0 {
		if m.now.Sub(s.DoubtFrom) >= 2*doubtFor {
			s.DoubtFrom = m.now
		}
		return m.to(s, Suspect, down, "")
	}
	if s.State != Up && (r.Outcome == good || r.Outcome == weakGood) {
		return m.to(s, Up, m.probes(s, []*round{r}, probe.Up), "")
	}
	return false
}

func (m *Machine) fromSuspect(s *siteState) bool {
	rounds := s.recent(windowRounds)
	if bad := fails(rounds, failing); len(bad) >= failingRounds {
		m.disturb(s, bad, Confirmed)
		return m.to(s, Disrupted, m.probes(s, bad, probe.Down), "")
	}
	bad := fails(rounds, failing, weakFail)
	if e := s.Outage; len(bad) >= failingRounds && (e == nil || e.Phase != Ongoing) {
		m.disturb(s, bad, m.weakGrade(s, bad))
	}
	if r := s.lastRound(); len(m.probes(s, []*round{r}, probe.Down)) > 0 || !s.allRecent(cleanRounds, func(r *round) bool { return r.clean(m, s) }) {
		return false
	}
	because := m.probes(s, s.recent(cleanRounds), probe.Up)
	if s.Outage != nil {
		return m.recover(s, because)
	}
	m.emit(Event{At: m.now, NearMiss: &NearMiss{Site: s.Site.Name, Since: s.Since, Because: because}})
	return m.to(s, Up, because, "")
}

func (m *Machine) fromFailing(s *siteState) bool {
	if s.allRecent(cleanRounds, (*round).fine) {
		return m.recover(s, m.probes(s, s.recent(cleanRounds), probe.Up))
	}
	if e := s.Outage; s.State == Disrupted && e != nil && s.isDown(e, m.now) {
		e.WasDown = true // of which sums tells
		return m.to(s, Down, m.probes(s, fails(s.lately(m.now), failing), probe.Down), "")
	}
	return false
}

func (m *Machine) fromRecovering(s *siteState) bool {
	e := s.Outage
	if e == nil {
		return m.to(s, Up, nil, "its incident is no longer known")
	}
	rounds := s.recent(1)
	if len(rounds) == 0 {
		return false
	}
	r := rounds[0]
	switch {
	case r.From.Before(e.End.Latest):
		return false
	case r.Outcome == failing:
		m.disturb(s, rounds, Confirmed)
		return m.to(s, Disrupted, m.probes(s, rounds, probe.Down), "")
	case r.Outcome == weakFail && e.Grade != Confirmed:
		m.disturb(s, rounds, e.Grade)
		return m.to(s, Suspect, m.probes(s, rounds, probe.Down), "")
	case r.fine() && r.At.Sub(e.End.Latest) >= s.closing(m.now):
		e.Phase = Over
		m.touch(s, e, m.now)
		s.Outage, s.Ended = nil, e.End
		return m.to(s, Closed, m.probes(s, rounds, probe.Up), "")
	}
	return false
}

// closing returns how long a site has to be well before its incident is closed.
func (s *siteState) closing(now time.Time) time.Duration {
	if !s.Listed.IsZero() && now.Sub(s.Listed) <= listedFor {
		return closingCampaign
	}
	return closing
}

// weakGrade returns how a failure without a quorum was seen.
func (m *Machine) weakGrade(s *siteState, rounds []*round) Grade {
	r := rounds[len(rounds)-1]
	if r.Unchecked && count(m.networkVotes(s, r, cast.any)).down > 1 {
		return UncheckedOnly
	}
	return OnePlace
}

// disturb opens an outage, continues the one that seemed over, or makes the present one surer.
func (m *Machine) disturb(s *siteState, bad []*round, g Grade) {
	e := s.Outage
	if e == nil {
		e = m.open(s, Outage, g, bad[0].Began, m.now)
		m.supersede(s, e)
		return
	}
	e.Grade = max(e.Grade, g)
	if e.Phase == Ending {
		m.resume(e, bad[0].Began)
	}
	e.LastOn = m.now
	m.touch(s, e, m.now)
}

// resume continues an episode that seemed over.
func (m *Machine) resume(e *episode, start Interval) {
	e.Phase, e.Segment, e.End = Ongoing, start.after(e.End), Interval{}
	e.Flaps++
	e.LastOn = m.now
}

// recover notes the end of a spell of failure.
func (m *Machine) recover(s *siteState, because []Probe) bool {
	if e := s.Outage; e != nil {
		m.finish(s, e)
		m.touch(s, e, m.now)
	}
	return m.to(s, Recovering, because, "")
}

// finish notes when a spell ended.
func (m *Machine) finish(s *siteState, e *episode) {
	end, ok := m.ended(s, e.Kind, e.Segment.Latest)
	if !ok {
		end = Interval{e.LastOn, m.now}
	}
	end = end.after(e.Segment)
	e.Phase, e.End = Ending, end
	e.Total = e.Total.plus(between(e.Segment, end))
}

// to changes a site's state.
func (m *Machine) to(s *siteState, next State, because []Probe, note string) bool {
	m.emit(Event{At: m.now, Transition: &Transition{Site: s.Site.Name, From: s.State, To: next, Because: because, Note: note}})
	s.State, s.Since = next, m.now
	return true
}

// sums renews what is counted of an outage, and tells it when its words changed.
func (m *Machine) sums(s *siteState) {
	e := s.Outage
	if e == nil {
		return
	}
	for i := range s.Rounds {
		if r := &s.Rounds[i]; r.Over && !r.At.Before(e.Start.Latest) {
			e.tally(m, s, r)
		}
	}
	if e.Phase != Ongoing {
		return
	}
	if rounds := s.recent(1); len(rounds) == 1 && (rounds[0].Outcome == failing || rounds[0].Outcome == weakFail) && rounds[0].At.After(e.LastOn) {
		e.LastOn = rounds[0].At
	}
	m.touch(s, e, m.now)
}

// began returns when a condition that holds now began.
func (m *Machine) began(s *siteState, k Kind) Interval {
	var all []Interval
	for _, name := range s.voters() {
		b := s.Ballots[name]
		if !m.witness(s, name) || m.now.Sub(b.At) > s.fresh(b) {
			continue
		}
		if i, ok := b.of(k).began(); ok {
			all = append(all, i)
		}
	}
	i, ok := agree(all)
	if !ok {
		return Interval{Latest: m.now}
	}
	return m.widen(s, k, i)
}

// ended returns when a condition that held after since ended.
func (m *Machine) ended(s *siteState, k Kind, since time.Time) (Interval, bool) {
	var all []Interval
	for _, name := range s.voters() {
		if !m.witness(s, name) {
			continue
		}
		if i, ok := s.Ballots[name].of(k).ended(since); ok {
			all = append(all, i)
		}
	}
	i, ok := agree(all)
	return m.widen(s, k, i), ok
}

// widen returns an interval with what a condition leaves open: what belongs to a page is asked for less often than the page (see [probe.Turns]), so that
// it may have come or gone before the last word that says nothing of it.
func (m *Machine) widen(s *siteState, k Kind, i Interval) Interval {
	if k == Partly && !i.Earliest.IsZero() {
		i.Earliest = i.Earliest.Add(-probe.PageEvery * max(peacePace, s.slowest(m.now)))
	}
	return i
}

// witness reports whether a vantage's times count: those of healthy ones, or of unchecked ones where there are no others.
func (m *Machine) witness(s *siteState, name string) bool {
	v := m.vantages[name]
	if v == nil || s.inside[name] || !v.suggests() {
		return false
	}
	return v.votes() || !slices.ContainsFunc(s.voters(), func(n string) bool {
		o := m.vantages[n]
		return o != nil && o.votes() && !s.inside[n]
	})
}

// probes returns the valid votes of rounds that say the wanted thing, the oldest first; [probe.Up] stands for everything but down. It returns
// the last 32.
func (m *Machine) probes(s *siteState, rounds []*round, want probe.Vote) []Probe {
	var all []Probe
	for _, r := range rounds {
		for _, c := range r.Casts {
			if m.valid(s, c) && (c.Vote == probe.Down) == (want == probe.Down) {
				all = append(all, s.probe(c.Vantage, c.Class, c.At))
			}
		}
	}
	slices.SortFunc(all, func(a, b Probe) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return strings.Compare(a.Vantage, b.Vantage)
	})
	return last(all, maxBecause)
}

// overlay renews what lies over a site's state.
func (m *Machine) overlay(s *siteState) {
	rounds := s.recent(windowRounds)
	argued, guarded := 0, 0
	calm, open := true, true
	for i, r := range rounds {
		if r.Outcome == disputed || r.Outcome == good && r.disagrees(m, s) {
			argued++
			calm = calm && i < len(rounds)-cleanRounds
		}
		if r.shows(Protection) {
			guarded++
			open = open && i < len(rounds)-cleanRounds
		}
	}
	m.lay(s, Disputed, argued >= failingRounds || s.Over[Disputed] && !calm)
	m.lay(s, Guarded, guarded >= failingRounds || s.Over[Guarded] && !open)
	m.lay(s, InMaintenance, s.quiet(m.now))
	m.lay(s, Blind, m.isBlind(s))
}

// isBlind reports whether a site that was seen before is seen by nobody now.
func (m *Machine) isBlind(s *siteState) bool {
	watched := false
	for _, name := range s.voters() {
		b, v := s.Ballots[name], m.vantages[name]
		if v == nil || s.inside[name] {
			continue
		}
		watched = true
		if v.suggests() && b.Vote != probe.NoVote && m.now.Sub(b.At) <= s.sight(b) {
			return false
		}
	}
	return watched
}

func (m *Machine) lay(s *siteState, o Overlay, on bool) {
	if s.Over[o] == on {
		return
	}
	s.Over[o] = on
	var matrix []Probe
	for _, name := range s.voters() {
		if b := s.Ballots[name]; !b.At.IsZero() {
			matrix = append(matrix, s.probe(name, b.Class, b.At))
		}
	}
	m.emit(Event{At: m.now, Overlay: &OverlayChange{Site: s.Site.Name, Overlay: o, On: on, Matrix: matrix, Words: overlayWords(o)}})
}
