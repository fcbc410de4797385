package coordinator

import (
	"slices"
	"strings"

	"github.com/seawall-project/seawall/internal/watch/message"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// Of what may be said of the hosts of a domain. What orders name beyond is not left open: it is said in fewer words, that mean more.
const (
	listedRoom  = room / 16 // bytes, before every path of each is meant
	listedHosts = 64        // before only home pages are asked of hosts that no site has
)

// forbidden is what must not be asked in one registrable domain.
type forbidden struct {
	listed   []message.Listed // in order of host
	homeOnly []string
	optOuts  []string
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
func (c *Coordinator) rulesFor(x *domain) forbidden { return c.rulesWithin(x, listedHosts) }

// shortFor returns the same in few words, for an assignment that has no room for more: nothing but home pages is asked of hosts that orders name, and of
// whole domains where they name several. The caller holds mu.
func (c *Coordinator) shortFor(x *domain) forbidden {
	all := c.rulesWithin(x, 1)
	all.listed = shortened(all.listed)
	return all
}

// rulesWithin returns what vantages that ask a domain are told not to. Where orders name more than most hosts of a registrable domain, vantages are told
// what is listed of those that sites have or may redirect to, and ask only home pages of any other. The caller holds mu.
func (c *Coordinator) rulesWithin(x *domain, most int) (all forbidden) {
	for name, hosts := range x.hosts() {
		f := c.rules[name]
		listed := f.listed
		if len(listed) > most {
			all.homeOnly = append(all.homeOnly, name)
			listed = f.of(hosts)
		}
		if sizeOf(listed) > listedRoom {
			listed = shortened(listed)
		}
		all.listed = append(all.listed, listed...)
		for above := name; above != ""; _, above, _ = strings.Cut(above, ".") {
			all.optOuts = append(all.optOuts, c.rules[above].optOuts...) // whoever opts out of a public suffix does so for all below it
		}
	}
	return all
}

// hosts returns the hosts that the sites have, or may redirect to, each once, by registrable domain.
func (x *domain) hosts() map[string][]string {
	all := make(map[string][]string)
	add := func(url string) {
		host := probe.Target{URL: url}.Host()
		name := probe.Site(host, 0)
		if host != "" && !slices.Contains(all[name], host) {
			all[name] = append(all[name], host)
		}
	}
	for _, s := range x.sites {
		add(s.URL)
		for _, h := range s.Hosts {
			add("https://" + h + "/")
		}
	}
	return all
}

// of returns what is listed of each of hosts, which may be nothing.
func (f *forbidden) of(hosts []string) []message.Listed {
	all := make([]message.Listed, len(hosts))
	for n, host := range hosts {
		all[n].Host = host
		if i, is := slices.BinarySearchFunc(f.listed, host, func(l message.Listed, host string) int { return strings.Compare(l.Host, host) }); is {
			all[n] = f.listed[i]
		}
	}
	return all
}

// shortened returns the same of every path of the hosts.
func shortened(listed []message.Listed) []message.Listed {
	all := make([]message.Listed, len(listed))
	for i, l := range listed {
		all[i] = l.Short()
	}
	return all
}

// rulesIn returns what goes with an assignment of domains: each host once.
func rulesIn(told []domain, rulesFor func(*domain) forbidden) (all forbidden) {
	for i := range told {
		f := rulesFor(&told[i])
		all.listed, all.homeOnly, all.optOuts = append(all.listed, f.listed...), append(all.homeOnly, f.homeOnly...), append(all.optOuts, f.optOuts...)
	}
	slices.SortStableFunc(all.listed, func(a, b message.Listed) int { return strings.Compare(a.Host, b.Host) })
	all.listed = slices.CompactFunc(all.listed, func(a, b message.Listed) bool { return a.Host == b.Host })
	all.homeOnly, all.optOuts = once(all.homeOnly), once(all.optOuts)
	return all
}

func once(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

// size returns about how many bytes that takes.
func (f *forbidden) size() int {
	bytes := sizeOf(f.listed)
	for _, host := range slices.Concat(f.homeOnly, f.optOuts) {
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
