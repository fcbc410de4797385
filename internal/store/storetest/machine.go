package storetest

import (
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/store"
)

func testApplyAndRestart(t *testing.T, place Place) {
	s := place(t, func() time.Time { return noon })
	sites := addSites(t, s, 2)
	step := store.Step{
		States: []store.State{
			{Site: sites[1], State: "down", Since: noon.Add(-time.Minute), At: noon, Doc: []byte(`{"seen_from":["cph"]}`)},
			{Site: sites[0], State: "up", Since: noon.Add(-time.Hour), At: noon, Doc: []byte(`null`)},
		},
		Snapshots:   []store.Snapshot{{Site: sites[1], Version: 1, Doc: []byte(`{"x":"æ"}`)}, {Site: 0, Version: 3, Doc: []byte(`[]`)}},
		Transitions: []store.Transition{{Site: sites[1], At: noon, From: "disrupted", To: "down", Doc: []byte(`{"because":[1]}`)}},
		Incidents:   []store.Incident{{ID: "i1", Opened: noon, Sites: sites, Doc: []byte(`{}`)}},
		Health:      []store.Health{{Vantage: "cph", At: noon, Health: "healthy", Doc: []byte(`{}`)}},
	}
	check(t, s.Apply(t.Context(), step))
	later := store.Step{
		States:    []store.State{{Site: sites[1], State: "recovering", Since: noon, At: noon.Add(time.Minute), Doc: []byte(`{}`)}},
		Snapshots: []store.Snapshot{{Site: sites[1], Version: 2, Doc: []byte(`{"x":1}`)}},
	}
	check(t, s.Apply(t.Context(), later))
	check(t, s.Apply(t.Context(), store.Step{}))
	check(t, s.Close())

	again := open(t, place)
	same(t, "states", []store.State{step.States[1], later.States[0]}, must(again.States(t.Context()))(t))
	same(t, "snapshots", []store.Snapshot{step.Snapshots[1], later.Snapshots[0]}, must(again.Snapshots(t.Context()))(t))
	same(t, "incidents", step.Incidents, must(again.Incidents(t.Context(), store.IncidentFilter{}))(t))
	same(t, "health", step.Health, must(again.HealthHistory(t.Context(), "", time.Time{}, time.Time{}))(t))
	got := must(again.Transitions(t.Context(), all(sites[1])))(t)
	step.Transitions[0].ID = got[0].ID
	same(t, "transitions", step.Transitions, got)
}

// testApplyAllOrNothing: a step whose last part cannot be written has written none of the others.
func testApplyAllOrNothing(t *testing.T, place Place) {
	s := open(t, place)
	site := addSites(t, s, 1)[0]
	for name, spoil := range map[string]func(step *store.Step){
		"no JSON": func(step *store.Step) {
			step.Incidents = []store.Incident{{ID: "i", Opened: noon, Sites: []store.SiteID{site}, Doc: []byte(`{`)}}
		},
		"a long document": func(step *store.Step) {
			step.Incidents = []store.Incident{{ID: "i", Opened: noon, Sites: []store.SiteID{site}, Doc: make([]byte, store.MaxDoc+1)}}
		},
		"no sites": func(step *store.Step) {
			step.Incidents = append(step.Incidents, store.Incident{ID: "i2", Opened: noon})
		},
		"no ID": func(step *store.Step) {
			step.Incidents = append(step.Incidents, store.Incident{Sites: []store.SiteID{site}})
		},
	} {
		step := store.Step{
			States:      []store.State{{Site: site, State: "down", Since: noon, At: noon}},
			Transitions: []store.Transition{{Site: site, At: noon, From: "up", To: "down"}},
			Incidents:   []store.Incident{{ID: "i1", Opened: noon, Sites: []store.SiteID{site}}},
		}
		spoil(&step)
		if err := s.Apply(t.Context(), step); err == nil {
			t.Errorf("%s: no error", name)
		}
		same(t, name+": states", 0, len(must(s.States(t.Context()))(t)))
		same(t, name+": transitions", 0, len(must(s.Transitions(t.Context(), all(site)))(t)))
		same(t, name+": incidents", 0, len(must(s.Incidents(t.Context(), store.IncidentFilter{}))(t)))
	}
}

func testTransitions(t *testing.T, place Place) {
	s := open(t, place)
	sites := addSites(t, s, 2)
	at := func(site store.SiteID, d time.Duration, to string) store.Transition {
		return store.Transition{Site: site, At: noon.Add(d), From: "x", To: to}
	}
	check(t, s.Apply(t.Context(), store.Step{Transitions: []store.Transition{
		at(sites[0], time.Minute, "b"), at(sites[1], time.Minute, "c"), at(sites[0], 0, "a"), at(sites[0], time.Minute, "d"),
	}}))
	for _, tt := range []struct {
		r    store.Range
		want string
	}{
		{store.Range{}, "abcd"},
		{store.Range{Site: sites[0]}, "abd"},
		{store.Range{Site: sites[1]}, "c"},
		{store.Range{To: noon.Add(time.Minute)}, "a"},
		{store.Range{From: noon.Add(time.Minute), Limit: 2}, "bc"},
		{store.Range{Site: sites[0], From: noon.Add(time.Minute), Limit: 1}, "b"},
	} {
		var got []string
		for _, tr := range must(s.Transitions(t.Context(), tt.r))(t) {
			got = append(got, tr.To)
		}
		same(t, "order", tt.want, strings.Join(got, ""))
	}
}

func testIncidents(t *testing.T, place Place) {
	s := open(t, place)
	sites := addSites(t, s, 3)
	one := store.Incident{ID: "one", Opened: noon, Closed: noon.Add(time.Hour), Sites: sites[:1], Doc: []byte(`{"n":1}`)}
	two := store.Incident{ID: "two", Opened: noon.Add(30 * time.Minute), Sites: []store.SiteID{sites[0], sites[1]}, Doc: []byte(`{"n":2}`)}
	three := store.Incident{ID: "three", Opened: noon.Add(2 * time.Hour), Sites: sites[2:], Doc: []byte(`{"n":3}`)}
	shuffled := two
	shuffled.Sites = []store.SiteID{sites[1], sites[0], sites[1]}
	check(t, s.Apply(t.Context(), store.Step{Incidents: []store.Incident{one, shuffled, three}}))
	for name, tt := range map[string]struct {
		f    store.IncidentFilter
		want []store.Incident
	}{
		"all":          {store.IncidentFilter{}, []store.Incident{three, two, one}},
		"open":         {store.IncidentFilter{Open: true}, []store.Incident{three, two}},
		"of a site":    {store.IncidentFilter{Site: sites[0]}, []store.Incident{two, one}},
		"open of one":  {store.IncidentFilter{Site: sites[0], Open: true}, []store.Incident{two}},
		"since":        {store.IncidentFilter{Since: noon.Add(time.Hour + 1e6)}, []store.Incident{three, two}},
		"until":        {store.IncidentFilter{Until: noon.Add(2 * time.Hour)}, []store.Incident{two, one}},
		"all of these": {store.IncidentFilter{Open: true, Site: sites[1], Since: noon, Until: noon.Add(time.Hour), Limit: 5}, []store.Incident{two}},
		"limit":        {store.IncidentFilter{Limit: 1}, []store.Incident{three}},
		"none":         {store.IncidentFilter{Site: 99}, nil},
	} {
		same(t, name, tt.want, must(s.Incidents(t.Context(), tt.f))(t))
	}

	// What people say stays when the state machine writes again, and the other way round.
	check(t, s.Ack(t.Context(), "two", "Ida", noon.Add(time.Hour)))
	check(t, s.Ack(t.Context(), "two", "Bo", noon.Add(2*time.Hour)))
	notes := []store.Note{{At: noon, By: "Ida", Text: "provider\ncalled"}, {At: noon.Add(time.Minute), By: "Bo", Text: "moved"}}
	check(t, s.AddNote(t.Context(), "two", notes[1]))
	check(t, s.AddNote(t.Context(), "two", notes[0]))
	two.Closed, two.Sites, two.Doc = noon.Add(3*time.Hour), sites[1:], []byte(`{"n":22}`)
	check(t, s.Apply(t.Context(), store.Step{Incidents: []store.Incident{two}}))
	two.Acked, two.AckedBy, two.Notes = noon.Add(time.Hour), "Ida", notes
	same(t, "incident", two, must(s.Incident(t.Context(), "two"))(t))

	_, err := s.Incident(t.Context(), "none")
	wantErr(t, err, store.ErrNotFound)
	wantErr(t, s.Ack(t.Context(), "none", "Ida", noon), store.ErrNotFound)
	wantErr(t, s.AddNote(t.Context(), "none", notes[0]), store.ErrNotFound)
	wantErr(t, s.AddNote(t.Context(), "two", store.Note{Text: string(make([]byte, store.MaxDoc+1))}), store.ErrTooLarge)
}
