package watch

// What is less than an outage: slow, protected since lately, other content, a part missing. It moves no state; it has incidents of its own, one at a time,
// and gives way to an outage.

// soft opens, continues, ends and closes such an incident, while there is no outage, be it only suspected.
func (m *Machine) soft(s *siteState) {
	if s.Outage != nil || s.State == Disrupted || s.State == Down || s.State == Recovering {
		return
	}
	e := s.Soft
	if e == nil {
		m.openSoft(s)
		return
	}
	on := m.holds(s, e.Kind)
	for i := range s.Rounds {
		if r := &s.Rounds[i]; r.Over && e.Kind == Protection && !r.At.Before(e.Start.Latest) {
			e.tally(m, s, r)
		}
	}
	switch {
	case e.Phase == Ongoing && on:
		e.LastOn = m.now
		if _, g := m.isSlow(s); e.Kind == Slowness {
			e.Grade = max(e.Grade, g)
		}
	case e.Phase == Ongoing && m.gone(s, e.Kind):
		m.finish(s, e)
	case e.Phase == Ending && on:
		m.resume(e, m.began(s, e.Kind))
	case e.Phase == Ending && m.now.Sub(e.End.Latest) >= s.closing(m.now) && !s.Over[Blind]:
		e.Phase = Over
		s.Soft = nil
	}
	m.touch(s, e, m.now)
}

func (m *Machine) openSoft(s *siteState) {
	if s.State == Unknown {
		return
	}
	for _, k := range []Kind{OtherContent, Protection, Partly, Slowness} {
		if !m.holds(s, k) || k == Protection && !s.Open {
			continue
		}
		g := Confirmed
		switch r := s.recent(1); {
		case k == Slowness:
			_, g = m.isSlow(s)
		case len(r) == 1 && r[0].Voters < 2:
			g = OnePlace
		case len(r) == 1 && r[0].Unchecked:
			g = UncheckedOnly
		}
		m.open(s, k, g, m.softStart(s, k), m.now)
		return
	}
}

// softStart returns when a condition began, but not from before the end of the last outage, in which it was not seen.
func (m *Machine) softStart(s *siteState, k Kind) Interval {
	return m.began(s, k).after(s.Ended)
}

// shows reports whether a round shows the condition.
func (r *round) shows(k Kind) bool {
	switch k {
	case OtherContent:
		return r.Changed
	case Partly:
		return r.Part
	}
	return k == Protection && (r.Outcome == protected || r.Outcome == weakProtected && r.alone())
}

// holds reports whether the condition is there: in two of the last four rounds, or in the median of five minutes.
func (m *Machine) holds(s *siteState, k Kind) bool {
	if k == Slowness {
		slow, _ := m.isSlow(s)
		return slow
	}
	n := 0
	for _, r := range s.recent(windowRounds) {
		if r.shows(k) {
			n++
		}
	}
	return n >= failingRounds
}

// gone reports whether the condition is no longer there.
func (m *Machine) gone(s *siteState, k Kind) bool {
	if k == Slowness {
		return len(m.expected(s, m.now)) > 0
	}
	return s.allRecent(cleanRounds, func(r *round) bool { return r.fine() && !r.shows(k) })
}

// supersede ends what is less than an outage when one begins.
func (m *Machine) supersede(s *siteState, outage *episode) {
	e := s.Soft
	if e == nil {
		return
	}
	if e.Phase == Ongoing {
		e.End = outage.Start.after(e.Segment)
		e.Total = e.Total.plus(between(e.Segment, e.End))
	}
	e.Phase, e.Gave = Over, true
	m.touch(s, e, m.now)
	s.Soft = nil
	outage.After = e.Incident
	m.touch(s, outage, m.now)
}
