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
	msg    Message   // the last failure
	told   time.Time // when the last message of it was made; zero when they know of no failure
	slots  map[string]slot
	repeat int   // reminders made
	mute   bool  // kept from them by maintenance
	mass   *mass // the digest that speaks for it
}

// slot is what one channel was given of an incident.
type slot struct {
	id   string // of the last row
	told bool   // of a failure
}

// onset is the beginning of a failure.
type onset struct {
	at    time.Time
	key   string
	sites []Site
}

// take notes a message for one receiver, and adds to c what the receiver is to be told.
func (d *Dispatcher) take(l *ledger, m Message, now time.Time, c *change) {
	own, ok := l.receiver.hears(&m)
	if !ok {
		return
	}
	if !l.receiver.mayHear(&m) {
		d.counts.withheld++
		return
	}
	m.Sites = own
	k := l.known[m.Key]
	switch {
	case k != nil && (m.Kind == k.last || m.At.Before(k.at)):
		d.counts.duplicate++
	case m.Kind.Ends():
		d.takeEnd(l, k, m, now, c)
	case k == nil:
		k = &known{slots: map[string]slot{}}
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
	k.note(m, fresh)
	switch {
	case m.Kind.Once():
		d.tell(l, k, m, now, c)
	case k.mass != nil:
		k.mass.note(&m, worse)
	case d.atWork(m.Sites):
		k.mute = true
		d.counts.silenced++
	case !k.told.IsZero() && d.acknowledged(m.Key):
		d.counts.silenced++
	case !worse:
		d.counts.silenced++
	default:
		d.alarm(l, k, m, now, c)
	}
}

func (k *known) note(m Message, fresh bool) {
	if fresh {
		k.worst, k.repeat, k.mute = KindNone, 0, false
	}
	k.last, k.at, k.worst = m.Kind, m.At, max(k.worst, m.Kind)
	k.msg = m
}

// alarm tells of a failure, alone or in a digest.
func (d *Dispatcher) alarm(l *ledger, k *known, m Message, now time.Time, c *change) {
	k.mute = false
	l.onsets = append(l.onsets, onset{now, m.Key, m.Sites})
	if l.stormy(now) {
		d.join(l, k, now, c)
		return
	}
	d.tell(l, k, m, now, c)
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
		before := d.waiting[k.slots[r.channel.Name].id]
		if m.Kind.Fails() && before.untried() && before.kind.Fails() {
			content.Steps = append(slices.Clone(before.steps), Step{before.kind, before.at})
			if before.row.Due.Before(due) {
				due = before.row.Due
			}
		} else {
			before = nil
		}
		k.slots[r.channel.Name] = slot{d.add(c, r, content, now, due, before), m.Kind.Fails()}
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
	content := d.identify(l, doc{Message: m}, now)
	for _, r := range l.routes {
		s := k.slots[r.channel.Name]
		if !s.told {
			continue
		}
		if before := d.waiting[s.id]; before.untried() && before.kind.Fails() && before.repeat == 0 {
			d.counts.overtaken++
			d.remove(c, before)
			k.slots[r.channel.Name] = slot{}
			continue
		}
		d.dropReminder(c, s)
		k.slots[r.channel.Name] = slot{d.add(c, r, content, now, now.Add(d.o.Wait), nil), m.Kind != Closed}
	}
	if m.Kind == Closed || !slices.ContainsFunc(l.routes, func(r *route) bool { return k.slots[r.channel.Name].told }) {
		k.told = time.Time{}
	}
}

// dropReminder takes away a reminder of what is no longer so.
func (d *Dispatcher) dropReminder(c *change, s slot) {
	if h := d.waiting[s.id]; h != nil && h.repeat > 0 && !h.inFlight {
		d.remove(c, h)
	}
}

// review does what is due by time: what maintenance kept back and is still so when it is over, reminders, digests.
func (d *Dispatcher) review(l *ledger, now time.Time, c *change) {
	for key, k := range l.known {
		switch {
		case k.last == Closed && now.Sub(k.at) > closedFor && k.mass == nil, k.last.Once() && now.Sub(k.at) > Keep:
			delete(l.known, key)
		case !k.last.Fails() || k.mass != nil:
		case k.mute && !d.atWork(k.msg.Sites):
			d.alarm(l, k, k.msg, now, c)
		case k.last == Down && !k.mute:
			d.remind(l, k, now, c)
		}
	}
	if l.mass != nil {
		d.refresh(l, now, c)
	}
}

// remind says again that a site is down. A channel where the last message still waits needs no reminder.
func (d *Dispatcher) remind(l *ledger, k *known, now time.Time, c *change) {
	if d.o.Reminder == 0 || k.told.IsZero() || now.Sub(k.told) < d.o.Reminder || d.acknowledged(k.msg.Key) || d.atWork(k.msg.Sites) {
		return
	}
	k.told = now
	k.repeat++
	content := d.identify(l, doc{Message: k.msg, Repeat: k.repeat}, now)
	for _, r := range l.routes {
		if s := k.slots[r.channel.Name]; s.told && d.waiting[s.id] == nil {
			k.slots[r.channel.Name] = slot{d.add(c, r, content, now, now, nil), true}
		}
	}
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
