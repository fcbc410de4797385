package notify

import (
	"context"
	"encoding/json"
	"slices"
	"time"
)

const page = 1000 // rows read at once

// recall reads the outbox: what waits, and who was told what.
func (d *Dispatcher) recall(ctx context.Context) error {
	var all []Row
	before := ""
	for {
		rows, err := d.o.Outbox.List(ctx, "", before, page)
		if err != nil {
			return err
		}
		all = append(all, rows...)
		if len(rows) < page {
			break
		}
		before = rows[len(rows)-1].ID
	}
	now := d.o.Now()
	for _, row := range slices.Backward(all) {
		var content doc
		if err := json.Unmarshal(row.Doc, &content); err != nil {
			content = doc{} // a worker will find it unreadable too, and say so
		}
		d.recallRow(ctx, row, &content, now)
	}
	return nil
}

func (d *Dispatcher) recallRow(ctx context.Context, row Row, content *doc, now time.Time) {
	i := slices.IndexFunc(d.ledgers, func(l *ledger) bool { return l.receiver.Name == row.Receiver })
	known := i >= 0 && slices.ContainsFunc(d.ledgers[i].routes, func(r *route) bool { return r.channel.Name == row.Channel })
	if row.State == Waiting && !known {
		row.State = Failed
		content.Problem = "not sent: the configuration no longer has this receiver or channel"
		row.Doc, _ = json.Marshal(content)
		if err := d.o.Outbox.Update(ctx, row); err == nil {
			d.counts.dropped++
		}
		return
	}
	if !known {
		return
	}
	l := d.ledgers[i]
	if row.State == Waiting {
		d.waiting[row.ID] = newHeld(row, content)
		l.resume(&row)
	}
	switch m := &content.Message; {
	case m.Kind == Digest:
		l.recallDigest(row, content)
	case m.Kind.Fails(), m.Kind.Ends(), m.Kind.Once():
		l.recallMessage(row, content, now)
	}
}

// resume lets the route of a row that failed pause as before, so that nothing behind it overtakes it.
func (l *ledger) resume(row *Row) {
	for _, r := range l.routes {
		if row.Attempts > 0 && r.channel.Name == row.Channel && row.Due.After(r.pause) {
			r.pause, r.failures = row.Due, row.Attempts
		}
	}
}

func (l *ledger) recallMessage(row Row, content *doc, now time.Time) {
	m := content.Message
	k := l.known[m.Key]
	if k == nil {
		k = newKnown()
		l.known[m.Key] = k
		l.bound()
	}
	fresh := k.last == KindNone || k.last.Ends()
	again := m.Kind == k.last && !m.At.After(k.at)
	if m.Kind.Ends() {
		k.last, k.at = m.Kind, m.At
	} else if !again {
		k.note(m, fresh)
	}
	if m.Kind.Fails() {
		k.told, k.repeat = row.At, max(k.repeat, content.Repeat)
		for _, s := range m.Sites {
			if old := l.known[s.After]; old != nil {
				if len(old.sites) == 1 && old.sites[s.Name] {
					old.leave(s.After, s.Name)
				}
				old.yield(s.Name, m.At)
			}
		}
		if content.Update && !again {
			k.update++
		}
		if !again && now.Sub(row.At) <= MassWindow {
			l.onsets = append(l.onsets, onset{row.At, m.Key, m.failing()})
		}
	}
	if m.Kind == Closed {
		k.told = time.Time{}
	}
	s := slot{id: row.ID, told: m.Kind.Fails() || m.Kind == Recovering}
	if m.Kind.Fails() {
		s.given, s.heard = k.msg, k.slots[row.Channel].given != nil
	}
	k.slots[row.Channel] = s
}

// recallDigest rebuilds a digest from the newest of its rows.
func (l *ledger) recallDigest(row Row, content *doc) {
	key := content.Message.Key
	if l.mass == nil || l.mass.key != key {
		if content.Failing == 0 || l.mass != nil && l.mass.key > key {
			return // it is over
		}
		l.mass = &mass{key: key, members: map[string]*member{}, slots: map[string]*massSlot{}, gave: map[string]bool{}}
	}
	m := l.mass
	l.leave(content.Members)
	for _, in := range content.Members {
		m.members[in.Key] = &in
		k := l.known[in.Key]
		if k == nil {
			k = newKnown()
			l.known[in.Key] = k
		}
		k.last, k.worst, k.at, k.told, k.mass = in.Kind, in.Kind, content.Message.At, time.Time{}, m
		for _, site := range in.Sites {
			k.sites[site.Name] = true
		}
		k.msg = &Message{Kind: in.Kind, Key: in.Key, At: content.Message.At, Sites: in.Sites, Since: in.Since}
		k.slots = map[string]slot{}
	}
	for _, name := range content.Gave {
		m.gave[name] = true
	}
	m.answer, m.links, m.dirty = content.Message.Answer, content.Message.Links, true
	s := m.slots[row.Channel]
	if s == nil {
		s = &massSlot{}
		m.slots[row.Channel] = s
	}
	s.id, s.n, s.calm = row.ID, max(s.n, content.Repeat), content.Message.Wait
	if row.State != Waiting {
		s.last, s.size = row.Due, content.Failing+content.Back
		s.n = content.Repeat + 1
	}
	if content.Failing > 0 {
		return
	}
	for k := range m.members {
		l.known[k].mass = nil
	}
	l.mass = nil
}

// leave takes out of a digest whatever a newer row of it no longer has: it gave way to what is told elsewhere.
func (l *ledger) leave(stay []member) {
	for key := range l.mass.members {
		if slices.ContainsFunc(stay, func(in member) bool { return in.Key == key }) {
			continue
		}
		delete(l.mass.members, key)
		if k := l.known[key]; k != nil && k.mass == l.mass {
			for name := range k.sites {
				l.mass.gave[name] = true
			}
			k.mass, k.last = nil, Closed
			clear(k.sites)
		}
	}
}
