package forecast

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// every returns times from before the window until after it, a step apart.
func every(step time.Duration) (all []time.Time) {
	for at := opens.Add(-2 * step); at.Before(opens.AddDate(0, 0, 9)); at = at.Add(step) {
		all = append(all, at)
	}
	return all
}

func TestResolve(t *testing.T) {
	f := aForecast()
	due := f.Until.Add(Grace)
	outage := func(began time.Time, over bool, least time.Duration) Outage {
		return Outage{Began: began, Over: over, Least: least, Most: least}
	}
	for name, tt := range map[string]struct {
		event Event
		now   time.Time
		seen  Seen
		want  Outcome // "" for not yet
	}{
		"not due":                   {Listed, due.Add(-time.Millisecond), Seen{Lists: every(time.Hour)}, ""},
		"not named":                 {Listed, due, Seen{Lists: every(time.Hour)}, DidNotCome},
		"named as it opens":         {Listed, due, Seen{Lists: every(time.Hour), Sightings: []time.Time{f.From}}, Came},
		"named before":              {Listed, due, Seen{Lists: every(time.Hour), Sightings: []time.Time{f.From.Add(-time.Millisecond)}}, DidNotCome},
		"named at the last":         {Listed, due, Seen{Lists: every(time.Hour), Sightings: []time.Time{f.Until.Add(-time.Millisecond)}}, Came},
		"named as it closes":        {Listed, due, Seen{Lists: every(time.Hour), Sightings: []time.Time{f.Until}}, DidNotCome},
		"a list a day":              {Listed, due, Seen{Lists: every(24 * time.Hour)}, DidNotCome},
		"every 26 hours":            {Listed, due, Seen{Lists: every(26 * time.Hour)}, DidNotCome},
		"every 26 and a bit":        {Listed, due, Seen{Lists: every(26*time.Hour + time.Second)}, Unresolvable},
		"dark, and named":           {Listed, due, Seen{Lists: []time.Time{f.From}, Sightings: []time.Time{f.From}}, Unresolvable},
		"no list at all":            {Listed, due, Seen{}, Unresolvable},
		"dark at the end":           {Listed, due, Seen{Lists: every(time.Hour)[:140]}, Unresolvable},
		"dark at the beginning":     {Listed, due, Seen{Lists: every(time.Hour)[30:]}, Unresolvable},
		"peace":                     {Affected, due, Seen{Coverage: 1}, DidNotCome},
		"hardly measured":           {Affected, due, Seen{Coverage: 0.6, Outages: []Outage{outage(f.From, true, 0)}}, Came},
		"not measured":              {Affected, due, Seen{Coverage: 0.599, Outages: []Outage{outage(f.From, true, 0)}}, Unresolvable},
		"out before":                {Affected, due, Seen{Coverage: 1, Outages: []Outage{outage(f.From.Add(-time.Second), true, 0)}}, DidNotCome},
		"out afterwards":            {Affected, due, Seen{Coverage: 1, Outages: []Outage{outage(f.Until, true, 0)}}, DidNotCome},
		"an hour":                   {DownLong, due, Seen{Coverage: 1, Outages: []Outage{outage(f.From, true, time.Hour)}}, DidNotCome},
		"more":                      {DownLong, due, Seen{Coverage: 1, Outages: []Outage{outage(f.From, true, time.Hour+1)}}, Came},
		"more, and it goes on":      {DownLong, due, Seen{Coverage: 1, Outages: []Outage{outage(f.From, false, time.Hour+1)}}, Came},
		"it goes on":                {DownLong, due, Seen{Coverage: 1, Outages: []Outage{outage(f.From, false, time.Hour)}}, ""},
		"it went on until too late": {DownLong, f.Deadline, Seen{Coverage: 1, Outages: []Outage{outage(f.From, false, time.Hour)}}, Unresolvable},
	} {
		f := f
		f.Event = tt.event
		r, ok := f.Resolve(tt.now, tt.seen)
		if r.Outcome != tt.want || ok != (tt.want != "") || ok && r.Why == "" {
			t.Errorf("%s: got %v, %v, want %q", name, r, ok, tt.want)
		}
	}
}

func TestScore(t *testing.T) {
	at := func(id string, p float64, outcome Outcome) Settled {
		f := aForecast()
		f.ID, f.Probability = id, p
		s := Settled{Forecast: f, Sealed: f.Made, Intact: true}
		if outcome != "" {
			s.Resolution = &Resolution{Outcome: outcome}
		}
		return s
	}
	all := []Settled{
		at("a", 0.5, Came), at("b", 0.2, DidNotCome), at("c", 0.9, Unresolvable), at("d", 0.9, ""), at("late", 0.9, Came), at("broken", 0.9, Came),
		at("a-own", 0.8, Came), at("c-own", 0.1, Unresolvable), at("late-own", 0.3, Came),
	}
	all[4].Sealed, all[5].Intact = all[4].From, false
	for i, of := range []string{"a", "c", "late"} {
		all[6+i].By, all[6+i].Of = By{Analyst, "analyst", ""}, of
	}
	got := Score(all)
	if len(got) != 2 {
		t.Fatalf("got %+v", got)
	}
	own, model := got[0], got[1]
	if model.N != 2 || model.Came != 1 || model.Open != 1 || model.Unresolvable != 1 || model.Late != 1 || model.Broken != 1 || !model.TooFew {
		t.Errorf("got %+v", model)
	}
	for name, x := range map[string][2]float64{
		"brier":     {*model.Brier, (0.25 + 0.04) / 2},
		"reference": {*model.BrierReference, (0.81 + 0.01) / 2},
		"skill":     {*model.Skill, 1 - 0.29/0.82},
		"log":       {*model.LogScore, -(math.Log(0.5) + math.Log(0.8)) / 2},
		"own":       {own.Beside.Own, 0.04},
		"beside":    {own.Beside.Brier, 0.25},
	} {
		if math.Abs(x[0]-x[1]) > 1e-12 {
			t.Errorf("%s: got %v, want %v", name, x[0], x[1])
		}
	}
	if own.N != 2 || own.Beside.N != 1 {
		t.Errorf("got %+v, want two resolved and one beside the model's", own)
	}
}

// TestLiveIsTheBacktest: whatever was listed, what is said on a day is what a back-test says of it, and what comes later changes nothing.
func TestLiveIsTheBacktest(t *testing.T) {
	drawn := rapid.Custom(func(t *rapid.T) [][]string { return drawDays(t, 330) })
	for seed := range 8 {
		days := drawn.Example(seed)
		days[329] = []string{"www.example.aa"}
		h := historyOf(t, days)
		today := Day(250 + 10*seed)
		b, err := Backtest(h, Options{TrainUntil: today - 1, From: today, To: today, Horizon: 7})
		if err != nil {
			t.Fatal(err)
		}
		said, err := Live(h, today, 7, "")
		if err != nil {
			t.Fatal(err)
		}
		if len(said) != len(b.Countries) {
			t.Fatalf("%d countries, and %d in the back-test", len(said), len(b.Countries))
		}
		early, err := Live(h.Until(today), today, 7, "")
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range said {
			if c := b.Countries[i]; s.P != c.MeanP || s.Name != c.Country || s != early[i] || !(s.Low <= s.P && s.P <= s.High) {
				t.Errorf("got %+v, before later lists came %+v, and the back-test %+v", s, early[i], c)
			}
		}
	}
}
