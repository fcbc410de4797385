package lookout

import (
	"context"
	"encoding/json"
	"time"

	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch"
)

// Show tells how an incident came about.
var Show = Op[NamedIncident, Story]{Name: "incident", Do: (*Desk).story}

// NamedIncident is an incident's number.
type NamedIncident struct {
	ID string `json:"id"`
}

// Story is an incident, and at each of its sites what happened and by what it can be checked.
type Story struct {
	Incident
	Sites []SiteStory `json:"sites"`
	Cut   bool        `json:"cut"` // there are more sites
}

// SiteStory is one site's part.
type SiteStory struct {
	Host        string         `json:"host"`
	Transitions []Transition   `json:"transitions"`
	Evidence    []PastEvidence `json:"evidence"`
}

// storyMost is of how many sites a story tells, and storyBefore from how long before the incident began.
const (
	storyMost   = 20
	storyBefore = 5 * time.Minute
)

func (d *Desk) story(ctx context.Context, in NamedIncident) (st Story, err error) {
	if st.Incident, err = d.incident(ctx, in.ID); err != nil {
		return st, err
	}
	ids, err := d.ids(ctx)
	if err != nil {
		return st, err
	}
	r := store.Range{From: st.begin().Add(-storyBefore), To: st.end(d.Now()), Limit: historyMost}
	st.Sites = []SiteStory{}
	for _, host := range st.What.Sites() {
		if st.Cut = len(st.Sites) == storyMost; st.Cut {
			break
		}
		r.Site = ids[host]
		one := SiteStory{Host: host}
		if one.Transitions, err = d.transitions(ctx, r); err != nil {
			return st, err
		}
		if one.Evidence, err = d.evidence(ctx, r); err != nil {
			return st, err
		}
		st.Sites = append(st.Sites, one)
	}
	return st, nil
}

// begin returns when an incident began at the earliest, as far as is known.
func (i *Incident) begin() time.Time {
	if start := i.What.Start.Earliest; !start.IsZero() && start.Before(i.Opened) {
		return start
	}
	return i.Opened
}

func (i *Incident) end(now time.Time) time.Time {
	if i.Closed.IsZero() {
		return now
	}
	return i.Closed.Add(time.Millisecond)
}

// ids returns the numbers of sites by host.
func (d *Desk) ids(ctx context.Context) (map[string]store.SiteID, error) {
	sites, err := d.Store.Sites(ctx)
	all := make(map[string]store.SiteID, len(sites))
	for host, s := range byHost(sites) {
		all[host] = s.ID
	}
	return all, err
}

// Because returns the probes that caused a transition, and what they do not show.
func (t *Transition) Because() (probes []watch.Probe, note string) {
	var doc watch.Transition
	_ = json.Unmarshal(t.Doc, &doc) // what cannot be read is left out
	return doc.Because, doc.Note
}
