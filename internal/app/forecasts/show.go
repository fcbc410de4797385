package forecasts

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/forecast"
	"github.com/seawall-project/seawall/internal/report/estimate"
	"github.com/seawall-project/seawall/internal/store"
)

// Naming says which forecasts are shown: one, or with "" those whose window is not over.
type Naming struct {
	ID     string `json:"id,omitempty"`
	All    bool   `json:"all,omitempty"`    // those whose window is over, too
	Public bool   `json:"public,omitempty"` // only those that may be published
	Limit  int    `json:"limit,omitempty"`  // 0 for all
}

// Shown is a forecast for a person.
type Shown struct {
	ID          string              `json:"id"`
	Event       forecast.Event      `json:"event"`
	Population  forecast.Population `json:"population"`
	From        time.Time           `json:"from"`
	Until       time.Time           `json:"until"`
	Source      string              `json:"source"`
	Deadline    time.Time           `json:"deadline"`
	Probability float64             `json:"probability"`
	Low         float64             `json:"low"`
	High        float64             `json:"high"`
	Reference   float64             `json:"reference"`
	Words       []estimate.Word     `json:"words"`
	By          string              `json:"by"`
	Of          string              `json:"of,omitempty"` // the forecast that it stands beside
	Reason      string              `json:"reason,omitempty"`
	Note        string              `json:"note,omitempty"`
	Made        time.Time           `json:"made"`
	Known       time.Time           `json:"known"`
	Statement   []string            `json:"statement"`

	Sealed  *time.Time `json:"sealed"`         // null when it was only said, and then it has neither entry nor seal
	Entry   uint64     `json:"entry"`          // of the ledger
	Seal    string     `json:"seal,omitempty"` // hexadecimal
	Salt    string     `json:"salt,omitempty"` // hexadecimal
	Content string     `json:"content"`        // what is sealed, see docs/formats/forecast.md
	Public  bool       `json:"public"`

	Outcome  *forecast.Outcome `json:"outcome"` // null while it is open
	Why      string            `json:"why,omitempty"`
	Resolved *time.Time        `json:"resolved"`
}

// show does [Show], the latest sealed first.
func (d *Desk) show(ctx context.Context, in Naming) ([]Shown, error) {
	shown := []Shown{}
	if in.ID != "" {
		k, err := d.named(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		if in.Public && k.Kind == string(forecast.OfSite) {
			return nil, desk.Refuse("%s is about one site: it is for its owner and the authority, and not published", in.ID)
		}
		return append(shown, shownOf(&k)), nil
	}
	f := store.ForecastFilter{Limit: in.Limit}
	if !in.All {
		f.Since = d.Now()
	}
	if in.Public {
		f.Limit = 0 // what is left out does not count
	}
	all, err := d.Store.Forecasts(ctx, f)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if in.Public && all[i].Kind == string(forecast.OfSite) || in.Limit > 0 && len(shown) == in.Limit {
			continue
		}
		shown = append(shown, shownOf(&all[i]))
	}
	return shown, nil
}

func (d *Desk) named(ctx context.Context, id string) (store.KeptForecast, error) {
	k, err := d.Store.Forecast(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return k, desk.Refuse("no forecast is called %.80q; \"seawall forecast show --all\" shows all", id)
	}
	return k, err
}

// shownOf returns a forecast for a person. What the store has changed cannot be read, and is shown so.
func shownOf(k *store.KeptForecast) Shown {
	f, err := forecast.Parse(k.Content)
	if err != nil {
		f = forecast.Forecast{
			ID: k.ID, Event: forecast.Event(k.Event), Population: forecast.Population{Kind: forecast.Kind(k.Kind), Name: k.Name}, From: k.From, Until: k.Until,
			Note: "what was sealed cannot be read: " + err.Error(),
		}
	}
	s := Shown{
		ID: f.ID, Event: f.Event, Population: f.Population, From: f.From, Until: f.Until, Source: f.Source, Deadline: f.Deadline,
		Probability: f.Probability, Low: f.Low, High: f.High, Reference: f.Reference, Words: estimate.Words(f.Probability), By: f.By.String(), Of: f.Of,
		Reason: f.Reason, Note: f.Note, Made: f.Made, Known: f.Known, Statement: statement(&f),
		Content: string(k.Content), Public: f.Population.Public(),
	}
	if !k.Sealed.IsZero() {
		s.Sealed, s.Entry, s.Seal, s.Salt = &k.Sealed, k.Entry, forecast.Seal(k.Seal).String(), hex.EncodeToString(k.Salt[:])
	}
	if r := k.Resolution; r != nil {
		outcome := forecast.Outcome(r.Outcome)
		s.Outcome, s.Why, s.Resolved = &outcome, r.Why, &r.At
	}
	return s
}

// statement says a forecast in sentences. How likely it is and how much the probability itself can be relied on stand in sentences of their own.
func statement(f *forecast.Forecast) []string {
	w := estimate.ICD203.Of(f.Probability)
	said := fmt.Sprintf("That from %s until %s %s (%s) has a probability of %.1f %%: %s.", f.From.Format(time.RFC3339), f.Until.Format(time.RFC3339),
		f.Event.Words(), f.Population, 100*f.Probability, w)
	how := "Confidence in this is low: it is a base rate."
	switch {
	case f.By.Kind == forecast.Analyst:
		how = "Confidence in this is not stated: it is a judgement."
	case f.By.Name != forecast.BaseRate && f.Population.Kind == forecast.OfCountry:
		how = "Confidence in this is moderate: the model was tested on lists that it did not learn from."
	case f.By.Name != forecast.BaseRate:
		how = "Confidence in this is low: the model was not tested on such populations."
	}
	return []string{said, how}
}

// Overriding is an analyst's own answer to a question that a model has answered.
type Overriding struct {
	ID          string  `json:"id"` // of the model's
	Probability float64 `json:"probability"`
	Role        string  `json:"role"`
	Reason      string  `json:"reason,omitempty"`
}

// roles are what an analyst may be called: words, so that no person is named.
var roles = regexp.MustCompile(`^[a-z][a-z-]{0,15}$`)

// override does [Override]. It is sealed and scored beside the model's, which stands.
func (d *Desk) override(ctx context.Context, in Overriding) (Shown, error) {
	k, err := d.named(ctx, in.ID)
	if err != nil {
		return Shown{}, err
	}
	f, err := forecast.Parse(k.Content)
	switch {
	case err != nil:
		return Shown{}, fmt.Errorf("forecast %s: %w", in.ID, err)
	case f.By.Kind != forecast.Model:
		return Shown{}, desk.Refuse("%s is an analyst's already; name the model's, %s", f.ID, f.Of)
	case !roles.MatchString(in.Role):
		return Shown{}, desk.Refuse("a role is a word such as analyst or duty-officer, of up to 16 small letters, and no person's name")
	case !(in.Probability >= 0 && in.Probability <= 1):
		return Shown{}, desk.Refuse("a probability is a number from 0 to 1")
	}
	now := d.Now().UTC()
	if !now.Before(f.From) {
		return Shown{}, desk.Refuse("the window of %s opened at %s: what is said now is not scored, and so not taken", f.ID, f.From.Format(time.RFC3339))
	}
	own := f
	own.ID, own.Of, own.By = f.ID+"-"+in.Role, f.ID, forecast.By{Kind: forecast.Analyst, Name: in.Role}
	own.Probability, own.Low, own.High, own.Reason, own.Note, own.Made = in.Probability, in.Probability, in.Probability, in.Reason, "", now
	own = own.Rounded()
	if _, err := d.Store.Forecast(ctx, own.ID); err == nil {
		return Shown{}, desk.Refuse("%s is sealed already: it never changes", own.ID)
	} else if !errors.Is(err, store.ErrNotFound) {
		return Shown{}, err
	}
	kept, err := keep(&own)
	if err != nil {
		return Shown{}, desk.Refuse("%v", err)
	}
	all := []store.KeptForecast{kept}
	if err := d.Ledger.SealForecasts(ctx, all); err != nil {
		return Shown{}, err
	}
	return shownOf(&all[0]), nil
}
