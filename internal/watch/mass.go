package watch

import (
	"fmt"
	"slices"
	"time"

	"github.com/seawall-project/seawall/internal/watch/probe"
)

// begin is a site that began to fail at a vantage.
type begin struct {
	Site string    `json:"site"`
	At   time.Time `json:"at"`
}

// hold is a vantage's votes waiting since many sites began to fail there at once.
type hold struct {
	Since time.Time `json:"since"`
	Until time.Time `json:"until"`
	Sites []begin   `json:"sites"`
}

// guard looks whether so many sites begin to fail at a vantage in one round that the vantage itself may be the cause, and, when it asked
// for help before, whether that can be told now.
func (m *Machine) guard(v *vantageState) {
	v.Begins = slices.DeleteFunc(v.Begins, func(b begin) bool { return m.now.Sub(b.At) > massWindow })
	switch {
	case len(v.Against) > 0:
		m.acquit(v)
	case v.Hold != nil:
		m.gather(v)
		m.resolve(v)
	case v.suggests() && len(v.Begins) >= massGroups:
		m.suspend(v)
	}
}

// suspend makes a vantage's votes wait when at least 20 sites and 30 % began to fail there, counted in groups that share nothing.
func (m *Machine) suspend(v *vantageState) {
	began, watched := make(map[int]bool), make(map[int]bool)
	since := m.now
	for _, b := range v.Begins {
		began[m.group[b.Site]] = true
		if b.At.Before(since) {
			since = b.At
		}
	}
	if len(began) < massGroups {
		return
	}
	for _, name := range m.order {
		if b := m.sites[name].Ballots[v.Name]; b != nil && m.now.Sub(b.At) <= 2*mostPace {
			watched[m.group[name]] = true
		}
	}
	if float64(len(began)) < massShare*float64(len(watched)) {
		return
	}
	v.Hold = &hold{Since: since, Until: m.now.Add(massWait)}
	m.gather(v)
	m.emit(Event{At: m.now, AskAgain: &AskAgain{v.Name, len(v.Hold.Sites), len(began), len(watched), v.Hold.Until}})
	m.rejudge(v, since)
	m.resolve(v)
	if v.Hold != nil && v.Hold.Until.Before(m.nextDue) {
		m.nextDue = v.Hold.Until
	}
}

// gather adds the sites that began to fail since to those that wait.
func (m *Machine) gather(v *vantageState) {
	held := make(map[string]bool, len(v.Hold.Sites))
	for _, h := range v.Hold.Sites {
		held[h.Site] = true
	}
	for _, b := range v.Begins {
		if len(v.Hold.Sites) < maxBegins && !held[b.Site] {
			held[b.Site] = true
			v.Hold.Sites = append(v.Hold.Sites, b)
		}
	}
	v.Begins = v.Begins[:0]
}

// resolve ends the wait when healthy vantages in other networks see the same, or see the sites well, or when nobody could tell in time.
func (m *Machine) resolve(v *vantageState) {
	seen, well, same := 0, 0, 0
	for _, h := range v.Hold.Sites {
		switch m.elsewhere(m.sites[h.Site], v, h.At) {
		case probe.Up:
			seen++
			well++
		case probe.Down:
			seen++
			same++
		}
	}
	enough := 2*seen >= len(v.Hold.Sites)
	switch {
	case enough && 2*same > seen:
		m.release(v)
	case enough && 2*well > seen:
		v.Against = v.Hold.Sites
		m.withdraw(v, v.Hold.Since, false)
		m.health(v, Impaired, fmt.Sprintf("%d sites began to fail at once, and other networks see %d of %d well", len(v.Against), well, seen))
	case !m.now.Before(v.Hold.Until):
		m.release(v)
	}
}

// elsewhere returns how healthy vantages in other networks fare with a site: down when one of them sees it fail now, up when one was served
// since a time, else no vote. Those that wait themselves can confirm a failure and not deny one.
func (m *Machine) elsewhere(s *siteState, v *vantageState, since time.Time) probe.Vote {
	seen := probe.NoVote
	for _, name := range s.voters() {
		b, o := s.Ballots[name], m.vantages[name]
		if o == nil || !o.votes() || o.network == v.network || s.inside[name] || m.now.Sub(b.At) > s.fresh(b) {
			continue
		}
		switch {
		case b.Vote == probe.Down:
			return probe.Down
		case b.Vote != probe.NoVote && o.Hold == nil && !b.At.Before(since):
			seen = probe.Up
		}
	}
	return seen
}

// release counts the votes that waited, with their first times.
func (m *Machine) release(v *vantageState) {
	since := v.Hold.Since
	v.Hold = nil
	m.rejudge(v, since)
}

// rejudge judges anew every round in which the vantage voted since a time.
func (m *Machine) rejudge(v *vantageState, since time.Time) {
	for _, name := range m.order {
		s := m.sites[name]
		for i := range s.Rounds {
			r := &s.Rounds[i]
			if slices.ContainsFunc(r.Casts, func(c cast) bool { return c.Vantage == v.Name && !c.At.Before(since) }) {
				m.resettle(s, r)
				m.dirty[name] = true
			}
		}
	}
}

// acquit lets a vantage that the guard silenced vote again when it sees most of those sites well.
func (m *Machine) acquit(v *vantageState) {
	well := 0
	for _, h := range v.Against {
		if b := m.sites[h.Site].Ballots[v.Name]; b != nil && b.Class.Vote() != probe.Down && b.Class.Vote() != probe.NoVote && b.At.After(h.At) {
			well++
		}
	}
	if 2*well > len(v.Against) {
		v.Against = nil
		m.health(v, Healthy, "sees most of the sites again that had begun to fail")
	}
}

// report takes up what a vantage found about itself.
func (m *Machine) report(at time.Time, r *HealthReport) {
	v := m.vantages[r.Vantage]
	if v == nil {
		m.counts.Unknown++
		return
	}
	h, why := r.Judge()
	v.Offset = r.Usable()
	switch h {
	case Healthy:
		v.LastOK = at
		v.Against = nil
		if v.Hold != nil {
			m.release(v)
		}
	case Impaired, BlindHere:
		was := v.suggests() || len(v.Against) > 0
		if was {
			v.Doubted = v.blindSince(at)
		}
		v.Hold, v.Against = nil, nil
		m.health(v, h, why)
		if was {
			m.withdrawAll()
		}
		return
	}
	m.health(v, h, why)
}

// withdrawAll takes back what vantages saw shortly before they found themselves blind: of each that lately did, for one that confirmed another
// may have been blind itself.
func (m *Machine) withdrawAll() {
	for _, name := range m.vorder {
		if v := m.vantages[name]; !v.suggests() && !v.Doubted.IsZero() && m.now.Sub(v.Since) <= healthAge {
			m.withdraw(v, v.Doubted, true)
		}
	}
}

// blindSince returns since when a vantage that finds itself blind may have been.
func (v *vantageState) blindSince(at time.Time) time.Time {
	since := at.Add(-blindReach)
	if at.Sub(v.LastOK) <= healthAge {
		since = v.LastOK
	}
	if v.Hold != nil && v.Hold.Since.Before(since) {
		since = v.Hold.Since
	}
	return since
}

// health changes a vantage's health and has every site judged that it votes on.
func (m *Machine) health(v *vantageState, h Health, why string) {
	if v.Health == h {
		return
	}
	m.emit(Event{At: m.now, Vantage: &VantageChange{v.Name, v.Health, h, why}})
	v.Health, v.Since = h, m.now
	for _, name := range m.order {
		if m.sites[name].Ballots[v.Name] != nil {
			m.dirty[name] = true
		}
	}
}

// withdraw takes back the failures that a vantage saw since a time. With confirmed set, those stay that a healthy vantage in another network saw too.
func (m *Machine) withdraw(v *vantageState, since time.Time, confirmed bool) {
	v.Hold = nil
	for _, name := range m.order {
		s := m.sites[name]
		b := s.Ballots[v.Name]
		if b == nil || confirmed && m.elsewhere(s, v, since) == probe.Down {
			continue
		}
		touched := false
		for i := range s.Rounds {
			r := &s.Rounds[i]
			for n := range r.Casts {
				c := &r.Casts[n]
				if c.Vantage == v.Name && c.Vote == probe.Down && !c.At.Before(since) && !c.Void {
					c.Void, touched = true, true
					m.resettle(s, r)
				}
			}
		}
		if b.Failing.On && !b.Failing.FirstOn.Before(since) {
			b.Failing.On, b.Failing.FirstOn = false, time.Time{}
			b.Vote = probe.NoVote
		}
		if touched {
			m.dirty[name] = true
			m.reconsider(s, v.Name)
		}
	}
}

// reconsider takes back what rested on withdrawn votes alone.
func (m *Machine) reconsider(s *siteState, vantage string) {
	note := "votes of " + vantage + " were withdrawn"
	e := s.Outage
	if e == nil {
		if s.State == Suspect && len(m.probes(s, s.recent(windowRounds), probe.Down)) == 0 {
			m.to(s, Up, nil, note)
		}
		return
	}
	var rounds []*round
	for i := range s.Rounds {
		if r := &s.Rounds[i]; !r.At.Before(e.Start.Latest) || !r.Began.IsZero() {
			rounds = append(rounds, r)
		}
	}
	switch {
	case e.Flaps > 0 || len(fails(rounds, failing)) > 0:
	case len(fails(rounds, weakFail)) > 0:
		if e.Phase == Ongoing && s.State != Suspect {
			e.Grade, e.WasDown = m.weakGrade(s, fails(rounds, weakFail)), false
			m.to(s, Suspect, m.probes(s, fails(rounds, weakFail), probe.Down), note)
			m.touch(s, e, m.now)
		}
	default:
		m.revoke(s, e)
		m.to(s, Up, nil, note)
	}
}

// revoke takes a site's part in an incident back, as if it had never been. Where it was the last, the incident keeps it to say whose it was.
func (m *Machine) revoke(s *siteState, e *episode) {
	s.Outage = nil
	i := m.incidents[e.Incident]
	if i == nil {
		return
	}
	i.Changed = m.now
	at, found := i.find(s.Site.Name)
	if len(i.Members) > 1 || !found {
		i.Members = slices.Delete(i.Members, at, at+toInt(found))
		i.sum()
		if i.Phase == Over { // all that is left of it
			m.note(i, Finished)
			return
		}
		m.note(i, Updated)
		return
	}
	for n := range i.Members {
		i.Members[n].Phase = Withdrawn
	}
	i.Phase = Withdrawn
	m.note(i, Revoked)
}
