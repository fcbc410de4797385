package coordinator

import (
	"net/url"
	"slices"
	"strings"

	"github.com/seawall-project/seawall/internal/watch/message"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// listedRoom is how many bytes may be said of the hosts of a domain before every path of them is meant.
const listedRoom = room / 16

// forbidden is what must not be asked in one registrable domain.
type forbidden struct {
	listed  []message.Listed
	optOuts []string
}

// SetRules replaces what must not be asked. Vantages are told of the hosts in the registrable domains that they ask, and of those to which sites
// there may redirect; call it before [Coordinator.SetSites], so that nobody is told of a site without it.
func (c *Coordinator) SetRules(r probe.Rules) {
	byDomain := make(map[string]forbidden)
	for _, l := range message.ListedOf(r.Listed) {
		name := probe.Site(l.Host, 0)
		f := byDomain[name]
		f.listed = append(f.listed, l)
		byDomain[name] = f
	}
	for _, f := range byDomain {
		if sizeOf(f.listed) <= listedRoom {
			continue
		}
		for i := range f.listed {
			f.listed[i] = f.listed[i].Short()
		}
	}
	for _, host := range slices.Sorted(slices.Values(r.OptOut)) {
		name := probe.Site(host, 0)
		f := byDomain[name]
		f.optOuts = append(f.optOuts, host)
		byDomain[name] = f
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rules, c.dirty = byDomain, true
}

// rulesFor returns what vantages that ask a domain are told not to. The caller holds mu.
func (c *Coordinator) rulesFor(x *domain) (all forbidden) {
	var names []string
	for _, s := range x.sites {
		if u, err := url.Parse(s.URL); err == nil {
			names = append(names, probe.Site(strings.ToLower(u.Hostname()), 0))
		}
		for _, h := range s.Hosts {
			names = append(names, probe.Site(h, 0))
		}
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		all.listed = append(all.listed, c.rules[name].listed...)
		for above := name; above != ""; _, above, _ = strings.Cut(above, ".") {
			all.optOuts = append(all.optOuts, c.rules[above].optOuts...) // whoever opts out of a public suffix does so for all below it
		}
	}
	return all
}

// shortFor returns the same with every path of each host that orders name, for an assignment that has no room for more: nothing but home pages is
// asked of these hosts then. The caller holds mu.
func (c *Coordinator) shortFor(x *domain) forbidden {
	all := c.rulesFor(x)
	for i := range all.listed {
		all.listed[i] = all.listed[i].Short()
	}
	return all
}

// rulesIn returns what goes with an assignment of domains: each host once.
func rulesIn(told []domain, rulesFor func(*domain) forbidden) (all forbidden) {
	for i := range told {
		f := rulesFor(&told[i])
		all.listed, all.optOuts = append(all.listed, f.listed...), append(all.optOuts, f.optOuts...)
	}
	slices.SortFunc(all.listed, func(a, b message.Listed) int { return strings.Compare(a.Host, b.Host) })
	all.listed = slices.CompactFunc(all.listed, func(a, b message.Listed) bool { return a.Host == b.Host })
	slices.Sort(all.optOuts)
	all.optOuts = slices.Compact(all.optOuts)
	return all
}

// size returns about how many bytes that takes.
func (f *forbidden) size() int {
	bytes := sizeOf(f.listed)
	for _, host := range f.optOuts {
		bytes += len(host) + 3
	}
	return bytes
}

// sizeOf returns about how many bytes that takes.
func sizeOf(all []message.Listed) (bytes int) {
	for _, l := range all {
		bytes += len(l.Host) + 7*len(l.Ports) + 40
		for _, p := range l.Paths {
			bytes += len(p) + 3
		}
	}
	return bytes
}
