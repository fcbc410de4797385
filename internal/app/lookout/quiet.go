package lookout

import (
	"context"
	"encoding/json"
	"slices"
	"sync/atomic"
	"time"

	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch"
)

// quiet is of whom people hear nothing for now. It is immutable.
type quiet struct {
	acked       map[string]bool // incidents, by id, to which somebody sees
	maintenance map[string]bool // hosts that are being worked on, as announced
}

// Quiet says of whom people are to hear nothing for now. Its methods neither wait nor lock; before a lookout has said anything, nobody is
// quiet. It may be asked by several goroutines at once.
type Quiet struct{ now atomic.Pointer[quiet] }

// Acknowledged reports whether somebody sees to an incident.
func (q *Quiet) Acknowledged(key string) bool {
	now := q.now.Load()
	return now != nil && now.acked[key]
}

// Maintenance reports whether a host is being worked on.
func (q *Quiet) Maintenance(host string) bool {
	now := q.now.Load()
	return now != nil && now.maintenance[host]
}

// review does what is due of open incidents: it renews of whom people are to hear nothing, and closes what is measured no longer.
func (l *Lookout) review(ctx context.Context) {
	open, err := l.Store.Incidents(ctx, store.IncidentFilter{Open: true})
	if err != nil {
		l.lost(ctx, "open incidents", err)
		return
	}
	l.hush(open)
	l.settle(ctx, open)
}

// hush renews what is quiet, from the machine and from what people acknowledged of open incidents.
func (l *Lookout) hush(open []store.Incident) {
	if l.Quiet == nil {
		return
	}
	q := &quiet{acked: make(map[string]bool), maintenance: make(map[string]bool)}
	for _, i := range open {
		if !i.Acked.IsZero() {
			q.acked[i.ID] = true
		}
	}
	l.mu.Lock()
	for host := range l.sites {
		if st, ok := l.machine.Status(host); ok && slices.Contains(st.Overlays, watch.InMaintenance) {
			q.maintenance[host] = true
		}
	}
	l.mu.Unlock()
	l.Quiet.now.Store(q)
}

// repeat posts how every open incident stands, once after a start: what was held back before is in no outbox. Whoever was told already is not
// told again.
func (l *Lookout) repeat(ctx context.Context) {
	open, err := l.Store.Incidents(ctx, store.IncidentFilter{Open: true})
	if err != nil {
		l.lost(ctx, "open incidents", err)
		return
	}
	var events []watch.Event
	for _, kept := range open {
		var i watch.Incident
		if json.Unmarshal(kept.Doc, &i) == nil {
			events = append(events, watch.Event{At: i.Changed, Incident: &watch.IncidentEvent{What: watch.Updated, Incident: i}})
		}
	}
	l.tell(ctx, events)
}

// How long after its last judging, and after the last turn of a site was over, the lookout counts as making its rounds. Every site has its turn once a
// minute, and a turn takes less than another.
const (
	aliveFor = time.Minute
	askedFor = 3 * time.Minute
)

// Alive reports whether the lookout makes its rounds: it judges, and it asks whom it is to ask.
func (l *Lookout) Alive(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return now.Sub(l.judged) < aliveFor && now.Sub(l.asked) < askedFor
}
