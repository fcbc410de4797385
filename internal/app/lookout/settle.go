package lookout

import (
	"context"
	"encoding/json"
	"time"

	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch"
)

// foundAgain is for how long after a start an incident that the store has and the machine does not is left open, if one of its sites is watched: the
// machine finds what goes on again when a crash made it forget that.
const foundAgain = 15 * time.Minute

// settle closes, in the store and for whoever was told, what the machine forgot when it was built anew: the incidents of sites that are paused, removed or
// opted out, and the parts of such sites in incidents of several.
func (l *Lookout) settle(ctx context.Context, open []store.Incident) {
	if events := l.forgotten(open, l.Now()); len(events) > 0 {
		l.follow(ctx, events)
	}
}

// forgotten returns what is to be said of open incidents that the machine, or the watch list, does not know as the store has them.
func (l *Lookout) forgotten(open []store.Incident, now time.Time) (events []watch.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.unsettled {
		return nil
	}
	l.unsettled = false
	known := make(map[int64]bool)
	for _, i := range l.machine.Incidents() {
		known[i.ID] = true
	}
	lost := now.Sub(l.begun) >= foundAgain // what is not found again by now
	for _, kept := range open {
		var was watch.Incident
		if json.Unmarshal(kept.Doc, &was) != nil {
			continue
		}
		if i, newer := l.before[was.ID]; newer && !known[was.ID] {
			was = i
		}
		i, closed := was.Without(func(site string) bool {
			_, watched := l.sites[site]
			return !watched || lost && !known[was.ID]
		}, now)
		what := watch.Updated
		if i.Phase == watch.Over {
			what = watch.Finished
			l.machine.LastID = max(l.machine.LastID, i.ID) // so that no other is called so
		}
		l.unsettled = l.unsettled || what == watch.Updated && !known[i.ID]
		if closed {
			events = append(events, watch.Event{At: now, Incident: &watch.IncidentEvent{What: what, Incident: i}})
		}
	}
	clear(l.before)
	return events
}
