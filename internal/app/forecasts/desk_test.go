package forecasts_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall/internal/app/claims"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/app/forecasts"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/forecast"
	"github.com/seawall-project/seawall/internal/intel"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/store/sqlite"
	"github.com/seawall-project/seawall/internal/watch"
)

// noon is the time at which tests begin, in winter: midnight of the lists' clock is at 23:00 UTC.
var noon = time.Date(2025, time.January, 15, 12, 0, 0, 0, time.UTC)

// room is a desk on a store of its own, and the clock it goes by.
type room struct {
	*forecasts.Desk
	t   *testing.T
	now time.Time
	way forecasts.Way
	db  *sqlite.Store
	log forecast.Log // what listed listed
}

func newRoom(t *testing.T) *room {
	t.Helper()
	r := &room{t: t, now: noon}
	state := t.TempDir()
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(state, "watch.db"), Now: func() time.Time { return r.now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	clock := func() time.Time { return r.now }
	book := &claims.Desk{Store: db, State: state, Now: clock}
	r.db, r.Desk = db, &forecasts.Desk{Store: db, Ledger: book, Now: clock, Sectors: intel.Sectors{{Sector: "media", Kind: "word", Pattern: "news"}}}
	r.way = desk.Here(r.Desk)
	return r
}

func ask[In, Out any](r *room, o forecasts.Op[In, Out], in In) Out {
	r.t.Helper()
	out, err := o.Ask(r.t.Context(), r.way, in)
	if err != nil {
		r.t.Fatalf("%s: %v", o.Name, err)
	}
	return out
}

func refused[In, Out any](r *room, o forecasts.Op[In, Out], in In, why string) {
	r.t.Helper()
	if _, err := o.Ask(r.t.Context(), r.way, in); !errors.Is(err, control.ErrRefused) || !strings.Contains(err.Error(), why) {
		r.t.Errorf("%s: got error %v, want it refused: %s", o.Name, err, why)
	}
}

// list keeps a list of that time.
func (r *room) list(at time.Time, hosts ...string) {
	r.t.Helper()
	l := store.OrderList{Feed: "lists", At: at, Hash: fmt.Sprintf("%032x", at.Unix()), Hosts: len(hosts)}
	for _, h := range hosts {
		l.Sightings = append(l.Sightings, store.OrderSighting{Host: h, Aim: "a"})
	}
	if err := r.db.PutLists(r.t.Context(), []store.OrderList{l}, []store.Document{{ID: "a", Doc: json.RawMessage(`{}`)}}, nil); err != nil {
		r.t.Fatal(err)
	}
	if err := r.log.List(forecast.DayOf(at), hosts); err != nil {
		r.t.Fatal(err)
	}
}

// history keeps a list at 8 o'clock of each of the days before noon's, and that one: aa is named often, bb in spells, ee on the first day alone.
func (r *room) history(days int) {
	for ago := days - 1; ago >= 0; ago-- {
		hosts := []string{"www.news.example.ee"}
		if ago < days-1 {
			hosts = []string{"example.org"}
		}
		if ago%3 != 0 {
			hosts = append(hosts, "www.example.aa")
		}
		if ago%40 < 9 {
			hosts = append(hosts, "www.news.example.bb", "b.example.bb")
		}
		r.list(noon.AddDate(0, 0, -ago).Add(-4*time.Hour), hosts...)
	}
}

// TestSaysWhatTheBacktestSays: what is said on a day is what a back-test says of it, with lists that came later and without.
func TestSaysWhatTheBacktestSays(t *testing.T) {
	r := newRoom(t)
	r.history(400)
	out := ask(r, forecasts.Say, forecasts.Asking{})
	if out.Model != "scales" || out.Note != "" || out.Sealed != 3 || out.Entry != 1 {
		t.Fatalf("got model %s, note %q, %d sealed in entry %d", out.Model, out.Note, out.Sealed, out.Entry)
	}
	for i := 1; i <= 7; i++ {
		r.list(noon.AddDate(0, 0, i).Add(-4*time.Hour), "www.example.ee")
	}
	h, err := r.log.History()
	if err != nil {
		t.Fatal(err)
	}
	today := forecast.DayOf(noon)
	b, err := forecast.Backtest(h, forecast.Options{TrainUntil: today - 1, From: today, To: today, Horizon: 7})
	if err != nil {
		t.Fatal(err)
	}
	want, got := map[string]string{}, map[string]string{}
	for _, c := range b.Countries {
		want[c.Country] = fmt.Sprintf("%.6f", c.MeanP)
	}
	for _, f := range out.Forecasts {
		got[f.Population.Name] = fmt.Sprintf("%.6f", f.Probability)
		if !(f.Low < f.Probability && f.Probability < f.High) || f.High-f.Low > 0.9 {
			t.Errorf("%s: %v is not well within %v and %v", f.ID, f.Probability, f.Low, f.High)
		}
		if want := time.Date(2025, 1, 15, 23, 0, 0, 0, time.UTC); !f.From.Equal(want) || !f.Until.Equal(want.AddDate(0, 0, 7)) {
			t.Errorf("the window is from %v until %v", f.From, f.Until)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-back-test +said):\n%s", diff)
	}
	if out.Forecasts[0].Population.Name != "aa" || out.Forecasts[2].Population.Name != "ee" {
		t.Errorf("got %s first and %s last, want aa and ee", out.Forecasts[0].ID, out.Forecasts[2].ID)
	}
}

// TestNothingLaterIsKnown: a list from the future, as one with a wrong clock makes it, changes nothing.
func TestNothingLaterIsKnown(t *testing.T) {
	r := newRoom(t)
	r.history(400)
	before := ask(r, forecasts.Say, forecasts.Asking{Unkept: true})
	r.list(noon.Add(time.Hour), "www.example.dd", "www.example.ee")
	after := ask(r, forecasts.Say, forecasts.Asking{Unkept: true})
	for i := range before.Forecasts {
		if a, b := before.Forecasts[i], after.Forecasts[i]; a.Content != b.Content {
			t.Errorf("got\n%s\nand then\n%s", a.Content, b.Content)
		}
	}
	if len(after.Forecasts) != 3 || after.Sealed != 0 || after.Forecasts[0].Sealed != nil {
		t.Errorf("got %d forecasts, %d sealed", len(after.Forecasts), after.Sealed)
	}
}

// TestWhereNoModelSpeaks the base rate does, and says so.
func TestWhereNoModelSpeaks(t *testing.T) {
	r := newRoom(t)
	refused(r, forecasts.Say, forecasts.Asking{}, "no list of attack orders")
	r.history(100)
	out := ask(r, forecasts.Say, forecasts.Asking{Unkept: true})
	if out.Model != forecast.BaseRate || !strings.Contains(out.Note, "99 days since the first list") {
		t.Errorf("got %s: %s", out.Model, out.Note)
	}
	for _, f := range out.Forecasts {
		if f.Probability != f.Reference {
			t.Errorf("%s: got %v, want the base rate, %v", f.ID, f.Probability, f.Reference)
		}
	}
	r.now = noon.Add(40 * time.Hour)
	silent := ask(r, forecasts.Say, forecasts.Asking{Unkept: true})
	if !strings.Contains(silent.Note, "silence for peace") || silent.Forecasts[0].Probability != out.Forecasts[0].Probability {
		t.Errorf("got %v: %s", silent.Forecasts[0].Probability, silent.Note)
	}
	r.now = noon
	sectors := ask(r, forecasts.Say, forecasts.Asking{Of: "sector"})
	if len(sectors.Forecasts) != 2 || sectors.Forecasts[0].Population.Name != "bb/media" {
		t.Errorf("got %d forecasts of sectors, the first %s", len(sectors.Forecasts), sectors.Forecasts[0].ID)
	}
	refused(r, forecasts.Say, forecasts.Asking{Of: "site"}, "no site")
	refused(r, forecasts.Say, forecasts.Asking{Event: "E2"}, "no site is watched")
	refused(r, forecasts.Say, forecasts.Asking{Horizon: 29}, "not within 1 to 28")
	refused(r, forecasts.Say, forecasts.Asking{Of: "world"}, "population")
	refused(r, forecasts.Say, forecasts.Asking{Only: "xx"}, "no country xx is known")
}

// TestSealedOnce: what was said first stands, whatever is known later that day.
func TestSealedOnce(t *testing.T) {
	r := newRoom(t)
	r.history(100)
	first := ask(r, forecasts.Say, forecasts.Asking{})
	r.now = noon.Add(2 * time.Hour)
	r.list(r.now.Add(-time.Minute), "www.example.ee")
	again := ask(r, forecasts.Say, forecasts.Asking{})
	if diff := cmp.Diff(first.Forecasts, again.Forecasts); diff != "" || again.Sealed != 0 {
		t.Errorf("%d sealed again (-first +again):\n%s", again.Sealed, diff)
	}
	r.now = noon.AddDate(0, 0, 1)
	r.list(r.now.Add(-time.Hour), "www.example.ee")
	if next := ask(r, forecasts.Say, forecasts.Asking{}); next.Sealed != 3 || next.Entry != 2 {
		t.Errorf("the next day: %d sealed, in entry %d", next.Sealed, next.Entry)
	}
	if all := ask(r, forecasts.Show, forecasts.Naming{}); len(all) != 6 {
		t.Errorf("got %d forecasts", len(all))
	}
}

// TestFromSealToScore: three countries and an analyst, a week later.
func TestFromSealToScore(t *testing.T) {
	r := newRoom(t)
	r.history(400)
	said := ask(r, forecasts.Say, forecasts.Asking{})
	bb := "f20250116-7d-e1-country-bb"
	own := ask(r, forecasts.Override, forecasts.Overriding{ID: bb, Probability: 0.125, Role: "duty-officer", Reason: "an invented reason"})
	if own.ID != bb+"-duty-officer" || own.Of != bb || own.By != "analyst duty-officer" || own.Entry != 2 {
		t.Errorf("got %+v", own)
	}
	refused(r, forecasts.Override, forecasts.Overriding{ID: own.ID, Probability: 0.5, Role: "other"}, "analyst's already")
	refused(r, forecasts.Override, forecasts.Overriding{ID: bb, Probability: 0.5, Role: "duty-officer"}, "never changes")
	refused(r, forecasts.Override, forecasts.Overriding{ID: bb, Probability: 0.5, Role: "jane@example.org"}, "no person's name")
	refused(r, forecasts.Override, forecasts.Overriding{ID: bb, Probability: 1.5, Role: "other"}, "from 0 to 1")

	for i := range 8 {
		hosts := []string{"example.org"}
		if i == 6 { // the last day of the window, late in the evening
			r.list(time.Date(2025, 1, 22, 22, 59, 0, 0, time.UTC), "www.example.aa")
		}
		if i == 7 { // the day after
			hosts = append(hosts, "www.example.ee")
		}
		r.list(noon.AddDate(0, 0, i+1).Add(-4*time.Hour), hosts...)
	}
	r.now = time.Date(2025, 1, 24, 0, 59, 0, 0, time.UTC)
	refused(r, forecasts.Override, forecasts.Overriding{ID: bb, Probability: 0.5, Role: "late"}, "the window of "+bb+" opened at 2025-01-15T23:00:00Z")
	if early := ask(r, forecasts.Resolve, struct{}{}); early.Waiting != 4 || len(early.Forecasts) != 0 {
		t.Errorf("a minute early: got %+v", early)
	}
	r.now = r.now.Add(time.Minute)
	done := ask(r, forecasts.Resolve, struct{}{})
	if done.Came != 1 || done.DidNotCome != 3 || done.Unresolvable != 0 || done.Waiting != 0 {
		t.Errorf("got %+v", done)
	}
	if again := ask(r, forecasts.Resolve, struct{}{}); len(again.Forecasts) != 0 {
		t.Errorf("resolved again: %+v", again)
	}
	if aa := ask(r, forecasts.Show, forecasts.Naming{ID: "f20250116-7d-e1-country-aa"})[0]; *aa.Outcome != forecast.Came || !aa.Resolved.Equal(r.now) {
		t.Errorf("got %v, %s", *aa.Outcome, aa.Why)
	}

	brier := 0.0
	for _, f := range said.Forecasts {
		if f.Population.Name == "aa" {
			brier += (1 - f.Probability) * (1 - f.Probability)
		} else {
			brier += f.Probability * f.Probability
		}
	}
	score := ask(r, forecasts.Score, forecasts.Scoring{})
	if len(score.Standings) != 2 {
		t.Fatalf("got %+v", score)
	}
	analyst, model := score.Standings[0], score.Standings[1]
	if model.By != "model scales 1" || model.N != 3 || model.Came != 1 || !model.TooFew || !near(*model.Brier, brier/3) {
		t.Errorf("got %+v, want a Brier score of %v", model, brier/3)
	}
	if analyst.N != 1 || *analyst.Brier != 0.125*0.125 || analyst.Beside == nil || analyst.Beside.N != 1 || analyst.Beside.Own != *analyst.Brier {
		t.Errorf("got %+v", analyst)
	}
}

func near(a, b float64) bool { return a-b < 1e-12 && b-a < 1e-12 }

// TestDarkWindow: a window with more than 26 hours without a list is unresolvable, though a list of it names the country.
func TestDarkWindow(t *testing.T) {
	for lack, want := range map[time.Duration]forecast.Outcome{26 * time.Hour: forecast.Came, 26*time.Hour + time.Minute: forecast.Unresolvable} {
		r := newRoom(t)
		r.history(100)
		ask(r, forecasts.Say, forecasts.Asking{Only: "aa"})
		at := noon
		for at.Before(noon.AddDate(0, 0, 10)) {
			step := 20 * time.Hour
			if at.Sub(noon) == 60*time.Hour {
				step = lack
			}
			at = at.Add(step)
			r.list(at, "www.example.aa")
		}
		r.now = at
		done := ask(r, forecasts.Resolve, struct{}{})
		if len(done.Forecasts) != 1 || *done.Forecasts[0].Outcome != want {
			t.Errorf("%v without a list: got %+v, want %s", lack, done, want)
		}
	}
}

// TestBrokenSeals are counted, and not scored.
func TestBrokenSeals(t *testing.T) {
	r := newRoom(t)
	r.history(100)
	for day := range 3 {
		r.now = noon.AddDate(0, 0, day)
		if day > 0 {
			r.list(r.now.Add(-time.Hour), "www.example.aa")
		}
		ask(r, forecasts.Say, forecasts.Asking{Only: "aa"})
	}
	lie := changing{Store: r.db, change: func(k *store.KeptForecast) {
		switch k.Entry {
		case 1:
			k.Content = []byte(strings.Replace(string(k.Content), "\n0.9", "\n0.8", 1))
			k.Seal = forecast.SealOf(k.Salt, k.Content) // a seal of what was changed is not the one in the ledger
		case 2:
			k.Salt[0]++
		default:
			k.Resolution = &store.Resolution{Outcome: string(forecast.Came)}
		}
	}}
	r.Desk.Store = lie
	s := ask(r, forecasts.Score, forecasts.Scoring{})
	var broken, resolved int
	for _, x := range s.Standings {
		broken, resolved = broken+x.Broken, resolved+x.N
	}
	if broken != 3 || resolved != 0 { // a resolution that is not in the ledger is none
		t.Errorf("got %d broken and %d resolved: %+v", broken, resolved, s)
	}
}

// TestResolutionsAreInTheLedger: what became of a forecast cannot be changed, taken back or said without the ledger.
func TestResolutionsAreInTheLedger(t *testing.T) {
	r := newRoom(t)
	r.history(60)
	ask(r, forecasts.Say, forecasts.Asking{Horizon: 1})
	r.now = noon.AddDate(0, 0, 1)
	r.list(r.now, "www.example.aa")
	ask(r, forecasts.Say, forecasts.Asking{Horizon: 1}) // open for now
	r.list(r.now.Add(10*time.Hour), "www.example.aa")
	r.now = noon.AddDate(0, 0, 2).Add(14 * time.Hour)
	done := ask(r, forecasts.Resolve, struct{}{})
	if done.Came != 1 || done.DidNotCome != 2 {
		t.Fatalf("got %+v", done)
	}
	if v := ask(r, forecasts.Verify, struct{}{}); !v.Holds || v.Forecasts != 6 || v.Resolved != 3 {
		t.Errorf("got %+v", v)
	}
	const otherwise, lone = "it was resolved otherwise, as the ledger has it", "it is resolved in the store or in the ledger, and not in both"
	for name, tt := range map[string]struct {
		change func(k *store.KeptForecast)
		why    string
		broken int
	}{
		"another outcome": {func(k *store.KeptForecast) {
			if k.Resolution != nil && k.Resolution.Outcome == string(forecast.DidNotCome) {
				k.Resolution.Outcome = string(forecast.Unresolvable)
			}
		}, otherwise, 2},
		"another reason": {func(k *store.KeptForecast) {
			if k.Name == "aa" && k.Resolution != nil {
				k.Resolution.Why = "second thoughts"
			}
		}, otherwise, 1},
		"another time": {func(k *store.KeptForecast) {
			if k.Name == "aa" && k.Resolution != nil {
				k.Resolution.At = k.Resolution.At.Add(time.Hour)
			}
		}, otherwise, 1},
		"taken back": {func(k *store.KeptForecast) { k.Resolution = nil }, lone, 3},
		"not in the ledger": {func(k *store.KeptForecast) {
			if k.Resolution == nil {
				k.Resolution = &store.Resolution{Outcome: string(forecast.Came)}
			}
		}, lone, 3},
	} {
		tampered := *r.Desk
		tampered.Store = changing{Store: r.db, change: tt.change}
		v, err := forecasts.Verify.Ask(t.Context(), desk.Here(&tampered), struct{}{})
		if err != nil || v.Holds || len(v.Broken) != tt.broken || v.Broken[0].Why != tt.why {
			t.Errorf("%s: got %+v, error %v", name, v, err)
		}
		s, err := forecasts.Score.Ask(t.Context(), desk.Here(&tampered), forecasts.Scoring{})
		broken := 0
		for _, x := range s.Standings {
			broken += x.Broken
		}
		if err != nil || broken != tt.broken {
			t.Errorf("%s: the score counts %d broken, error %v", name, broken, err)
		}
	}
}

// changing is a store that somebody tampered with.
type changing struct {
	forecasts.Store
	change func(k *store.KeptForecast)
}

func (c changing) Forecasts(ctx context.Context, f store.ForecastFilter) ([]store.KeptForecast, error) {
	all, err := c.Store.Forecasts(ctx, f)
	for i := range all {
		c.change(&all[i])
	}
	return all, err
}

// TestOutages: E2 and E3 of a site are resolved by confirmed outages, where enough of the window was measured.
func TestOutages(t *testing.T) {
	for name, tt := range map[string]struct {
		minutes  int
		grade    watch.Grade
		phase    watch.Phase
		places   int
		health   string
		e2, e3   forecast.Outcome
		lasting  bool // not settled before the deadline
		deadline forecast.Outcome
	}{
		"peace":             {places: 2, health: "healthy", e2: forecast.DidNotCome, e3: forecast.DidNotCome},
		"short":             {minutes: 60, grade: watch.Confirmed, phase: watch.Over, places: 2, health: "healthy", e2: forecast.Came, e3: forecast.DidNotCome},
		"long":              {minutes: 61, grade: watch.Confirmed, phase: watch.Over, places: 3, health: "healthy", e2: forecast.Came, e3: forecast.Came},
		"one place":         {minutes: 90, grade: watch.OnePlace, phase: watch.Over, places: 2, health: "healthy", e2: forecast.DidNotCome, e3: forecast.DidNotCome},
		"withdrawn":         {minutes: 90, grade: watch.Confirmed, phase: watch.Withdrawn, places: 2, health: "healthy", e2: forecast.DidNotCome, e3: forecast.DidNotCome},
		"not measured":      {minutes: 90, grade: watch.Confirmed, phase: watch.Over, places: 1, health: "healthy", e2: forecast.Unresolvable, e3: forecast.Unresolvable},
		"not to be trusted": {minutes: 90, grade: watch.Confirmed, phase: watch.Over, places: 2, health: "blind", e2: forecast.Unresolvable, e3: forecast.Unresolvable},
		"goes on": {
			minutes: 30, grade: watch.Confirmed, phase: watch.Ongoing, places: 2, health: "healthy", e2: forecast.Came, lasting: true,
			deadline: forecast.Unresolvable,
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			site := store.Site{Name: "www.example.dk", URL: "https://www.example.dk/", Host: "www.example.dk", Added: noon.AddDate(0, 0, -30)}
			var err error
			if site.ID, err = r.db.PutSite(t.Context(), site); err != nil {
				t.Fatal(err)
			}
			for _, event := range []string{"E2", "E3"} {
				if out := ask(r, forecasts.Say, forecasts.Asking{Event: event, Of: "country"}); out.Sealed != 1 || out.Forecasts[0].Population.Name != "dk" {
					t.Fatalf("got %+v", out)
				}
			}
			if tt.minutes > 0 {
				r.incident(site, noon.AddDate(0, 0, 2), time.Duration(tt.minutes)*time.Minute, tt.grade, tt.phase)
			}
			for _, v := range []string{"a", "b", "c"} {
				r.apply(store.Step{Health: []store.Health{{Vantage: v, At: noon, Health: tt.health}}})
			}
			r.Desk.Store = measured{r.db, tt.places}
			r.now = noon.AddDate(0, 0, 9)
			got := outcomes(ask(r, forecasts.Resolve, struct{}{}))
			if got["E2"] != tt.e2 || got["E3"] != tt.e3 {
				t.Errorf("got %v, want E2 %s and E3 %s", got, tt.e2, tt.e3)
			}
			if tt.lasting {
				r.now = noon.AddDate(0, 0, 23)
				if got := outcomes(ask(r, forecasts.Resolve, struct{}{})); got["E3"] != tt.deadline {
					t.Errorf("after the deadline: got %v, want E3 %s", got, tt.deadline)
				}
			}
		})
	}
}

func outcomes(r forecasts.Resolved) map[string]forecast.Outcome {
	all := make(map[string]forecast.Outcome)
	for _, f := range r.Forecasts {
		all[string(f.Event)] = *f.Outcome
	}
	return all
}

func (r *room) apply(s store.Step) {
	r.t.Helper()
	if err := r.db.Apply(r.t.Context(), s); err != nil {
		r.t.Fatal(err)
	}
}

// incident keeps an outage of a site that began at a time and lasted so long.
func (r *room) incident(site store.Site, began time.Time, long time.Duration, grade watch.Grade, phase watch.Phase) {
	r.t.Helper()
	doc, err := json.Marshal(watch.Incident{Kind: watch.Outage, Phase: phase, Grade: grade, Members: []watch.Member{{
		Site: site.Host, Phase: phase, Grade: grade, Start: watch.Interval{Earliest: began.Add(-time.Minute), Latest: began},
		Total: watch.Span{Least: long, Most: long + 2*time.Minute},
	}}})
	if err != nil {
		r.t.Fatal(err)
	}
	r.apply(store.Step{Incidents: []store.Incident{{ID: "1", Opened: began.Add(2 * time.Minute), Sites: []store.SiteID{site.ID}, Doc: doc}}})
}

// measured is a store with results of every bucket, from as many places.
type measured struct {
	forecasts.Store
	places int
}

func (m measured) Rollups(_ context.Context, r store.Range) (all []store.Rollup, err error) {
	for at := r.From; at.Before(r.To); at = at.Add(store.Bucket) {
		all = append(all, store.Rollup{Site: r.Site, From: at, Results: m.places * 5, Vantages: m.places})
	}
	return all, nil
}

// TestBaseRateOfOutages: a site's base rate is that of the time in which it was watched, and a withdrawn outage is none.
func TestBaseRateOfOutages(t *testing.T) {
	r := newRoom(t)
	for host, days := range map[string]int{"www.example.dk": 400, "www.example.fi": 10} {
		site := store.Site{Name: host, URL: "https://" + host + "/", Host: host, Added: noon.AddDate(0, 0, -days)}
		id, err := r.db.PutSite(t.Context(), site)
		if err != nil {
			t.Fatal(err)
		}
		if site.ID = id; host == "www.example.dk" {
			r.incident(site, noon.AddDate(0, 0, -100), 2*time.Hour, watch.Confirmed, watch.Over)
		}
	}
	for event, want := range map[string]map[string]string{
		// 394 windows of 7 days have passed, 7 held the outage; of the other 4, none.
		"E3": {"www.example.dk": "0.0197", "www.example.fi": "0.0625"},
		"E2": {"www.example.dk": "0.0197", "www.example.fi": "0.0625"},
	} {
		got := make(map[string]string)
		for _, f := range ask(r, forecasts.Say, forecasts.Asking{Event: event, Of: "site", Unkept: true}).Forecasts {
			got[f.Population.Name] = fmt.Sprintf("%.4f", f.Probability)
			if f.Sealed != nil || f.Seal != "" || f.Salt != "" || f.Entry != 0 {
				t.Errorf("%s was only said, and has a seal", f.ID)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", event, diff)
		}
	}
}

// TestFeeds: lists of feeds that the source of truth does not name say nothing, neither before nor after.
func TestFeeds(t *testing.T) {
	r := newRoom(t)
	put := func(feed string, at time.Time, host string) {
		l := store.OrderList{Feed: feed, At: at, Hash: fmt.Sprintf("%032x", at.Unix()), Hosts: 1, Sightings: []store.OrderSighting{{Host: host, Aim: "a"}}}
		if err := r.db.PutLists(t.Context(), []store.OrderList{l}, []store.Document{{ID: "a", Doc: json.RawMessage(`{}`)}}, nil); err != nil {
			t.Fatal(err)
		}
	}
	put("odd, name", noon.Add(-time.Hour), "www.example.bb")
	for i := range 30 { // more than there is room for
		put(fmt.Sprintf("feed-%02d-%s", i, strings.Repeat("x", 50)), noon.Add(-time.Hour), "www.example.aa")
	}
	put("zz", noon.Add(-time.Hour), "www.example.dd")
	out := ask(r, forecasts.Say, forecasts.Asking{})
	if len(out.Forecasts) != 1 || out.Forecasts[0].Population.Name != "aa" || strings.Contains(out.Forecasts[0].Source, "odd") {
		t.Fatalf("got %+v", out)
	}
	for i := range 10 {
		put("zz", noon.AddDate(0, 0, i), "www.example.aa")
		put("feed-00-"+strings.Repeat("x", 50), noon.AddDate(0, 0, i), "www.example.ee")
	}
	r.now = noon.AddDate(0, 0, 10)
	if done := ask(r, forecasts.Resolve, struct{}{}); done.DidNotCome != 1 {
		t.Errorf("got %+v", done)
	}
}

// TestPublic: what is about one site is shown to those who ask here, and not to the public.
func TestPublic(t *testing.T) {
	r := newRoom(t)
	r.history(100)
	if _, err := r.db.PutSite(t.Context(), store.Site{Name: "news", URL: "https://www.news.example.bb/", Host: "www.news.example.bb", Added: noon}); err != nil {
		t.Fatal(err)
	}
	site := ask(r, forecasts.Say, forecasts.Asking{Of: "site"}).Forecasts[0]
	country := ask(r, forecasts.Say, forecasts.Asking{}).Forecasts[0]
	if site.Public || !country.Public || site.Population.Name != "www.news.example.bb" {
		t.Errorf("got public %v for %s and %v for %s", site.Public, site.ID, country.Public, country.ID)
	}
	if all := ask(r, forecasts.Show, forecasts.Naming{}); len(all) != 4 {
		t.Errorf("got %d forecasts, want 4", len(all))
	}
	for _, f := range ask(r, forecasts.Show, forecasts.Naming{Public: true, Limit: 3}) {
		if f.Population.Kind == forecast.OfSite {
			t.Errorf("%s is shown to the public", f.ID)
		}
	}
	refused(r, forecasts.Show, forecasts.Naming{ID: site.ID, Public: true}, "not published")
	if s := ask(r, forecasts.Score, forecasts.Scoring{Public: true}); s.Forecasts != 3 {
		t.Errorf("got %d forecasts scored for the public", s.Forecasts)
	}
}

// TestLikelihoodStandsAlone: no sentence has both how likely it is and how sure that is.
func TestLikelihoodStandsAlone(t *testing.T) {
	r := newRoom(t)
	r.history(400)
	all := ask(r, forecasts.Say, forecasts.Asking{}).Forecasts
	all = append(all, ask(r, forecasts.Override, forecasts.Overriding{ID: all[0].ID, Probability: 0.5, Role: "analyst"}))
	for _, f := range all {
		if len(f.Statement) != 2 {
			t.Fatalf("got %q", f.Statement)
		}
		for _, s := range f.Statement {
			if s = strings.ToLower(s); strings.Contains(s, "confidence") && (strings.Contains(s, "likely") || strings.Contains(s, "chance") || strings.Contains(s, "%")) {
				t.Errorf("%q", s)
			}
		}
		if !strings.Contains(f.Statement[0], "ICD 203") || !strings.Contains(f.Statement[1], "Confidence") {
			t.Errorf("got %q", f.Statement)
		}
	}
}
