package forecasts

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/forecast"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch"
)

// lists are those that a store knows.
type lists struct {
	feeds []string
	times []time.Time // of all feeds, in order
	last  time.Time   // not after now
}

// listsBy returns the lists of every feed until now.
func (d *Desk) listsBy(ctx context.Context, now time.Time) (l lists, all []store.OrderList, err error) {
	all, err = d.Store.OrderLists(ctx, "")
	if err != nil {
		return l, nil, err
	}
	all = slices.DeleteFunc(all, func(o store.OrderList) bool { return o.At.After(now) })
	for i := range all {
		l.times, l.last = append(l.times, all[i].At), all[i].At
		if !slices.Contains(l.feeds, all[i].Feed) {
			l.feeds = append(l.feeds, all[i].Feed)
		}
	}
	slices.Sort(l.feeds)
	return l, all, nil
}

// listed returns what lists in the store named until now, day by day, of the populations that of tells.
func (d *Desk) listed(ctx context.Context, now time.Time, of func(host string, yield func(population, host string))) (*forecast.History, lists, error) {
	l, all, err := d.listsBy(ctx, now)
	if err != nil {
		return nil, l, err
	}
	log := forecast.Log{Of: of}
	for i := range all {
		if all[i].Hosts > 0 {
			if err := log.Lit(dayOf(all[i].At)); err != nil {
				return nil, l, err
			}
		}
	}
	err = d.Store.Sightings(ctx, store.SightingFilter{}, func(s store.OrderSighting) error {
		if s.At.After(now) {
			return nil
		}
		return log.Name(dayOf(s.At), s.Host)
	})
	if err != nil {
		return nil, l, err
	}
	h, err := log.History()
	return h, l, err
}

// dayOf returns the day of a time, by the clock of the lists.
func dayOf(t time.Time) forecast.Day { return forecast.DayOf(t.In(zone())) }

// of returns what tells the population of a host that a list names.
func (d *Desk) of(kind forecast.Kind, sites []store.Site) func(host string, yield func(population, host string)) {
	switch kind {
	case forecast.OfSector:
		return func(host string, yield func(population, host string)) {
			if name := d.sectorOf(host); name != "" {
				yield(name, host)
			}
		}
	case forecast.OfSite:
		named := make(map[string]string)
		for i := range sites {
			bare := strings.TrimPrefix(sites[i].Host, "www.")
			for _, host := range []string{sites[i].Host, bare, "www." + bare} {
				named[host] = sites[i].Host
			}
		}
		return func(host string, yield func(population, host string)) {
			if site := named[host]; site != "" {
				yield(site, host)
			}
		}
	default:
		return nil // countries
	}
}

// watched returns the sites that are on the watch list.
func (d *Desk) watched(ctx context.Context) ([]store.Site, error) {
	all, err := d.Store.Sites(ctx)
	return slices.DeleteFunc(all, func(s store.Site) bool { return !s.Removed.IsZero() }), err
}

// populationOf returns the population of a watched site; "" where it has none of that kind.
func (d *Desk) populationOf(kind forecast.Kind, s *store.Site) string {
	country := seawall.CountryOf(s.Host)
	if country == "" {
		country = nameCountry(s.Country)
	}
	switch kind {
	case forecast.OfSite:
		return s.Host
	case forecast.OfCountry:
		return country
	default:
		sector := strings.Join(strings.Fields(strings.ToLower(s.Sector)), "-")
		if sector == "" {
			sector = d.sectors().Of(s.Host)
		}
		if sector == "" || country == "" {
			return ""
		}
		return country + "/" + sector
	}
}

// nameCountry returns a country of ISO 3166-1 as hosts end in it.
func nameCountry(iso string) string {
	if iso = strings.ToLower(iso); iso == "gb" {
		return "uk"
	}
	return iso
}

// outage is one of a site, as a quorum saw it.
type outage struct {
	site string // its host
	forecast.Outage
}

// outages returns those that began in [from, until), as far as a quorum saw them and they were not withdrawn.
func (d *Desk) outages(ctx context.Context, from, until time.Time) ([]outage, error) {
	incidents, err := d.Store.Incidents(ctx, store.IncidentFilter{Since: from, Until: until.Add(time.Hour)})
	if err != nil {
		return nil, err
	}
	var all []outage
	for i := range incidents {
		var what watch.Incident
		if json.Unmarshal(incidents[i].Doc, &what) != nil || what.Kind != watch.Outage || what.Phase == watch.Withdrawn {
			continue
		}
		for _, m := range what.Members {
			began := m.Start.Latest // the first vote that says so
			if m.Grade != watch.Confirmed || m.Phase == watch.Withdrawn || began.Before(from) || !began.Before(until) {
				continue
			}
			all = append(all, outage{m.Site, forecast.Outage{Began: began, Over: m.Phase == watch.Over || m.Phase == watch.Ending, Least: m.Total.Least, Most: m.Total.Most}})
		}
	}
	return all, nil
}

// felt returns on which days the outages that an event asks about began, of the populations of a kind, since the first of sites was watched.
func (d *Desk) felt(ctx context.Context, now time.Time, event forecast.Event, kind forecast.Kind, sites []store.Site) (*forecast.History, error) {
	log := forecast.Log{Of: func(entry string, yield func(population, host string)) { yield(entry, entry) }}
	names := make(map[string]string, len(sites))
	began := now
	for i := range sites {
		names[sites[i].Host] = d.populationOf(kind, &sites[i])
		if sites[i].Added.Before(began) {
			began = sites[i].Added
		}
	}
	for day := dayOf(began); day <= dayOf(now); day++ {
		if err := log.Lit(day); err != nil {
			return nil, err
		}
	}
	all, err := d.outages(ctx, began, now)
	if err != nil {
		return nil, err
	}
	for _, o := range all {
		if name := names[o.site]; name != "" && (event == forecast.Affected || o.Least > forecast.Long) {
			if err := log.Name(dayOf(o.Began), name); err != nil {
				return nil, err
			}
		}
	}
	return log.History()
}
