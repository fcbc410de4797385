package notify

import (
	"maps"
	"slices"
	"time"
)

// takeLate notes a message for a receiver who hears of an outage only when it has been over for long enough, and then once.
func (d *Dispatcher) takeLate(l *ledger, k *known, m Message, now time.Time, c *change) {
	if m.Kind.Fails() {
		if d.atWork(m.failing()) {
			d.counts.silenced++
			return
		}
		if k == nil {
			k = newKnown()
			l.known[m.Key] = k
			l.bound()
		}
		k.note(m, k.last == KindNone || k.last.Ends())
		return
	}
	if k == nil {
		return
	}
	k.last, k.at = m.Kind, m.At
	if m.Kind != Closed || m.Until.Latest.IsZero() { // what was withdrawn has no end
		return
	}
	content := d.identify(l, doc{Message: m.bare()}, now)
	for _, r := range l.routes {
		k.slots[r.channel.Name] = slot{id: d.add(c, r, content, now, m.Until.Latest.Add(l.receiver.Outages.Delay), nil)}
	}
}

// bare returns the message with nothing in it but what happened to whom and when: no cause, nothing that places see.
func (m Message) bare() Message {
	m.Answer, m.Cause, m.Vantages, m.Links = Text{}, "", nil, nil
	m.Sites = slices.Clone(m.Sites)
	for i := range m.Sites {
		m.Sites[i].Vantages = nil
	}
	return m
}

// keep forgets all but these sites: one that an incident no longer names had no part in it.
func (k *known) keep(named []Site) {
	if k == nil {
		return
	}
	maps.DeleteFunc(k.sites, func(name string, _ bool) bool {
		return !slices.ContainsFunc(named, func(s Site) bool { return s.Name == name })
	})
}
