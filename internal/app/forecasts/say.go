package forecasts

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/forecast"
	"github.com/seawall-project/seawall/internal/store"
)

// Asking says what is to be forecast. Zero fields have the meaning given.
type Asking struct {
	Event   string `json:"event,omitempty"`      // E1
	Of      string `json:"population,omitempty"` // country
	Horizon int    `json:"horizon,omitempty"`    // 7 days
	Only    string `json:"only,omitempty"`       // the name of one population; all
	Unkept  bool   `json:"unkept,omitempty"`     // say it without sealing it
}

// Outlook is what is said of the days after today.
type Outlook struct {
	Model     string    `json:"model"`
	Note      string    `json:"note"` // what there is to know about how it was made
	From      time.Time `json:"from"`
	Until     time.Time `json:"until"`
	Sealed    int       `json:"sealed"` // by this call; what was sealed before stands
	Entry     uint64    `json:"entry"`  // of the ledger; 0 when nothing was sealed
	Forecasts []Shown   `json:"forecasts"`
	Calendar  []Dated   `json:"calendar"` // what is known to come in the window; the model does not look at it
}

// defaultHorizon is how many days are looked ahead when nobody says, as in the back-test.
const defaultHorizon = 7

// maxSealed is how many forecasts go into one entry of the ledger.
const maxSealed = 5000

// say does [Say]: the window begins at the next midnight of the lists' clock. A question that was sealed before is not sealed again; what was said
// then is returned.
func (d *Desk) say(ctx context.Context, in Asking) (Outlook, error) {
	q, err := d.question(in)
	if err != nil {
		return Outlook{}, err
	}
	if err := d.answer(ctx, q); err != nil {
		return Outlook{}, err
	}
	out := Outlook{Model: q.model, Note: q.note, From: q.from, Until: q.until, Forecasts: []Shown{}}
	var fresh []store.KeptForecast
	var all []store.KeptForecast
	for _, said := range q.said {
		if in.Only != "" && said.Name != in.Only {
			continue
		}
		f := q.forecast(said)
		kept, err := d.Store.Forecast(ctx, f.ID)
		if errors.Is(err, store.ErrNotFound) {
			if kept, err = keep(&f); err == nil && !in.Unkept {
				fresh = append(fresh, kept)
			}
		}
		if err != nil {
			return Outlook{}, fmt.Errorf("forecast %s: %w", f.ID, err)
		}
		all = append(all, kept)
	}
	if len(all) == 0 {
		return Outlook{}, desk.Refuse("there is nobody to say it of: no %s%s is known here", q.kind, strings.TrimRight(" "+in.Only, " "))
	}
	if len(fresh) > maxSealed {
		return Outlook{}, desk.Refuse("%d forecasts at once; at most %d are sealed", len(fresh), maxSealed)
	}
	if len(fresh) > 0 {
		if err := d.Ledger.SealForecasts(ctx, fresh); err != nil {
			return Outlook{}, fmt.Errorf("seal %d forecasts: %w", len(fresh), err)
		}
		out.Sealed, out.Entry = len(fresh), fresh[0].Entry
		for i := range fresh {
			at := slices.IndexFunc(all, func(k store.KeptForecast) bool { return k.ID == fresh[i].ID })
			all[at] = fresh[i]
		}
	}
	for i := range all {
		out.Forecasts = append(out.Forecasts, shownOf(&all[i]))
	}
	if out.Calendar, err = d.calendarOut(ctx, Span{From: q.from, Until: q.until}); err != nil {
		return Outlook{}, err
	}
	slices.SortStableFunc(out.Forecasts, func(a, b Shown) int { return compareProbability(b.Probability, a.Probability) })
	return out, nil
}

func compareProbability(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// question is what is asked, and then what is said.
type question struct {
	event       forecast.Event
	kind        forecast.Kind
	horizon     int
	now         time.Time
	from, until time.Time

	source, model, note string
	known               time.Time
	said                []forecast.Said
}

func (d *Desk) question(in Asking) (*question, error) {
	q := &question{event: forecast.Event(in.Event), kind: forecast.Kind(in.Of), horizon: in.Horizon, now: d.Now().UTC()}
	if q.event == "" {
		q.event = forecast.Listed
	}
	if q.kind == "" {
		q.kind = forecast.OfCountry
	}
	if q.horizon == 0 {
		q.horizon = defaultHorizon
	}
	switch {
	case q.event != forecast.Listed && q.event != forecast.Affected && q.event != forecast.DownLong:
		return nil, desk.Refuse("event %q is not one of E1, E2 and E3", in.Event)
	case q.kind != forecast.OfCountry && q.kind != forecast.OfSector && q.kind != forecast.OfSite:
		return nil, desk.Refuse("population %q is not one of country, sector and site", in.Of)
	case q.horizon < 1 || q.horizon > forecast.MaxHorizon:
		return nil, desk.Refuse("a horizon of %d days is not within 1 to %d", q.horizon, forecast.MaxHorizon)
	}
	q.from, q.until = midnight(q.now, 1), midnight(q.now, 1+q.horizon)
	return q, nil
}

// answer says how likely it is.
func (d *Desk) answer(ctx context.Context, q *question) error {
	sites, err := d.watched(ctx)
	if err != nil {
		return err
	}
	if q.event == forecast.Listed {
		return d.answerListed(ctx, q, sites)
	}
	names := d.names(q.kind, sites)
	if len(names) == 0 {
		return desk.Refuse("no site is watched, so nothing is known of outages; see \"seawall watch add\"")
	}
	h, err := d.felt(ctx, q.now, q.event, q.kind, sites)
	if err != nil {
		return err
	}
	q.source, q.known = "confirmed outages of watched sites, as this lookout's store has them", q.now
	q.model, q.note = forecast.BaseRate, "outages are forecast by their base rate: no model of them has been tested"
	for _, name := range names {
		q.said = append(q.said, forecast.Base(h[name], dayOf(q.now), q.horizon, []string{name})...)
	}
	return nil
}

// names returns the populations of the sites, in order.
func (d *Desk) names(kind forecast.Kind, sites []store.Site) (names []string) {
	for i := range sites {
		if name := d.populationOf(kind, &sites[i]); name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// answerListed has the model speak where it can, and else the base rate.
func (d *Desk) answerListed(ctx context.Context, q *question, sites []store.Site) error {
	h, l, err := d.listed(ctx, q.now, d.of(q.kind, sites))
	switch {
	case errors.Is(err, forecast.ErrNoLists) && len(l.times) == 0:
		return desk.Refuse("there is no list of attack orders here to say it from; see \"seawall intel import\"")
	case errors.Is(err, forecast.ErrNoLists):
		h, err = silent(l)
	}
	if err != nil {
		return err
	}
	q.source, q.known = sourceOf(l.feeds), l.last
	names := h.Countries()
	switch {
	case q.kind == forecast.OfSite:
		names = d.names(q.kind, sites)
		q.base(h, names, "single sites are forecast by their base rate: lists name most sites never")
		return nil
	case q.now.Sub(l.last) > forecast.Dark:
		q.base(h, names, fmt.Sprintf("the base rate: the last list is of %s, and a model would take silence for peace", l.last.Format(time.RFC3339)))
		return nil
	}
	q.said, err = forecast.Live(h, dayOf(q.now), q.horizon, "")
	switch {
	case errors.Is(err, forecast.ErrShort):
		q.base(h, names, "the base rate: "+err.Error())
		return nil
	case err != nil:
		return err
	}
	q.model = q.said[0].Model
	if q.kind == forecast.OfSector {
		q.note = "the model was tested on countries, not on sectors"
	}
	return nil
}

// silent is the history of lists that name nobody of the populations asked about.
func silent(l lists) (*forecast.History, error) {
	var log forecast.Log
	for _, at := range l.times {
		if err := log.Lit(dayOf(at)); err != nil {
			return nil, err
		}
	}
	return log.History()
}

func (q *question) base(h *forecast.History, names []string, note string) {
	q.said, q.model, q.note = forecast.Base(h, dayOf(q.now), q.horizon, names), forecast.BaseRate, note
}

// sourcePrefix is how the source of truth of forecasts about lists begins; names of feeds follow.
const (
	sourcePrefix  = "attack lists of these feeds in this store: "
	feedSeparator = ", "
)

func sourceOf(feeds []string) string { return sourcePrefix + strings.Join(feeds, feedSeparator) }

// forecast makes one of what is said.
func (q *question) forecast(said forecast.Said) forecast.Forecast {
	f := forecast.Forecast{
		Event: q.event, Population: forecast.Population{Kind: q.kind, Name: said.Name}, From: q.from, Until: q.until, Source: q.source,
		Deadline: q.until.Add(forecast.Term), Probability: said.P, Low: said.Low, High: said.High, Reference: said.Reference,
		By: forecast.By{Kind: forecast.Model, Name: said.Model, Version: forecast.Version}, Note: q.note, Made: q.now, Known: q.known,
	}
	f.ID = idOf(&f)
	return f.Rounded()
}

// longName is how long the name of a population in an ID may be; of a longer one stands a hash.
const longName = 28

// idOf returns what a model's forecast is called: "f20251118-7d-e1-country-dk" is about the seven days from 18 November 2025 on.
func idOf(f *forecast.Forecast) string {
	name := strings.ReplaceAll(f.Population.Name, "/", ".")
	if len(name) > longName || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") != "" {
		sum := sha256.Sum256([]byte(name))
		name = hex.EncodeToString(sum[:8])
	}
	days := int(dayOf(f.Until) - dayOf(f.From))
	return fmt.Sprintf("f%s-%dd-%s-%s-%s", f.From.In(zone()).Format("20060102"), days, strings.ToLower(string(f.Event)), f.Population.Kind, name)
}

// keep returns a forecast as it is kept, with its seal. What cannot be sealed is an error.
func keep(f *forecast.Forecast) (store.KeptForecast, error) {
	if err := f.Check(); err != nil {
		return store.KeptForecast{}, err
	}
	k := store.KeptForecast{
		ID: f.ID, Event: string(f.Event), Kind: string(f.Population.Kind), Name: f.Population.Name, From: f.From, Until: f.Until, Of: f.Of, Content: f.Bytes(),
	}
	_, _ = rand.Read(k.Salt[:]) // never fails (crypto/rand)
	k.Seal = forecast.SealOf(k.Salt, k.Content)
	return k, nil
}
