package lookout

import (
	"encoding/json"
	"log/slog"
	"net/netip"
	"strconv"
	"time"

	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch"
)

// write adds an event to what is to be kept, and notes which sites it touches.
func (l *Lookout) write(step *store.Step, e watch.Event, touched map[string]bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case e.Transition != nil:
		t := e.Transition
		touched[t.Site] = true
		if site, ok := l.sites[t.Site]; ok {
			step.Transitions = append(step.Transitions, store.Transition{
				Site: site.ID, At: e.At, From: t.From.String(), To: t.To.String(), Doc: l.doc(t),
			})
		}
	case e.Incident != nil:
		l.writeIncident(step, e, touched)
	case e.Overlay != nil:
		touched[e.Overlay.Site] = true
	case e.Vantage != nil:
		v := e.Vantage
		step.Health = append(step.Health, store.Health{Vantage: v.Vantage, At: e.At, Health: v.To.String(), Doc: l.doc(v)})
	}
}

func (l *Lookout) writeIncident(step *store.Step, e watch.Event, touched map[string]bool) {
	i := &e.Incident.Incident
	kept := store.Incident{ID: incidentID(i.ID), Opened: i.Opened, Doc: l.doc(i)}
	if i.Phase == watch.Over || i.Phase == watch.Withdrawn {
		kept.Closed = e.At
	}
	for _, host := range i.Sites() {
		touched[host] = true
		if site, ok := l.all[host]; ok {
			kept.Sites = append(kept.Sites, site.ID)
		}
	}
	if len(kept.Sites) > 0 {
		step.Incidents = append(step.Incidents, kept)
	}
}

// incidentID is how an incident is called outside of the machine.
func incidentID(id int64) string { return strconv.FormatInt(id, 10) }

// state adds how a site stands now. The caller holds mu.
func (l *Lookout) state(step *store.Step, host string, now time.Time) {
	site, watched := l.sites[host]
	st, known := l.machine.Status(host)
	if !watched || !known {
		return
	}
	step.States = append(step.States, store.State{Site: site.ID, State: st.State.String(), Since: st.Since, At: now, Doc: l.doc(st)})
}

// doc writes what the vocabulary can always write.
func (l *Lookout) doc(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		l.Logger.Error("not written down", slog.Any("error", err))
		return json.RawMessage("{}")
	}
	return b
}

// addresses returns what was learned, in the form in which it is kept. The caller holds mu.
func (l *Lookout) addresses() map[string][]netip.Addr {
	all := make(map[string][]netip.Addr, len(l.learned))
	for host, k := range l.learned {
		if _, ok := l.sites[host]; ok {
			all[host] = k.addresses
		}
	}
	return all
}
