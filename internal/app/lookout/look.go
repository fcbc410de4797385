package lookout

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// The operations that show how sites stand.
var (
	Status      = Op[Filter, Overview]{Name: "status", Do: (*Desk).status}
	Incidents   = Op[IncidentFilter, []Incident]{Name: "incidents", Do: (*Desk).incidents}
	Acknowledge = Op[Person, Incident]{Name: "ack", Do: (*Desk).acknowledge}
	Note        = Op[Person, Incident]{Name: "note", Do: (*Desk).note}
)

// Filter says which sites are meant; the zero value means all.
type Filter struct {
	Affected bool   `json:"affected"` // only those of which there is something to say
	Group    string `json:"group"`
}

// Overview is how sites stand.
type Overview struct {
	At       time.Time       `json:"at"`
	Sites    []SiteStatus    `json:"sites"`
	Affected int             `json:"affected"`
	Watched  int             `json:"watched"`
	Vantages []VantageStatus `json:"vantages"`
}

// SiteStatus is how one site stands.
type SiteStatus struct {
	Name     string          `json:"name"`
	Host     string          `json:"host"`
	Groups   []string        `json:"groups"`
	State    watch.State     `json:"state"`
	Since    time.Time       `json:"since"`
	Overlays []watch.Overlay `json:"overlays"`
	Words    watch.Words     `json:"words"`
	// Assessment is what is said of the site beside what it answers.
	Assessment []probe.Assessment `json:"assessment"`
	Incident   string             `json:"incident"` // "" without one
	Matrix     []watch.Probe      `json:"matrix"`
	Paused     bool               `json:"paused"`
	At         time.Time          `json:"at"` // when this was said; zero when nothing was
}

// VantageStatus is how far a vantage can be trusted.
type VantageStatus struct {
	Name   string    `json:"name"`
	Health string    `json:"health"` // as [watch.Health] is called
	Since  time.Time `json:"since"`
}

// IncidentFilter says which incidents are meant; the zero value means all.
type IncidentFilter struct {
	Open bool   `json:"open"`
	ID   string `json:"id"`
	Most int    `json:"most"` // 0 for a hundred
}

// Incident is an incident and what people said of it.
type Incident struct {
	ID      string         `json:"id"`
	Opened  time.Time      `json:"opened"`
	Closed  time.Time      `json:"closed"` // zero while it lasts
	AckedBy string         `json:"acked_by"`
	Acked   time.Time      `json:"acked"`
	Notes   []store.Note   `json:"notes"`
	What    watch.Incident `json:"what"`
}

// Person is what somebody says of an incident.
type Person struct {
	ID   string `json:"id"`
	By   string `json:"by"`
	Text string `json:"text"`
}

func (d *Desk) status(ctx context.Context, f Filter) (Overview, error) {
	o := Overview{At: d.Now().UTC(), Sites: []SiteStatus{}, Vantages: []VantageStatus{}}
	sites, err := d.Store.Sites(ctx)
	if err != nil {
		return o, err
	}
	states, err := d.Store.States(ctx)
	if err != nil {
		return o, err
	}
	said := make(map[store.SiteID]store.State, len(states))
	for _, s := range states {
		said[s.Site] = s
	}
	for _, s := range sites {
		if !s.Removed.IsZero() || f.Group != "" && !slices.Contains(s.Groups, f.Group) {
			continue
		}
		st := statusOf(s, said[s.ID])
		o.Watched++
		affected := st.affected()
		if affected {
			o.Affected++
		}
		if affected || !f.Affected {
			o.Sites = append(o.Sites, st)
		}
	}
	o.Vantages, err = d.vantages(ctx)
	return o, err
}

// vantages returns every place from which is measured, in order of name, each as it was last found to be. One that has not been found to be anything
// since it was added is unchecked since then.
func (d *Desk) vantages(ctx context.Context) ([]VantageStatus, error) {
	all := []VantageStatus{}
	places, err := d.Store.Vantages(ctx)
	if err != nil {
		return all, err
	}
	now := d.Now()
	rows, err := d.Store.HealthHistory(ctx, "", now, now.Add(time.Minute))
	last := make(map[string]store.Health, len(rows))
	for _, h := range rows {
		last[h.Vantage] = h
	}
	for _, v := range places {
		if !v.Removed.IsZero() {
			continue
		}
		st := VantageStatus{Name: v.Name, Health: watch.Unchecked.String(), Since: v.Added}
		if h, told := last[v.Name]; told && !h.At.Before(v.Added) {
			st.Health, st.Since = h.Health, h.At
		}
		all = append(all, st)
	}
	return all, err
}

func statusOf(s store.Site, said store.State) SiteStatus {
	st := SiteStatus{
		Name: s.Name, Host: s.Host, Groups: s.Groups, Paused: s.Paused, At: said.At, Words: watch.Unknown.Words(),
		Overlays: []watch.Overlay{}, Assessment: []probe.Assessment{}, Matrix: []watch.Probe{},
	}
	var w watch.Status
	if len(said.Doc) > 0 && json.Unmarshal(said.Doc, &w) == nil {
		st.State, st.Since, st.Words = w.State, w.Since, w.Words
		st.Overlays, st.Matrix = append(st.Overlays, w.Overlays...), append(st.Matrix, w.Matrix...)
		st.Assessment = append(st.Assessment, w.Assessment...)
		if w.Incident != 0 {
			st.Incident = incidentID(w.Incident)
		}
	}
	return st
}

// affected reports whether there is something to say of a site.
func (s *SiteStatus) affected() bool {
	return s.State >= watch.Suspect && s.State <= watch.Recovering || s.Incident != "" ||
		slices.Contains(s.Overlays, watch.Disputed) || slices.Contains(s.Overlays, watch.Blind)
}

func (d *Desk) incidents(ctx context.Context, f IncidentFilter) ([]Incident, error) {
	if f.ID != "" {
		i, err := d.incident(ctx, f.ID)
		return []Incident{i}, err
	}
	if f.Most == 0 {
		f.Most = 100
	}
	rows, err := d.Store.Incidents(ctx, store.IncidentFilter{Open: f.Open, Limit: f.Most})
	all := []Incident{}
	for _, r := range rows {
		all = append(all, incidentOf(r))
	}
	return all, err
}

func (d *Desk) incident(ctx context.Context, id string) (Incident, error) {
	r, err := d.Store.Incident(ctx, id)
	if err != nil {
		return Incident{}, notFound(err, "no incident has the number %s; \"seawall incident list\" shows all", id)
	}
	return incidentOf(r), nil
}

func incidentOf(r store.Incident) Incident {
	i := Incident{ID: r.ID, Opened: r.Opened, Closed: r.Closed, AckedBy: r.AckedBy, Acked: r.Acked, Notes: append([]store.Note{}, r.Notes...)}
	_ = json.Unmarshal(r.Doc, &i.What) // what cannot be read is left out
	return i
}

func (d *Desk) acknowledge(ctx context.Context, in Person) (Incident, error) {
	if err := d.Store.Ack(ctx, in.ID, in.By, d.Now()); err != nil {
		return Incident{}, notFound(err, "no incident has the number %s; \"seawall incident list\" shows all", in.ID)
	}
	return d.incident(ctx, in.ID)
}

func (d *Desk) note(ctx context.Context, in Person) (Incident, error) {
	if in.Text == "" {
		return Incident{}, desk.Refuse("a note needs a text")
	}
	if err := d.Store.AddNote(ctx, in.ID, store.Note{At: d.Now(), By: in.By, Text: in.Text}); err != nil {
		return Incident{}, notFound(err, "no incident has the number %s; \"seawall incident list\" shows all", in.ID)
	}
	return d.incident(ctx, in.ID)
}
