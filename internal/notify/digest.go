package notify

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// mass is one digest: incidents that are told of together because they came together. While any of them fails, each channel has a row of it
// waiting, in which all of it is written: the first message, then the next. When none fails any more, a last message says so.
type mass struct {
	key     string
	members map[string]*member // by the incident's key
	slots   map[string]*massSlot
	dirty   bool            // something changed since the rows were written
	gave    map[string]bool // sites of which a part gave way to what is told by itself, or by another member
	answer  Text            // of the latest failure
	links   []string
}

// member is an incident in a digest.
type member struct {
	Key   string   `json:"key"`
	Kind  Kind     `json:"kind"` // what happened last
	Since Interval `json:"since"`
	Sites []Site   `json:"sites"`
	Wait  bool     `json:"wait,omitempty"` // can wait for a receiver's hours, see [Message.Wait]
}

// massSlot is what one channel was given of a digest.
type massSlot struct {
	id   string    // of the row that waits, or did
	last time.Time // when one was delivered or refused; zero for never
	n    int       // delivered or refused
	size int       // sites that the last one spoke of
	calm bool      // the last one spoke only of what can wait
}

// join makes an incident part of the digest, with the others of the window. There is one from then on.
func (d *Dispatcher) join(l *ledger, k *known, now time.Time, c *change) {
	if l.mass == nil {
		l.mass = &mass{
			key:     "digest-" + now.UTC().Format("20060102T150405.000Z"),
			members: map[string]*member{}, slots: map[string]*massSlot{}, gave: map[string]bool{},
		}
	}
	for _, o := range l.onsets {
		if other := l.known[o.key]; other != nil && other != k && other.mass == nil && other.last.Fails() {
			d.enlist(l, other, now, c)
		}
	}
	d.enlist(l, k, now, c)
	if len(l.mass.slots) == 0 {
		d.refresh(l, now, c)
	}
}

// enlist takes what waits of an incident alone out, and lets the digest speak for it.
func (d *Dispatcher) enlist(l *ledger, k *known, now time.Time, c *change) {
	d.release(l, k, now, c)
	for _, s := range k.slots {
		if h := d.waiting[s.id]; h.untried() {
			d.remove(c, h)
		}
	}
	k.slots, k.told, k.mass = map[string]slot{}, time.Time{}, l.mass
	l.mass.note(k.msg, true)
}

// note keeps what happened to a member. Grows says that there is more to tell.
func (m *mass) note(msg *Message, grows bool) {
	in := m.members[msg.Key]
	if in == nil {
		in = &member{Key: msg.Key, Since: msg.Since}
		m.members[msg.Key] = in
	}
	in.Kind, in.Wait = msg.Kind, msg.mayWait()
	in.renew(msg)
	m.dirty = true
	if grows {
		m.answer, m.links = msg.Answer, msg.Links
	}
}

// renew takes the sites of a message in place of those before. One that it no longer names is over.
func (in *member) renew(msg *Message) {
	named := map[string]bool{}
	for _, s := range msg.Sites {
		named[s.Name] = true
	}
	was := in.Sites
	in.Sites = slices.Clone(msg.Sites)
	for _, s := range was {
		if !named[s.Name] {
			s.Kind = Closed
			in.Sites = append(in.Sites, s)
		}
	}
}

// failing returns the members that fail.
func (m *mass) failing() (all []*member) {
	for _, in := range m.members {
		if in.Kind.Fails() {
			all = append(all, in)
		}
	}
	return all
}

// calm reports whether all that fails in the digest can wait.
func (m *mass) calm() bool {
	return !slices.ContainsFunc(m.failing(), func(in *member) bool { return !in.Wait })
}

// refresh writes the digest's rows anew when something changed, and ends it when nothing fails any more.
func (d *Dispatcher) refresh(l *ledger, now time.Time, c *change) {
	m := l.mass
	if len(m.failing()) == 0 {
		d.finish(l, now, c)
		return
	}
	if !m.dirty {
		return
	}
	m.dirty = false
	content := d.identify(l, m.content(now), now)
	for _, r := range l.routes {
		s := m.slots[r.channel.Name]
		if s == nil {
			s = &massSlot{}
			m.slots[r.channel.Name] = s
		}
		before := d.waiting[s.id]
		if before != nil && (before.inFlight || before.over) {
			m.dirty = true // once it is through
			continue
		}
		due, some := d.massDue(l, s, before, &content, now)
		if !some {
			continue
		}
		switch {
		case before != nil:
			content.Repeat = before.repeat
		case s.calm && !content.Message.Wait:
			content.Repeat = 0 // it is news
		default:
			content.Repeat = s.n
		}
		s.id, s.calm = d.add(c, r, content, now, due, before), content.Message.Wait
	}
}

// massDue returns when a digest that reads so is due at a channel, where before waits or, with nil, nothing does; false when none is due.
func (d *Dispatcher) massDue(l *ledger, s *massSlot, before *held, content *doc, now time.Time) (time.Time, bool) {
	gap := d.next(content.Failing+content.Back, s)
	soon, next := now.Add(d.o.Wait), s.last.Add(gap)
	if content.Message.Wait {
		soon, next = l.receiver.Hours.next(soon, l.receiver.Zone), l.receiver.Hours.next(next, l.receiver.Zone)
	}
	again, worse := s.n > 0 && gap > 0, s.calm && !content.Message.Wait
	switch {
	case before == nil && (worse || s.id == ""):
		return soon, true
	case before == nil:
		return next, again
	case worse:
		return earlier(before.row.Due, soon), true
	case again: // perhaps sites joined
		return earlier(before.row.Due, next), true
	}
	return before.row.Due, true
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// next returns how long after the last message of a digest that speaks of so many sites another is due, 0 for never.
func (d *Dispatcher) next(sites int, s *massSlot) time.Duration {
	if sites > s.size {
		return MassUpdates
	}
	return d.o.Reminder
}

// finish ends a digest. Channels that never got a message of it get no last one.
func (d *Dispatcher) finish(l *ledger, now time.Time, c *change) {
	m := l.mass
	content := d.identify(l, m.content(now), now)
	for _, r := range l.routes {
		s := m.slots[r.channel.Name]
		if s == nil {
			continue
		}
		before := d.waiting[s.id]
		if before != nil && !before.inFlight && !before.over && (s.n > 0 || before.row.Attempts == 0) {
			d.remove(c, before)
		}
		if s.n > 0 || before != nil && (before.inFlight || before.row.Attempts > 0) {
			due := now
			if s.calm {
				due = l.receiver.Hours.next(now, l.receiver.Zone)
			}
			d.add(c, r, content, now, due, nil)
			continue
		}
		d.counts.overtaken++
	}
	for key := range m.members {
		if k := l.known[key]; k != nil {
			k.mass = nil
		}
	}
	l.mass, l.onsets = nil, nil
}

// tried notes what came of a message of the digest. One that was refused counts as told: the next is tried in its time.
func (m *mass) tried(channel string, h *held, now time.Time) {
	if s := m.slots[channel]; s != nil {
		s.last, s.size = now, h.size
		s.n++
	}
	m.dirty = true
}

// content writes a digest out. Sites that fail come first.
func (m *mass) content(now time.Time) doc {
	content := doc{Message: Message{Kind: Digest, Key: m.key, At: now, Answer: m.answer, Links: m.links}}
	for _, in := range m.members {
		content.Members = append(content.Members, *in)
	}
	slices.SortFunc(content.Members, func(a, b member) int { return strings.Compare(a.Key, b.Key) })
	failing, back := map[string]bool{}, map[string]bool{}
	for _, in := range content.Members {
		if s := &content.Message.Since; s.Latest.IsZero() || in.Since.Latest.Before(s.Latest) {
			*s = in.Since
		}
		for _, site := range in.Sites {
			if !in.Kind.Fails() || site.Kind.Ends() {
				back[site.Name] = true
			} else if !failing[site.Name] {
				failing[site.Name] = true
				content.Message.Sites = append(content.Message.Sites, Site{Name: site.Name, Groups: site.Groups})
			}
		}
	}
	for name := range failing {
		delete(back, name)
	}
	content.Failing, content.Back = len(failing), len(back)
	for _, name := range slices.Sorted(maps.Keys(m.gave)) {
		if !failing[name] && !back[name] {
			content.Gave = append(content.Gave, name)
		}
	}
	content.Message.Wait = len(failing) > 0 && m.calm()
	slices.SortFunc(content.Message.Sites, func(a, b Site) int { return cmp.Compare(a.Name, b.Name) })
	return content
}

// wanted reports whether a message of a digest is still worth sending: one that only repeats is not, once somebody has taken charge of all.
func (d *Dispatcher) wanted(l *ledger, h *held) bool {
	m := l.mass
	if h.kind != Digest || h.repeat == 0 || m == nil || m.key != h.row.Key {
		return true
	}
	return slices.ContainsFunc(m.failing(), func(in *member) bool { return !d.acknowledged(in.Key) })
}
