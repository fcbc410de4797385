package readiness

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/app/forecasts"
	"github.com/seawall-project/seawall/internal/app/orders"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/forecast"
	"github.com/seawall-project/seawall/internal/intel"
	"github.com/seawall-project/seawall/internal/ready"
	"github.com/seawall-project/seawall/internal/store"
)

// furthest is how far ahead the day may lie.
const furthest = 366 * 24 * time.Hour

// look does [Look].
func (d *Desk) look(ctx context.Context, in Asking) (Report, error) {
	now := d.Now().UTC()
	if !in.Until.After(now) || in.Until.Sub(now) > furthest {
		return Report{}, desk.Refuse("%s is no day to come within a year", in.Until.Format(time.DateOnly))
	}
	r := Report{Until: in.Until, Hints: []forecast.Hint{}, Findings: []Finding{}, Named: []Named{}}
	sites, err := d.Store.Sites(ctx)
	if err != nil {
		return r, err
	}
	sites = slices.DeleteFunc(sites, func(s store.Site) bool { return !s.Removed.IsZero() })
	if r.Calendar, err = forecasts.CalendarOut.Ask(ctx, desk.Here(d.Forecasts), forecasts.Span{From: now, Until: in.Until}); err != nil {
		return r, err
	}
	for _, look := range []func(ctx context.Context, r *Report, sites []store.Site, in *Asking) error{
		d.outlook, d.named, d.hints, d.watched, d.vantages, d.messages, d.backup,
	} {
		if err := look(ctx, &r, sites, &in); err != nil {
			return r, err
		}
	}
	return r, nil
}

func (r *Report) find(level ready.Level, about, text, remedy string) {
	r.Findings = append(r.Findings, Finding{Level: level, About: about, Text: text, Remedy: remedy})
}

// outlook says what a forecast would say now of the countries of the sites, without sealing it.
func (d *Desk) outlook(ctx context.Context, r *Report, sites []store.Site, _ *Asking) error {
	out, err := forecasts.Say.Ask(ctx, desk.Here(d.Forecasts), forecasts.Asking{Unkept: true})
	if errors.Is(err, control.ErrRefused) {
		r.find(ready.Unknown, "outlook", "nothing can be said of days to come: "+reason(err), "import lists of attack orders, or follow a feed of them")
		return nil
	}
	if err != nil {
		return err
	}
	if out.Model == forecast.BaseRate {
		r.find(ready.Unknown, "outlook", "no model speaks: "+out.Note, "import the lists that are missing")
	}
	countries := make(map[string]bool)
	for i := range sites {
		countries[seawall.CountryOf(sites[i].Host)] = true
	}
	if len(sites) > 0 {
		out.Forecasts = slices.DeleteFunc(out.Forecasts, func(f forecasts.Shown) bool { return !countries[f.Population.Name] })
	}
	r.Outlook = &out
	return nil
}

// reason returns what was refused, without the word for it.
func reason(err error) string {
	_, text, ok := strings.Cut(err.Error(), control.ErrRefused.Error()+": ")
	if !ok {
		return err.Error()
	}
	return text
}

// named finds the sites that lists have named, and what could be made of that; and those whose former company is listed now.
func (d *Desk) named(ctx context.Context, r *Report, sites []store.Site, _ *Asking) error {
	all, err := orders.Load(ctx, d.Store, store.SightingFilter{}, orders.Bare)
	if err != nil {
		return err
	}
	watched := make([]intel.Watched, len(sites))
	var hosts []string
	others, err := d.Orders.Others(ctx)
	if err != nil {
		return err
	}
	for i := range sites {
		watched[i] = orders.WatchedSite(&sites[i], nil, others[sites[i].Host]...)
		hosts = append(hosts, watched[i].Aliases...)
	}
	slices.Sort(hosts)
	matcher := intel.NewMatcher(watched, intel.MatesOf(slices.Compact(hosts), all))
	found := make(map[string]*Named)
	company := make(map[string]bool)
	now := d.Now()
	for i := range all {
		for _, w := range matcher.Match(intel.Listed{Listing: &all[i]}) {
			switch w.Grade {
			case intel.Named:
				if found[w.Site] == nil {
					found[w.Site] = &Named{Site: w.Site}
				}
				n := found[w.Site]
				n.Times, n.Last = n.Times+1, later(n.Last, all[i].Last)
			case intel.Pattern:
				company[w.Site] = company[w.Site] || now.Sub(all[i].Last) <= seawall.ListingGap
			default: // what is only like it says nothing of days to come
			}
		}
	}
	for i := range sites {
		if n := found[sites[i].Host]; n != nil {
			if err := d.remembered(ctx, r, n); err != nil {
				return err
			}
		}
		if company[sites[i].Host] {
			r.find(ready.Act, sites[i].Host, "hosts that were listed together with it before are listed now; such lists come without warning", "see to it that its people can be reached")
		}
	}
	return nil
}

// remembered notes a site that was named, and how many drafts can be made of that.
func (d *Desk) remembered(ctx context.Context, r *Report, n *Named) error {
	drafts, err := orders.Prepare.Ask(ctx, desk.Here(d.Orders), orders.AskingHost{Host: n.Site})
	if err != nil {
		return err
	}
	n.Drafts = len(drafts)
	r.Named = append(r.Named, *n)
	r.find(ready.Act, n.Site, fmt.Sprintf("lists have named it %d times, last on %s; drafts can be made of what was aimed at it: %d",
		n.Times, n.Last.UTC().Format(time.DateOnly), n.Drafts), "seawall rules prepare, where its edge runs, and seawall rules list")
	return nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// hints says what the outlook means for each site.
func (d *Desk) hints(_ context.Context, r *Report, sites []store.Site, _ *Asking) error {
	chance := make(map[string]float64)
	if r.Outlook != nil {
		for i := range r.Outlook.Forecasts {
			chance[r.Outlook.Forecasts[i].Population.Name] = r.Outlook.Forecasts[i].Probability
		}
	}
	for i := range sites {
		country := seawall.CountryOf(sites[i].Host)
		a := forecast.Ahead{Probability: chance[country]}
		a.Election = slices.ContainsFunc(r.Calendar, func(e forecasts.Dated) bool { return e.Election && e.Country == country && country != "" })
		if at := slices.IndexFunc(r.Named, func(n Named) bool { return n.Site == sites[i].Host }); at >= 0 {
			a.Named = r.Named[at].Last
		}
		if h := forecast.Posture(sites[i].Host, d.Now(), a); h.Level != forecast.Calm {
			r.Hints = append(r.Hints, h)
		}
	}
	slices.SortStableFunc(r.Hints, func(a, b forecast.Hint) int { return strings.Compare(string(a.Level), string(b.Level)) }) // "high" before "raised"
	return nil
}

// watched looks at what is known of the sites' people.
func (d *Desk) watched(_ context.Context, r *Report, sites []store.Site, _ *Asking) error {
	var alone, paused []string
	for i := range sites {
		if len(sites[i].Contacts) == 0 {
			alone = append(alone, sites[i].Name)
		}
		if sites[i].Paused {
			paused = append(paused, sites[i].Name)
		}
	}
	switch {
	case len(sites) == 0:
		r.find(ready.Act, "watch list", "no site is watched", "seawall watch add, for each site that matters")
	case len(alone) == 0:
		r.find(ready.Good, "contacts", fmt.Sprintf("there are contacts for each of %d sites", len(sites)), "")
	default:
		r.find(ready.Act, "contacts", fmt.Sprintf("%d of %d sites have nobody to tell: %s", len(alone), len(sites), some(alone)), "seawall watch add URL --contacts, for each")
	}
	if len(paused) > 0 {
		r.find(ready.Act, "watch list", fmt.Sprintf("%d sites are paused, and not measured: %s", len(paused), some(paused)), "seawall watch pause SITE --off, for each")
	}
	return nil
}

// most is how many names stand in a finding.
const most = 10

func some(names []string) string {
	if n := len(names) - most; n > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), n)
	}
	return strings.Join(names, ", ")
}
