package orders

import (
	"context"
	"slices"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/intel"
	"github.com/seawall-project/seawall/internal/store"
)

// Mates are the hosts that were listed together with one, in numbers: they are victims, too. See [intel.MatesOf].
type Mates struct {
	Hosts     int            `json:"hosts"`
	Listed    int            `json:"listed"`    // of them, those that are listed now
	Sectors   map[string]int `json:"sectors"`   // sector → hosts; "" for those of which it is not known
	Countries map[string]int `json:"countries"` // as names end → hosts; "" for those that do not say
}

// grades are in order of what they ask of people.
var grades = []intel.Grade{intel.Named, intel.Near, intel.Pattern}

// around fills in what other listings say of a host: how many are near, who was listed together with it, and what grade that gives now. What
// shares its address does not count here, for nobody looks a name up.
func (d *Desk) around(ctx context.Context, h *HostShown) error {
	all, err := Load(ctx, d.Store, store.SightingFilter{}, Bare)
	if err != nil {
		return err
	}
	hosts := hostsOf(h.Host, nil)
	watched := []intel.Watched{{Site: h.Host, Host: h.Host, Aliases: hosts}}
	mates := intel.MatesOf(hosts, all)
	matcher, company := intel.NewMatcher(watched, mates), make(map[string]bool)
	for _, of := range mates {
		for host, is := range of {
			if is && !slices.Contains(watched[0].Aliases, host) {
				company[host] = false
			}
		}
	}
	domain, near := intel.Registrable(h.Host), make(map[string]bool)
	for i := range all {
		l := &all[i]
		if l.Host != h.Host && domain != "" && intel.Registrable(l.Host) == domain {
			near[l.Host] = true
		}
		if !isCurrent(l, d.Now()) {
			continue
		}
		if _, ok := company[l.Host]; ok {
			company[l.Host] = true
		}
		for _, w := range matcher.Match(intel.Listed{Listing: l}) {
			if h.Grade == "" || slices.Index(grades, w.Grade) < slices.Index(grades, intel.Grade(h.Grade)) {
				h.Grade, h.Why = string(w.Grade), w.Why
			}
		}
	}
	h.Near, h.Mates = len(near), d.count(company)
	return nil
}

// count counts hosts, of which is said whether they are listed now.
func (d *Desk) count(company map[string]bool) Mates {
	m := Mates{Hosts: len(company), Sectors: map[string]int{}, Countries: map[string]int{}}
	for host, now := range company {
		m.Sectors[d.Sectors.Of(host)]++
		m.Countries[seawall.CountryOf(host)]++
		if now {
			m.Listed++
		}
	}
	return m
}
