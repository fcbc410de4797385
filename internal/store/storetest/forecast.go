package storetest

import (
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/claim/ledger"
	"github.com/seawall-project/seawall/internal/store"
)

// testForecast returns a forecast of the days after noon's.
func testForecast(id, name string, sealed time.Time) store.KeptForecast {
	from := noon.Add(12 * time.Hour)
	return store.KeptForecast{
		ID: id, Event: "E1", Kind: "country", Name: name, From: from, Until: from.AddDate(0, 0, 7), Content: []byte("said of " + name + "\n"),
		Salt: [32]byte{1, 2}, Seal: [32]byte{3, 0, 4}, Sealed: sealed, Entry: 1,
	}
}

// seal records forecasts with an entry of the ledger.
func seal(t *testing.T, s store.Store, all ...store.KeptForecast) {
	t.Helper()
	record(t, s, "forecast", "seals", func(_ uint64, step *store.ClaimStep) { step.Forecasts = all })
}

func testForecasts(t *testing.T, place Place) {
	s := open(t, place)
	dk, fi, later := testForecast("f-1", "dk", noon), testForecast("f-2", "fi", noon), testForecast("f-3", "www.example.dk", noon.Add(time.Hour))
	later.Event, later.Kind, later.Of, later.Until = "E2", "site", "f-1", later.From.AddDate(0, 0, 1)
	seal(t, s, fi, dk)
	seal(t, s, later)

	same(t, "one", dk, must(s.Forecast(t.Context(), "f-1"))(t))
	_, err := s.Forecast(t.Context(), "f-9")
	wantErr(t, err, store.ErrNotFound)
	for what, x := range map[string]struct {
		f    store.ForecastFilter
		want []store.KeptForecast
	}{
		"all":       {store.ForecastFilter{}, []store.KeptForecast{later, dk, fi}},
		"the last":  {store.ForecastFilter{Limit: 1}, []store.KeptForecast{later}},
		"open":      {store.ForecastFilter{Open: true}, []store.KeptForecast{later, dk, fi}},
		"over":      {store.ForecastFilter{Over: later.Until}, []store.KeptForecast{later}},
		"not over":  {store.ForecastFilter{Since: later.Until}, []store.KeptForecast{dk, fi}},
		"by then":   {store.ForecastFilter{Until: noon.Add(time.Minute)}, []store.KeptForecast{dk, fi}},
		"of name":   {store.ForecastFilter{Name: "fi", Kind: "country", Event: "E1"}, []store.KeptForecast{fi}},
		"of event":  {store.ForecastFilter{Event: "E2"}, []store.KeptForecast{later}},
		"of nobody": {store.ForecastFilter{Kind: "site", Name: "fi"}, nil},
	} {
		same(t, what, x.want, must(s.Forecasts(t.Context(), x.f))(t))
	}
}

// testForecastsAreSealed: none is kept twice, none that came too late, and the ledger has no seal without its forecast.
func testForecastsAreSealed(t *testing.T, place Place) {
	s := open(t, place)
	seal(t, s, testForecast("f-1", "dk", noon))
	again := testForecast("f-1", "fi", noon)
	late := testForecast("f-2", "fi", noon)
	late.Sealed = late.From
	for _, f := range []store.KeptForecast{again, late, {}} {
		err := s.RecordClaims(t.Context(), func(last ledger.Entry) (store.ClaimStep, error) {
			e, c := entryAfter(t, &last, "forecast", "seals")
			return store.ClaimStep{
				Entries: []ledger.Entry{e}, Contents: []ledger.Content{c}, Forecasts: []store.KeptForecast{testForecast("f-8", "se", noon), f}, At: noon,
			}, nil
		})
		if err == nil {
			t.Errorf("%q was kept", f.ID)
		}
	}
	same(t, "forecasts", []store.KeptForecast{testForecast("f-1", "dk", noon)}, must(s.Forecasts(t.Context(), store.ForecastFilter{}))(t))
	same(t, "entries", 1, len(must(s.LedgerEntries(t.Context(), 1, 0))(t)))
}

func testResolutions(t *testing.T, place Place) {
	s := open(t, place)
	dk, fi := testForecast("f-1", "dk", noon), testForecast("f-2", "fi", noon)
	seal(t, s, dk, fi)
	came := store.Resolution{Forecast: "f-1", At: noon.AddDate(0, 0, 9), Outcome: "came", Why: "it was named"}
	check(t, resolve(t, s, came))
	other := came
	other.Outcome, other.Why = "did_not_come", "second thoughts"
	if err := resolve(t, s, other); err == nil {
		t.Error("a forecast was resolved twice")
	}
	dk.Resolution = &came
	same(t, "resolved", dk, must(s.Forecast(t.Context(), "f-1"))(t))
	same(t, "open", []store.KeptForecast{fi}, must(s.Forecasts(t.Context(), store.ForecastFilter{Open: true}))(t))

	wantErr(t, resolve(t, s, store.Resolution{Forecast: "f-2", At: noon, Outcome: "came"}, store.Resolution{Forecast: "f-9"}), store.ErrNotFound)
	same(t, "open after an error", 1, len(must(s.Forecasts(t.Context(), store.ForecastFilter{Open: true}))(t)))
	same(t, "entries", 2, len(must(s.LedgerEntries(t.Context(), 1, 0))(t)))
}

// resolve keeps what became of forecasts, with an entry of the ledger.
func resolve(t *testing.T, s store.Store, all ...store.Resolution) error {
	t.Helper()
	return s.RecordClaims(t.Context(), func(last ledger.Entry) (store.ClaimStep, error) {
		e, c := entryAfter(t, &last, "resolution", "resolutions")
		return store.ClaimStep{Entries: []ledger.Entry{e}, Contents: []ledger.Content{c}, Resolutions: all, At: noon}, nil
	})
}

func testCalendar(t *testing.T, place Place) {
	s := open(t, place)
	day := func(uid string, from int, country string) store.CalendarEntry {
		at := noon.AddDate(0, 0, from)
		return store.CalendarEntry{UID: uid, From: at, Until: at.AddDate(0, 0, 1), Country: country, Title: "Example " + uid, Source: "https://example.org/calendar", Added: noon}
	}
	b, a, twice := day("b@example.org", 0, "dk"), day("a@example.org", 3, ""), day("b@example.org", 5, "dk")
	moment := day("c@example.org", 1, "fi")
	moment.Until = moment.From
	check(t, s.PutCalendar(t.Context(), []store.CalendarEntry{a, b, twice, moment}))
	b.Election, b.Title = true, "Example of another name"
	check(t, s.PutCalendar(t.Context(), []store.CalendarEntry{b}))

	same(t, "all", []store.CalendarEntry{b, moment, a, twice}, must(s.Calendar(t.Context(), time.Time{}, time.Time{}))(t))
	same(t, "borders", []store.CalendarEntry{moment}, must(s.Calendar(t.Context(), b.Until, a.From))(t))
	same(t, "overlaps", []store.CalendarEntry{a}, must(s.Calendar(t.Context(), a.From.Add(time.Hour), a.From.Add(2*time.Hour)))(t))
	same(t, "removed", 2, must(s.RemoveCalendar(t.Context(), "b@example.org"))(t))
	same(t, "removed again", 0, must(s.RemoveCalendar(t.Context(), "b@example.org"))(t))
	same(t, "left", []store.CalendarEntry{moment, a}, must(s.Calendar(t.Context(), time.Time{}, time.Time{}))(t))

	a.Until = a.From.Add(-time.Hour)
	if err := s.PutCalendar(t.Context(), []store.CalendarEntry{a}); err == nil {
		t.Error("an entry that ends before it begins was kept")
	}
}
