package notify

import (
	"slices"
	"time"
)

// ledger is what one receiver knows.
type ledger struct {
	receiver *Receiver
	routes   []*route
	known    map[string]*known // by the incident's key
	onsets   []onset           // failures that began lately, oldest first
	mass     *mass             // nil while no digest is under way
}

// known is what a receiver knows of one incident.
type known struct {
	last   Kind      // what happened last, whether they were told or not
	worst  Kind      // since it last worked
	at     time.Time // of last
	msg    *Message  // the last failure as it stands, which is not changed; nil before there was one
	told   time.Time // when the last message of it was made; zero when they know of no failure
	slots  map[string]slot
	sites  map[string]bool // whose failure they heard of
	repeat int             // reminders made
	update int             // updates made since it last worked
	mute   bool            // kept from them by maintenance
	mass   *mass           // the digest that speaks for it
}

func newKnown() *known { return &known{slots: map[string]slot{}, sites: map[string]bool{}} }

// heard returns the sites whose failure they heard of; nil when they know nothing.
func (k *known) heard() map[string]bool {
	if k == nil {
		return nil
	}
	return k.sites
}

// slot is what one channel was given of an incident.
type slot struct {
	id    string   // of the last row
	told  bool     // of a failure
	given *Message // what the last row says, while it fails
	heard bool     // of the same failure, by an earlier row
}

// onset is the beginning of a failure.
type onset struct {
	at    time.Time
	key   string
	sites []Site
}

// take notes a message for one receiver, and adds to c what the receiver is to be told.
func (d *Dispatcher) take(l *ledger, m Message, now time.Time, c *change) {
	k := l.known[m.Key]
	if l.receiver.Outages.Delay > 0 {
		k.keep(m.Sites)
	}
	m, ok := l.receiver.view(m, d.giveWay(l, k, &m, now, c))
	if !ok {
		return
	}
	if !l.receiver.mayHear(&m) {
		d.counts.withheld++
		return
	}
	switch {
	case k != nil && (m.At.Before(k.at) || m.Kind == k.last && (!m.Kind.Fails() || m.same(k.msg))):
		d.counts.duplicate++
	case m.Kind.Outage() && l.receiver.Outages.Delay > 0:
		d.takeLate(l, k, m, now, c)
	case m.Kind.Ends():
		d.takeEnd(l, k, m, now, c)
	case k == nil:
		k = newKnown()
		l.known[m.Key] = k
		l.bound()
		fallthrough
	default:
		d.takeNew(l, k, m, now, c)
	}
}

// takeNew notes a failure, or what is said once.
func (d *Dispatcher) takeNew(l *ledger, k *known, m Message, now time.Time, c *change) {
	fresh := k.last == KindNone || k.last.Ends()
	worse := fresh || m.Kind > k.worst
	before := k.msg
	more := !fresh && m.adds(before)
	alike := m.Kind == k.last
	k.note(m, fresh)
	switch {
	case m.Kind.Once():
		d.tell(l, k, m, now, c)
	case k.mass != nil:
		k.mass.note(&m, worse || more)
	case d.atWork(m.failing()):
		k.mute = true
		d.counts.silenced++
	case !k.told.IsZero() && d.acknowledged(m.Key):
		d.counts.silenced++
	case worse:
		d.alarm(l, k, now, c)
	case more && !k.mute:
		if begun := m.since(before); len(begun) > 0 && l.onset(now, m.Key, begun) {
			d.join(l, k, now, c)
		} // else an update is due in its time, see review
	case !alike:
		d.counts.silenced++
	}
}

func (k *known) note(m Message, fresh bool) {
	if fresh {
		k.worst, k.repeat, k.update, k.mute = KindNone, 0, 0, false
	}
	k.last, k.at, k.worst = m.Kind, m.At, max(k.worst, m.Kind)
	k.msg = &m
	for _, s := range m.failing() {
		k.sites[s.Name] = true
	}
}

// alarm tells of a failure, alone or in a digest.
func (d *Dispatcher) alarm(l *ledger, k *known, now time.Time, c *change) {
	k.mute = false
	if l.onset(now, k.msg.Key, k.msg.failing()) {
		d.join(l, k, now, c)
		return
	}
	d.tell(l, k, *k.msg, now, c)
}

// onset notes that sites began to fail, and reports whether that makes a storm.
func (l *ledger) onset(now time.Time, key string, sites []Site) bool {
	l.onsets = append(l.onsets, onset{now, key, sites})
	return l.stormy(now)
}

// stormy reports whether so many sites began to fail lately that single messages would bury whoever gets them.
func (l *ledger) stormy(now time.Time) bool {
	i := slices.IndexFunc(l.onsets, func(o onset) bool { return now.Sub(o.at) <= MassWindow })
	if i < 0 {
		i = len(l.onsets)
	}
	l.onsets = slices.Delete(l.onsets, 0, i)
	sites, keys := map[string]bool{}, map[string]bool{}
	for _, o := range slices.Backward(l.onsets) {
		keys[o.key] = true
		for _, s := range o.sites {
			sites[s.Name] = true
		}
		if len(sites) > MassSites && len(keys) > 1 {
			return true
		}
	}
	return false
}

// tell makes rows for every channel. What waits there untried of the same incident becomes part of them.
func (d *Dispatcher) tell(l *ledger, k *known, m Message, now time.Time, c *change) {
	all := d.identify(l, doc{Message: m}, now)
	for _, r := range l.routes {
		content, due := all, now.Add(d.o.Wait)
		if m.mayWait() {
			due = l.receiver.Hours.next(due, l.receiver.Zone)
		}
		old := k.slots[r.channel.Name]
		before := d.waiting[old.id]
		if m.Kind.Fails() && before.untried() && before.kind.Fails() {
			content.Steps = append(slices.Clone(before.steps), Step{before.kind, before.at})
			if before.row.Due.Before(due) {
				due = before.row.Due
			}
		} else {
			before = nil
		}
		s := slot{told: m.Kind.Fails(), heard: old.given != nil && (before == nil || old.heard)}
		if s.told {
			s.given = k.msg
		}
		s.id = d.add(c, r, content, now, due, before)
		k.slots[r.channel.Name] = s
	}
	if m.Kind.Fails() {
		k.told = now
	}
}

// takeEnd notes that an incident's sites work again. Only channels that were given the failure are given its end; where the failure still
// waits, untried, both are forgotten.
func (d *Dispatcher) takeEnd(l *ledger, k *known, m Message, now time.Time, c *change) {
	if k == nil {
		return
	}
	k.last, k.at = m.Kind, m.At
	if k.mass != nil {
		k.mass.note(&m, false)
		return
	}
	content, due := d.identify(l, doc{Message: m}, now), now.Add(d.o.Wait)
	if m.mayWait() {
		due = l.receiver.Hours.next(due, l.receiver.Zone)
	}
	for _, r := range l.routes {
		s := k.slots[r.channel.Name]
		if !s.told {
			continue
		}
		before := d.waiting[s.id]
		if before.untried() && before.kind.Fails() && before.first() {
			d.counts.overtaken++
			d.remove(c, before)
			if !s.heard {
				k.slots[r.channel.Name] = slot{}
				continue
			}
		}
		d.dropLater(c, s)
		if !before.untried() || !before.kind.Ends() {
			before = nil // else what waits there says less: that it answers again
		}
		k.slots[r.channel.Name] = slot{id: d.add(c, r, content, now, due, before), told: m.Kind != Closed}
	}
	if m.Kind == Closed || !slices.ContainsFunc(l.routes, func(r *route) bool { return k.slots[r.channel.Name].told }) {
		k.told = time.Time{}
	}
}

// dropLater takes away a reminder or an update of what is no longer so.
func (d *Dispatcher) dropLater(c *change, s slot) {
	if h := d.waiting[s.id]; h != nil && !h.first() && !h.inFlight {
		d.remove(c, h)
	}
}

// review does what is due by time: what maintenance kept back and is still so when it is over, updates, reminders, digests.
func (d *Dispatcher) review(l *ledger, now time.Time, c *change) {
	for key, k := range l.known {
		switch {
		case k.last == Closed && now.Sub(k.at) > closedFor && k.mass == nil, k.last.Once() && now.Sub(k.at) > Keep:
			delete(l.known, key)
		case !k.last.Fails() || k.mass != nil:
		case k.mute && !d.atWork(k.msg.failing()):
			d.alarm(l, k, now, c)
		case !k.mute:
			d.renew(l, k, now, c)
			d.remind(l, k, now, c)
		}
	}
	if l.mass != nil {
		d.refresh(l, now, c)
	}
}

// renew brings what waits of a failure up to date. Channels that were told already, where nothing waits, get an update when there is more to it that
// matters: two minutes after what they were told last, four minutes after that, and so on.
func (d *Dispatcher) renew(l *ledger, k *known, now time.Time, c *change) {
	gap := DefaultReminder
	if k.update < 4 {
		gap = min(gap, UpdateAfter<<k.update)
	}
	may := now.Sub(k.told) >= gap && !d.acknowledged(k.msg.Key) && !d.atWork(k.msg.failing())
	made := false
	var fresh doc
	for _, r := range l.routes {
		s := k.slots[r.channel.Name]
		if !s.told || s.given == nil || s.given == k.msg {
			continue
		}
		h := d.waiting[s.id]
		var due time.Time
		switch {
		case h.untried() && h.kind.Fails():
			due = h.row.Due
		case h == nil && may && k.msg.adds(s.given):
			made, s.heard = true, true
			due = now.Add(UpdateAfter) // in which the rest may work again, too
			if k.msg.worsens(s.given) {
				due = now.Add(d.o.Wait)
			}
			if k.msg.mayWait() {
				due = l.receiver.Hours.next(due, l.receiver.Zone)
			}
		default:
			continue
		}
		if fresh.Notice == "" {
			fresh = d.identify(l, doc{Message: *k.msg}, now)
		}
		content := fresh
		content.Update = h == nil
		if h != nil {
			content.Repeat, content.Update, content.Steps = h.repeat, h.update, h.steps
		}
		s.id, s.given = d.add(c, r, content, now, due, h), k.msg
		k.slots[r.channel.Name] = s
	}
	if made {
		k.told = now
		k.update++
	}
}

// remind says again what lasts, as it stands by now. A channel where the last message still waits needs no reminder.
func (d *Dispatcher) remind(l *ledger, k *known, now time.Time, c *change) {
	if d.o.Reminder == 0 || k.told.IsZero() || now.Sub(k.told) < d.o.Reminder || d.acknowledged(k.msg.Key) || d.atWork(k.msg.failing()) {
		return
	}
	k.told = now
	content := d.identify(l, doc{Message: *k.msg, Repeat: k.repeat + 1}, now)
	due := now
	if k.msg.mayWait() {
		due = l.receiver.Hours.next(due, l.receiver.Zone)
	}
	made := 0
	for _, r := range l.routes {
		if s := k.slots[r.channel.Name]; s.told && d.waiting[s.id] == nil {
			k.slots[r.channel.Name] = slot{id: d.add(c, r, content, now, due, nil), told: true, given: k.msg, heard: true}
			made = 1
		}
	}
	k.repeat += made
}

// bound forgets the incident that changed longest ago when there are too many.
func (l *ledger) bound() {
	if len(l.known) <= maxKnown {
		return
	}
	var oldest string
	for key, k := range l.known {
		if o := l.known[oldest]; o == nil || k.at.Before(o.at) {
			oldest = key
		}
	}
	delete(l.known, oldest)
}
