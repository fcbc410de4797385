package forecasts

import (
	"context"
	"encoding/json"
	"maps"
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
	times []time.Time // of these feeds, in order
	last  time.Time   // not after now
}

// maxFeeds is how many bytes the names of feeds in a forecast's source of truth may have, with what stands between them.
const maxFeeds = 900

// nameable returns the feeds, in order of name, that a source of truth can name: as many as there is room for, without those in whose names it would
// see an end.
func nameable(all []store.OrderList) (feeds []string) {
	seen := make(map[string]bool)
	for i := range all {
		seen[all[i].Feed] = true
	}
	room := maxFeeds
	for _, name := range slices.Sorted(maps.Keys(seen)) {
		if room -= len(name) + len(feedSeparator); room < 0 {
			break
		}
		if !strings.Contains(name, strings.TrimSpace(feedSeparator)) {
			feeds = append(feeds, name)
		}
	}
	return feeds
}

// listsBy returns the lists until now of the feeds that can be named.
func (d *Desk) listsBy(ctx context.Context, now time.Time) (l lists, all []store.OrderList, err error) {
	all, err = d.Store.OrderLists(ctx, "")
	if err != nil {
		return l, nil, err
	}
	l.feeds = nameable(all)
	all = slices.DeleteFunc(all, func(o store.OrderList) bool { return o.At.After(now) || !slices.Contains(l.feeds, o.Feed) })
	for i := range all {
		l.times, l.last = append(l.times, all[i].At), all[i].At
	}
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
		if s.At.After(now) || !slices.Contains(l.feeds, s.Feed) {
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
			for _, host := range seawall.Spellings(sites[i].Host) {
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
			sector = d.Sectors.Of(s.Host)
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

// felt returns on which days outages that an event asks about began, for each population of a kind, since the first of its sites was watched.
func (d *Desk) felt(ctx context.Context, now time.Time, event forecast.Event, kind forecast.Kind, sites []store.Site) (map[string]*forecast.History, error) {
	names, began := make(map[string]string, len(sites)), make(map[string]time.Time)
	for i := range sites {
		name, added := d.populationOf(kind, &sites[i]), earlier(sites[i].Added, now)
		if name == "" {
			continue
		}
		names[sites[i].Host] = name
		if at, ok := began[name]; !ok || added.Before(at) {
			began[name] = added
		}
	}
	logs := make(map[string]*forecast.Log, len(began))
	first := now
	for name, at := range began {
		first = earlier(first, at)
		log := &forecast.Log{Of: func(entry string, yield func(population, host string)) { yield(entry, entry) }}
		for day := dayOf(at); day <= dayOf(now); day++ {
			if err := log.Lit(day); err != nil {
				return nil, err
			}
		}
		logs[name] = log
	}
	all, err := d.outages(ctx, first, now)
	if err != nil {
		return nil, err
	}
	for _, o := range all {
		name := names[o.site]
		if name == "" || o.Began.Before(began[name]) || event == forecast.DownLong && o.Least <= forecast.Long {
			continue
		}
		if err := logs[name].Name(dayOf(o.Began), name); err != nil {
			return nil, err
		}
	}
	histories := make(map[string]*forecast.History, len(logs))
	for name, log := range logs {
		if histories[name], err = log.History(); err != nil {
			return nil, err
		}
	}
	return histories, nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
