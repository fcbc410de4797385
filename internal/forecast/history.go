package forecast

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// MaxDays is the longest history, from its first list to its last. MaxHosts is how many hosts of one country are told apart on one day.
const (
	MaxDays  = 20_000
	MaxHosts = 10_000
)

// ErrNoLists says that there is no list to learn from.
var ErrNoLists = errors.New("no list names a host")

// History is what was listed on each day from day 0, the day of the first list that names a host, to the day of the last list. A day without
// any list is dark: nothing was listed, and it is a day like others.
type History struct {
	First, Last Day
	days        []dayRecord // days[i] is day First+i
}

// dayRecord is one day.
type dayRecord struct {
	lists  int
	listed map[string]int // hosts told apart, of every country that was listed
}

// Lit reports whether there was a list on the day.
func (h *History) Lit(d Day) bool { return h.within(d) && h.days[d-h.First].lists > 0 }

// Listed reports whether a host of the country was listed on the day.
func (h *History) Listed(country string, d Day) bool { return h.Hosts(country, d) > 0 }

// Hosts returns how many hosts of the country were listed on the day.
func (h *History) Hosts(country string, d Day) int {
	if !h.within(d) {
		return 0
	}
	return h.days[d-h.First].listed[country]
}

// Countries returns every country that was listed at any time, in order.
func (h *History) Countries() []string {
	seen := make(map[string]bool)
	for i := range h.days {
		for c := range h.days[i].listed {
			seen[c] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// Until returns the history as it was known at the end of the day: nothing later is in it.
func (h *History) Until(d Day) *History {
	d = min(d, h.Last)
	return &History{First: h.First, Last: d, days: h.days[:max(0, int(d-h.First)+1)]}
}

func (h *History) within(d Day) bool { return d >= h.First && d <= h.Last }

// Log gathers lists, in any order, into a [History]. Its zero value is ready; it is not safe for concurrent use.
type Log struct {
	// Of calls yield with each population that a list's entry belongs to, and the host it names. Nil means [Countries]; the history's countries are
	// those populations then, whatever they are.
	Of   func(entry string, yield func(population, host string))
	days map[Day]*logDay
}

type logDay struct {
	lists int
	hosts map[string]map[string]struct{} // of each country
}

// List notes a list of the day and the entries that it names. A list that was noted before may be noted again: it counts on its own day. A list
// that names nothing is ignored, as if there had been none.
func (l *Log) List(d Day, entries []string) error {
	if len(entries) == 0 {
		return nil
	}
	day, err := l.day(d)
	if err != nil {
		return err
	}
	day.lists++
	for _, entry := range entries {
		l.name(day, entry)
	}
	return nil
}

// Lit notes that there was a list on the day.
func (l *Log) Lit(d Day) error {
	day, err := l.day(d)
	if err == nil {
		day.lists++
	}
	return err
}

// Name notes an entry of a list of the day, which is lit by it if nothing else was noted of it.
func (l *Log) Name(d Day, entry string) error {
	day, err := l.day(d)
	if err != nil {
		return err
	}
	day.lists = max(day.lists, 1)
	l.name(day, entry)
	return nil
}

func (l *Log) name(day *logDay, entry string) {
	if l.Of == nil {
		Countries(entry, day.add)
		return
	}
	l.Of(entry, day.add)
}

// day returns what is noted of a day.
func (l *Log) day(d Day) (*logDay, error) {
	if l.days == nil {
		l.days = make(map[Day]*logDay)
	}
	if l.days[d] == nil {
		if len(l.days) >= MaxDays {
			return nil, fmt.Errorf("lists of more than %d days", MaxDays)
		}
		l.days[d] = &logDay{hosts: make(map[string]map[string]struct{})}
	}
	return l.days[d], nil
}

// History returns what was noted so far, or [ErrNoLists], or an error when first and last list lie more than [MaxDays] apart.
func (l *Log) History() (*History, error) {
	if len(l.days) == 0 {
		return nil, ErrNoLists
	}
	noted := slices.Sorted(maps.Keys(l.days))
	first, last := noted[0], noted[len(noted)-1]
	if last-first >= MaxDays {
		return nil, fmt.Errorf("lists from %s to %s: more than %d days", first, last, MaxDays)
	}
	h := &History{First: first, Last: last, days: make([]dayRecord, last-first+1)}
	for d, noted := range l.days {
		record := dayRecord{lists: noted.lists, listed: make(map[string]int, len(noted.hosts))}
		for country, hosts := range noted.hosts {
			record.listed[country] = len(hosts)
		}
		h.days[d-first] = record
	}
	return h, nil
}

func (d *logDay) add(country, host string) {
	hosts := d.hosts[country]
	if hosts == nil {
		hosts = make(map[string]struct{})
		d.hosts[country] = hosts
	}
	if len(hosts) < MaxHosts {
		hosts[host] = struct{}{}
	}
}
