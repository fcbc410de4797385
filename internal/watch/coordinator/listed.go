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

// SetListed replaces what attack orders name, by host. Vantages are told of the hosts in the registrable domains that they ask, and of those to which
// sites there may redirect; call it before [Coordinator.SetSites], so that nobody is told of a site without it.
func (c *Coordinator) SetListed(all map[string]probe.Listed) {
	byDomain := make(map[string][]message.Listed)
	for _, l := range message.ListedOf(all) {
		name := probe.Site(l.Host, 0)
		byDomain[name] = append(byDomain[name], l)
	}
	for _, listed := range byDomain {
		if sizeOf(listed) <= listedRoom {
			continue
		}
		for i := range listed {
			listed[i] = listed[i].Short()
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.listed, c.dirty = byDomain, true
}

// listedFor returns what vantages that ask a domain are told of attack orders. The caller holds mu.
func (c *Coordinator) listedFor(x *domain) []message.Listed {
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
	var all []message.Listed
	for _, name := range slices.Compact(names) {
		all = append(all, c.listed[name]...)
	}
	return all
}

// listedIn returns what goes with an assignment of domains: each host once. The caller holds mu.
func (c *Coordinator) listedIn(told []domain) []message.Listed {
	var all []message.Listed
	for i := range told {
		all = append(all, c.listedFor(&told[i])...)
	}
	slices.SortFunc(all, func(a, b message.Listed) int { return strings.Compare(a.Host, b.Host) })
	return slices.CompactFunc(all, func(a, b message.Listed) bool { return a.Host == b.Host })
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
