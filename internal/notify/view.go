package notify

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// of returns how a site of the message stands.
func (m *Message) of(s Site) Kind {
	if s.Kind == KindNone {
		return m.Kind
	}
	return s.Kind
}

// failing returns the sites that fail.
func (m *Message) failing() (all []Site) {
	for _, s := range m.Sites {
		if m.of(s).Fails() {
			all = append(all, s)
		}
	}
	return all
}

// since returns the sites that fail and did not in an earlier message, and those that are down and were less.
func (m *Message) since(before *Message) (all []Site) {
	failed := map[string]Kind{}
	for _, s := range before.failing() {
		failed[s.Name] = before.of(s)
	}
	for _, s := range m.failing() {
		if was, did := failed[s.Name]; !did || m.of(s) == Down && was != Down {
			all = append(all, s)
		}
	}
	return all
}

// adds reports whether a message says more that matters than what was told before: that another site fails or is down, that one works again, or that the
// cause is another.
func (m *Message) adds(told *Message) bool {
	return m.worsens(told) || slices.ContainsFunc(told.failing(), func(s Site) bool { return !m.fails(s.Name) })
}

// fails reports whether a site is one of those that fail.
func (m *Message) fails(site string) bool {
	return slices.ContainsFunc(m.failing(), func(s Site) bool { return s.Name == site })
}

// worsens is as adds, and leaves out that sites work again.
func (m *Message) worsens(told *Message) bool {
	return m.Cause != "" && m.Cause != told.Cause || len(m.since(told)) > 0
}

// lasted returns for how long a site failed, at most, up to a time.
func (s *Site) lasted(now time.Time) time.Duration {
	if !s.Until.Latest.IsZero() {
		now = s.Until.Latest
	}
	return now.Sub(s.Since.Latest)
}

// same reports whether a message says no more than another.
func (m *Message) same(o *Message) bool {
	return m.Kind == o.Kind && m.Words == o.Words && m.Cause == o.Cause && slices.EqualFunc(m.Sites, o.Sites, func(a, b Site) bool {
		return a.Name == b.Name && a.Kind == b.Kind && a.Words == b.Words
	})
}

// hears reports whether a site is one of those that the receiver hears of.
func (r *Receiver) hears(s *Site) bool {
	return len(r.Sites) == 0 && len(r.Groups) == 0 || slices.Contains(r.Sites, s.Name) ||
		slices.ContainsFunc(s.Groups, func(g string) bool { return slices.Contains(r.Groups, g) })
}

// view returns what a message says to a receiver, which is of the receiver's own sites only, and false when that is nothing. Known are the sites whose
// failure the receiver heard of under the message's key: the end of others is not told, nor what is for staff. A known one that a message about each
// site no longer names has no part in the incident any more, and is over.
func (r *Receiver) view(m Message, known map[string]bool) (Message, bool) {
	if len(m.Sites) == 0 {
		return m, !m.Staff || r.Staff
	}
	var own []Site
	each, left := false, maps.Clone(known)
	for _, s := range m.Sites {
		each = each || s.Kind != KindNone
		delete(left, s.Name)
		staff := s.Staff || s.Kind == KindNone && m.Staff
		unheard := staff && !r.Staff || s.Kind.Ends()
		if r.hears(&s) && (known[s.Name] || !unheard) {
			own = append(own, s)
		}
	}
	if each {
		if len(own) == 0 { // what is said is of others
			m.Words, m.Answer, m.Cause = Text{}, Text{}, ""
		}
		for _, name := range slices.Sorted(maps.Keys(left)) {
			own = append(own, Site{Name: name, Kind: Closed})
		}
	}
	if len(own) == 0 {
		return m, false
	}
	m.Sites = own
	if each {
		m.fold()
	}
	return m, true
}

// fold has a message about each of its sites say how the worst of them stand, which come first, in the words of the one of these that it lasted for
// longest. Of the others their kinds stay, and their words where these differ.
func (m *Message) fold() {
	order := func(k Kind) int {
		if k.Fails() {
			return -int(k)
		}
		return int(k)
	}
	slices.SortStableFunc(m.Sites, func(a, b Site) int {
		return cmp.Or(cmp.Compare(order(m.of(a)), order(m.of(b))), strings.Compare(a.Name, b.Name))
	})
	worst := m.Sites[0]
	m.Kind, m.Vantages = m.of(worst), worst.Vantages
	m.Since, m.Until = worst.Since, Interval{}
	for _, s := range m.Sites[1:] {
		if m.of(s) == m.Kind && s.lasted(m.At) > worst.lasted(m.At) {
			worst = s
		}
	}
	if worst.Words != (Text{}) {
		m.Words = worst.Words
	}
	for i := range m.Sites {
		s := &m.Sites[i]
		if m.of(*s).Fails() == m.Kind.Fails() && !s.Since.Latest.IsZero() && s.Since.Latest.Before(m.Since.Latest) {
			m.Since = s.Since
		}
		if m.Kind.Ends() && s.Until.Latest.After(m.Until.Latest) {
			m.Until = s.Until
		}
		if s.Words == m.Words {
			s.Words = Text{}
		}
		s.Staff, s.Since, s.Until, s.Vantages = false, Interval{}, Interval{}, nil
	}
}
