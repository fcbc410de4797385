package notify

import (
	"maps"
	"slices"
	"time"
)

// giveWay has what a message says come in place of what was less, and returns the sites of whose failure the receiver heard: under the message's key, or
// as that which gave way.
func (d *Dispatcher) giveWay(l *ledger, k *known, m *Message, now time.Time, c *change) map[string]bool {
	heard := maps.Clone(k.heard())
	for i := range m.Sites {
		s := &m.Sites[i]
		old := l.known[s.After]
		if old == nil || !old.sites[s.Name] || !old.last.Fails() {
			continue
		}
		if d.reached(old) {
			if heard == nil {
				heard = make(map[string]bool)
			}
			heard[s.Name] = true
		}
		if len(old.sites) == 1 {
			d.forget(l, old, s, now, c)
		} else if old.mass != nil {
			old.mass.without(s.After, s.Name)
		}
		old.yield(s.Name, m.At)
	}
	return heard
}

// without takes a site of a member away, of which it is not said that it works again.
func (m *mass) without(key, site string) {
	in := m.members[key]
	in.Sites = slices.DeleteFunc(slices.Clone(in.Sites), func(s Site) bool { return s.Name == site })
	m.gave[site], m.dirty = true, true
}

// reached reports whether a channel was given something of an incident, or may have been.
func (d *Dispatcher) reached(k *known) bool {
	if k.mass != nil {
		return true
	}
	for _, s := range k.slots {
		if h := d.waiting[s.id]; s.told && (s.heard || !h.untried()) {
			return true
		}
	}
	return false
}

// forget takes away what waits of the incident that gave way at its last site, and its part in a digest.
func (d *Dispatcher) forget(l *ledger, k *known, s *Site, now time.Time, c *change) {
	d.release(l, k, now, c)
	for _, slot := range k.slots {
		if h := d.waiting[slot.id]; h.untried() {
			d.counts.overtaken++
			d.remove(c, h)
		}
	}
	k.leave(s.After, s.Name)
}

// leave takes an incident out of the digest that speaks for it, because what came of its last site is told by itself.
func (k *known) leave(key, site string) {
	if m := k.mass; m != nil {
		delete(m.members, key)
		m.gave[site], m.dirty, k.mass = true, true, nil
	}
}

// release tells channels that hold an alarm open until its key is told to be over that this one is: what comes in its place has another key.
func (d *Dispatcher) release(l *ledger, k *known, now time.Time, c *change) {
	if k.msg == nil {
		return
	}
	over := *k.msg
	over.Kind, over.At, over.Words = Closed, now, Text{}
	over.Sites = slices.Clone(over.Sites)
	for i := range over.Sites {
		over.Sites[i].Kind, over.Sites[i].Words = KindNone, Text{}
	}
	for _, r := range l.routes {
		s := k.slots[r.channel.Name]
		if h := d.waiting[s.id]; r.channel.Keyed && s.told && (s.heard || !h.untried()) {
			d.add(c, r, d.identify(l, doc{Message: over}, now), now, now, nil)
		}
	}
}

// yield notes that a site's part in an incident gave way to something worse, and, when it was the last of them, that all is said of this one.
func (k *known) yield(site string, at time.Time) {
	if delete(k.sites, site); len(k.sites) == 0 {
		k.last, k.at, k.told, k.slots = Closed, at, time.Time{}, map[string]slot{}
	}
}
