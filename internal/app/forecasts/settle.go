package forecasts

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/forecast"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch"
)

// Resolved is what became of forecasts whose window is over.
type Resolved struct {
	Came         int     `json:"came"`
	DidNotCome   int     `json:"did_not_come"`
	Unresolvable int     `json:"unresolvable"`
	Waiting      int     `json:"waiting"` // over, and not to be settled yet
	Forecasts    []Shown `json:"forecasts"`
}

// resolve does [Resolve]: it settles what is due by the rule, and nobody can settle it otherwise.
func (d *Desk) resolve(ctx context.Context, _ struct{}) (Resolved, error) {
	now := d.Now().UTC()
	out := Resolved{Forecasts: []Shown{}}
	due, err := d.Store.Forecasts(ctx, store.ForecastFilter{Open: true, Over: now})
	if err != nil {
		return out, err
	}
	s := seer{desk: d, now: now, windows: make(map[string]forecast.Seen)}
	var settled []store.Resolution
	for i := range due {
		k := &due[i]
		r, ok, err := s.settle(ctx, k)
		switch {
		case err != nil:
			return out, fmt.Errorf("forecast %s: %w", k.ID, err)
		case !ok:
			out.Waiting++
			continue
		case r.Outcome == forecast.Came:
			out.Came++
		case r.Outcome == forecast.DidNotCome:
			out.DidNotCome++
		default:
			out.Unresolvable++
		}
		k.Resolution = &store.Resolution{Forecast: k.ID, At: now, Outcome: string(r.Outcome), Why: r.Why}
		settled = append(settled, *k.Resolution)
		out.Forecasts = append(out.Forecasts, shownOf(k))
	}
	if len(settled) == 0 {
		return out, nil
	}
	return out, d.Ledger.ResolveForecasts(ctx, settled)
}

// seer finds out what windows have seen, each once.
type seer struct {
	desk    *Desk
	now     time.Time
	windows map[string]forecast.Seen
	sites   []store.Site // nil until they are wanted
}

func (s *seer) settle(ctx context.Context, k *store.KeptForecast) (forecast.Resolution, bool, error) {
	f, err := forecast.Parse(k.Content)
	if err != nil {
		return forecast.Resolution{Outcome: forecast.Unresolvable, Why: "what was sealed cannot be read"}, true, nil //nolint:nilerr // it is what became of it
	}
	if s.now.Before(f.Until.Add(forecast.Grace)) {
		return forecast.Resolution{}, false, nil
	}
	seen, err := s.seen(ctx, &f)
	if err != nil {
		return forecast.Resolution{}, false, err
	}
	r, ok := f.Resolve(s.now, seen)
	return r, ok, nil
}

// seen returns what its source of truth says of the window of a forecast.
func (s *seer) seen(ctx context.Context, f *forecast.Forecast) (forecast.Seen, error) {
	if s.sites == nil {
		all, err := s.desk.Store.Sites(ctx)
		if err != nil {
			return forecast.Seen{}, err
		}
		s.sites = all
	}
	key := strings.Join([]string{string(f.Event), string(f.Population.Kind), f.Population.Name, f.From.String(), f.Until.String(), f.Source}, "\n")
	if seen, ok := s.windows[key]; ok {
		return seen, nil
	}
	if f.Event != forecast.Listed {
		seen, err := s.felt(ctx, f)
		s.windows[key] = seen
		return seen, err
	}
	if err := s.listed(ctx, f); err != nil {
		return forecast.Seen{}, err
	}
	seen, ok := s.windows[key]
	if !ok { // nobody of the population was named
		seen = forecast.Seen{Lists: s.windows[listsKey(f)].Lists}
	}
	return seen, nil
}

// feedsOf returns the feeds whose lists settle a forecast of [forecast.Listed].
func feedsOf(f *forecast.Forecast) []string {
	return strings.Split(strings.TrimPrefix(f.Source, sourcePrefix), feedSeparator)
}

func listsKey(f *forecast.Forecast) string {
	return strings.Join([]string{"lists", string(f.Population.Kind), f.From.String(), f.Until.String(), f.Source}, "\n")
}

// listed reads the lists of a window once, for all populations of a kind.
func (s *seer) listed(ctx context.Context, f *forecast.Forecast) error {
	if _, ok := s.windows[listsKey(f)]; ok {
		return nil
	}
	feeds := feedsOf(f)
	lists, err := s.desk.Store.OrderLists(ctx, "")
	if err != nil {
		return err
	}
	var times []time.Time
	for i := range lists {
		if slices.Contains(feeds, lists[i].Feed) {
			times = append(times, lists[i].At)
		}
	}
	named := make(map[string][]time.Time)
	of := s.desk.of(f.Population.Kind, s.sites)
	if of == nil {
		of = forecast.Countries
	}
	err = s.desk.Store.Sightings(ctx, store.SightingFilter{Since: f.From, Until: f.Until}, func(x store.OrderSighting) error {
		if slices.Contains(feeds, x.Feed) {
			of(x.Host, func(population, _ string) { named[population] = append(named[population], x.At) })
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.windows[listsKey(f)] = forecast.Seen{Lists: times}
	for name, at := range named {
		key := strings.Join([]string{string(f.Event), string(f.Population.Kind), name, f.From.String(), f.Until.String(), f.Source}, "\n")
		s.windows[key] = forecast.Seen{Lists: times, Sightings: at}
	}
	return nil
}

// felt returns the outages of the population's sites, and how much of the window was measured of them on average.
func (s *seer) felt(ctx context.Context, f *forecast.Forecast) (seen forecast.Seen, err error) {
	outages, err := s.desk.outages(ctx, f.From, f.Until)
	if err != nil {
		return seen, err
	}
	healthy, err := s.healthy(ctx, f.From, f.Until)
	if err != nil {
		return seen, err
	}
	n := 0
	for i := range s.sites {
		site := &s.sites[i]
		if s.desk.populationOf(f.Population.Kind, site) != f.Population.Name || site.Added.After(f.From) || !site.Removed.IsZero() && site.Removed.Before(f.From) {
			continue
		}
		buckets, err := s.desk.Store.Rollups(ctx, store.Range{Site: site.ID, From: f.From, To: f.Until})
		if err != nil {
			return seen, err
		}
		n++
		seen.Coverage += coverage(buckets, healthy, f.Until.Sub(f.From))
		for _, o := range outages {
			if o.site == site.Host {
				seen.Outages = append(seen.Outages, o.Outage)
			}
		}
	}
	if n > 0 {
		seen.Coverage /= float64(n)
	}
	return seen, nil
}

// quorum is how many vantages it takes to say anything.
const quorum = 2

// coverage returns the share of a window in which results came from a quorum of places, as many of which could be trusted.
func coverage(buckets []store.Rollup, healthy func(t time.Time) int, window time.Duration) float64 {
	n := 0
	for i := range buckets {
		if buckets[i].Vantages >= quorum && healthy(buckets[i].From) >= quorum {
			n++
		}
	}
	return float64(n) * float64(store.Bucket) / float64(window)
}

// healthy returns what tells how many vantages could be trusted at a time of the window.
func (s *seer) healthy(ctx context.Context, from, until time.Time) (func(t time.Time) int, error) {
	history, err := s.desk.Store.HealthHistory(ctx, "", from, until)
	if err != nil {
		return nil, err
	}
	counts := make([]int, len(history)+1) // counts[i] is after i entries
	now := make(map[string]bool)
	for i := range history {
		was, is := now[history[i].Vantage], history[i].Health == watch.Healthy.String()
		now[history[i].Vantage] = is
		counts[i+1] = counts[i]
		switch {
		case is && !was:
			counts[i+1]++
		case was && !is:
			counts[i+1]--
		}
	}
	return func(t time.Time) int {
		return counts[sort.Search(len(history), func(i int) bool { return history[i].At.After(t) })]
	}, nil
}

// Scoring says what is scored.
type Scoring struct {
	Public bool `json:"public,omitempty"` // leave single sites out
}

// Scored is how well was forecast. Forecasts of neighbouring days share most of their windows, so their number says more than it should.
type Scored struct {
	Forecasts int                 `json:"forecasts"`
	Standings []forecast.Standing `json:"standings"`
}

// score does [Score]. Each seal and each resolution is compared with the ledger; what does not hold is counted, and not scored.
func (d *Desk) score(ctx context.Context, in Scoring) (Scored, error) {
	all, err := d.Store.Forecasts(ctx, store.ForecastFilter{})
	if err != nil {
		return Scored{}, err
	}
	if in.Public {
		all = slices.DeleteFunc(all, func(k store.KeptForecast) bool { return k.Kind == string(forecast.OfSite) })
	}
	return d.scored(ctx, all)
}

// scored scores these.
func (d *Desk) scored(ctx context.Context, all []store.KeptForecast) (Scored, error) {
	n, err := d.newNotary(ctx)
	if err != nil {
		return Scored{}, err
	}
	settled := make([]forecast.Settled, 0, len(all))
	for i := range all {
		s, _ := n.settled(&all[i])
		settled = append(settled, s)
	}
	return Scored{len(settled), forecast.Score(settled)}, nil
}
