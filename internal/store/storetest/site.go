package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seawall-project/seawall/internal/store"
)

func testSites(t *testing.T, place Place) {
	s := open(t, place)
	same(t, "sites of an empty store", 0, len(must(s.Sites(t.Context()))(t)))
	one := store.Site{
		Name: "Østerby Avis", URL: "https://avis.example/", Host: "avis.example", Page: "https://avis.example/nyt", Owner: "Østerby", Sector: "press",
		Country: "DK", Groups: []string{"press", "a \"b\""}, Contacts: []string{"vagt@avis.example"}, Public: true, Source: store.SourceCLI, Added: noon,
	}
	two := store.Site{Name: "Byen", URL: "https://byen.example/", Host: "byen.example", Source: store.SourceYAML, Added: noon, Paused: true}
	one.ID = must(s.PutSite(t.Context(), one))(t)
	two.ID = must(s.PutSite(t.Context(), two))(t)
	if one.ID == two.ID || one.ID <= 0 || two.ID <= 0 {
		t.Fatalf("got numbers %d and %d", one.ID, two.ID)
	}
	same(t, "sites", []store.Site{two, one}, must(s.Sites(t.Context()))(t))

	// Who is removed keeps number and history, and is the same one when added again.
	must(s.Append(t.Context(), []store.Result{result(one.ID, "cph", 1, noon)}))(t)
	one.Removed = noon.Add(time.Hour)
	same(t, "number", one.ID, must(s.PutSite(t.Context(), one))(t))
	same(t, "sites", []store.Site{two, one}, must(s.Sites(t.Context()))(t))
	one.Removed, one.URL, one.ID = time.Time{}, "https://www.avis.example/", 4711
	one.ID = must(s.PutSite(t.Context(), one))(t)
	same(t, "sites", []store.Site{two, one}, must(s.Sites(t.Context()))(t))
	same(t, "its results", 1, len(must(s.Results(t.Context(), all(one.ID)))(t)))
	if _, err := s.PutSite(t.Context(), store.Site{URL: "https://avis.example/"}); err == nil {
		t.Error("a site without a name was added")
	}
}

func testOptOuts(t *testing.T, place Place) {
	s := place(t, func() time.Time { return noon })
	first := store.OptOut{Host: "quiet.example", At: noon, By: "editor", Reason: "asked by mail"}
	check(t, s.OptOut(t.Context(), first))
	check(t, s.OptOut(t.Context(), store.OptOut{Host: "quiet.example", At: noon.Add(time.Hour), By: "somebody else"}))
	check(t, s.OptOut(t.Context(), store.OptOut{Host: "a.example", At: noon}))
	must(s.Retain(t.Context(), store.Usual(noon.AddDate(50, 0, 0))))(t)
	check(t, s.Close())
	again := open(t, place)
	same(t, "opt-outs, after fifty years", []store.OptOut{{Host: "a.example", At: noon}, first}, must(again.OptOuts(t.Context()))(t))
}

func testMaintenance(t *testing.T, place Place) {
	s := open(t, place)
	site := addSites(t, s, 1)[0]
	late := store.Maintenance{Site: site, From: noon.Add(time.Hour), To: noon.Add(2 * time.Hour), By: "web team", Reason: "move"}
	early := store.Maintenance{From: noon.Add(-time.Hour), To: noon.Add(time.Minute)}
	late.ID = must(s.AddMaintenance(t.Context(), late))(t)
	early.ID = must(s.AddMaintenance(t.Context(), early))(t)
	same(t, "windows", []store.Maintenance{early, late}, must(s.Maintenances(t.Context(), noon))(t))
	same(t, "windows that end later", []store.Maintenance{late}, must(s.Maintenances(t.Context(), early.To))(t))
	if _, err := s.AddMaintenance(t.Context(), store.Maintenance{From: noon, To: noon}); err == nil {
		t.Error("a window without time was added")
	}
	check(t, s.RemoveMaintenance(t.Context(), early.ID))
	wantErr(t, s.RemoveMaintenance(t.Context(), early.ID), store.ErrNotFound)
	same(t, "windows", []store.Maintenance{late}, must(s.Maintenances(t.Context(), noon))(t))
}

func testVantages(t *testing.T, place Place) {
	s := open(t, place)
	home := store.Vantage{Name: "home", Network: "AS64496", Country: "DK", Added: noon}
	away := store.Vantage{Name: "away", Network: "AS64497", Country: "NL", PublicKey: "U123", Added: noon}
	for _, v := range []store.Vantage{home, away} {
		check(t, s.PutVantage(t.Context(), v))
	}
	away.Removed = noon.Add(time.Hour)
	check(t, s.PutVantage(t.Context(), away))
	same(t, "vantages", []store.Vantage{away, home}, must(s.Vantages(t.Context()))(t))
	if err := s.PutVantage(t.Context(), store.Vantage{Name: "a\nb"}); err == nil {
		t.Error("a vantage with a line break in its name was added")
	}

	at := func(name, health string, d time.Duration) store.Health {
		return store.Health{Vantage: name, At: noon.Add(d), Health: health, Doc: []byte(`{"a": 1}`)}
	}
	h := []store.Health{at("home", "healthy", 0), at("away", "healthy", time.Minute), at("home", "blind", 2*time.Minute), at("home", "healthy", 3*time.Minute)}
	check(t, s.Apply(t.Context(), store.Step{Health: h}))
	same(t, "history", h, must(s.HealthHistory(t.Context(), "", time.Time{}, time.Time{}))(t))
	same(t, "history from the blindness on", []store.Health{h[0], h[1], h[2]},
		must(s.HealthHistory(t.Context(), "", noon.Add(2*time.Minute), noon.Add(3*time.Minute)))(t))
	same(t, "history of one", []store.Health{h[2]}, must(s.HealthHistory(t.Context(), "home", noon.Add(150*time.Second), noon.Add(3*time.Minute)))(t))
}

// testChangeBudget: who changes one budget at once, over several openings of the store, changes it one after the other; a change that fails leaves what
// was.
func testChangeBudget(t *testing.T, place Place) {
	s := open(t, place)
	both := []store.Store{s, open(t, place)}
	add := func(was store.Budget) (store.Budget, error) {
		var n int
		if was.Doc != nil {
			if err := json.Unmarshal(was.Doc, &n); err != nil {
				return was, err
			}
		}
		return store.Budget{Host: was.Host, At: noon, Doc: fmt.Append(nil, n+1)}, nil
	}
	var changes errgroup.Group
	for i := range 20 {
		changes.Go(func() error { return both[i%2].ChangeBudget(t.Context(), "a.example", add) })
	}
	check(t, changes.Wait())
	same(t, "budgets", []store.Budget{{Host: "a.example", At: noon, Doc: []byte(`20`)}}, must(s.Budgets(t.Context(), time.Time{}))(t))
	enough := errors.New("enough")
	for _, host := range []string{"a.example", "b.example"} {
		err := s.ChangeBudget(t.Context(), host, func(was store.Budget) (store.Budget, error) { return was, enough })
		if !errors.Is(err, enough) {
			t.Errorf("got error %v, want %v", err, enough)
		}
	}
	same(t, "budgets", 1, len(must(s.Budgets(t.Context(), time.Time{}))(t)))
}

func testBudgets(t *testing.T, place Place) {
	s := open(t, place)
	b := []store.Budget{{Host: "b.example", At: noon, Doc: []byte(`[1,2]`)}, {Host: "a.example", At: noon.Add(time.Second), Doc: []byte(`[3]`)}}
	check(t, s.PutBudgets(t.Context(), b))
	same(t, "budgets", []store.Budget{b[1], b[0]}, must(s.Budgets(t.Context(), time.Time{}))(t))
	same(t, "budgets since", b[1:], must(s.Budgets(t.Context(), noon.Add(time.Second)))(t))
	next := []store.Budget{
		{Host: "b.example", At: noon.Add(time.Minute), Doc: []byte(`[4]`)}, {Host: "a.example", At: noon, Doc: []byte(`["earlier"]`)},
	}
	check(t, s.PutBudgets(t.Context(), next))
	same(t, "budgets", []store.Budget{b[1], next[0]}, must(s.Budgets(t.Context(), time.Time{}))(t))
}
