package notify

import (
	"maps"
	"time"
)

// giveWay has what a message says come in place of what was less, and returns the sites of whose failure the receiver heard: under the message's key, or
// as that which gave way.
func (d *Dispatcher) giveWay(l *ledger, k *known, m *Message, c *change) map[string]bool {
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
			d.forget(old, s.After, c)
		}
		old.yield(s.Name, m.At)
	}
	return heard
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

// forget takes away what waits of an incident, and its part in a digest.
func (d *Dispatcher) forget(k *known, key string, c *change) {
	for _, s := range k.slots {
		if h := d.waiting[s.id]; h.untried() {
			d.counts.overtaken++
			d.remove(c, h)
		}
	}
	if k.mass != nil {
		delete(k.mass.members, key)
		k.mass.dirty, k.mass = true, nil
	}
}

// yield notes that a site's part in an incident gave way to something worse, and, when it was the last of them, that all is said of this one.
func (k *known) yield(site string, at time.Time) {
	if delete(k.sites, site); len(k.sites) == 0 {
		k.last, k.at, k.told, k.slots = Closed, at, time.Time{}, map[string]slot{}
	}
}
