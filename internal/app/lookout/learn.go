package lookout

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
	"github.com/seawall-project/seawall/internal/watch/reference"
)

// learned is what is known of a host beside how it answers, for the machine to know what sites share.
type learned struct {
	addresses []netip.Addr
	cname     string    // the name that it is another name for
	servers   []string  // of its domain's zone
	asked     time.Time // when these were asked for
	at        time.Time // of the last probe that showed an address
	page      reference.Reference
}

// traits are what is kept of a host beside its addresses.
type traits struct {
	CNAME   string    `json:"cname,omitempty"`
	Servers []string  `json:"name_servers,omitempty"`
	Asked   time.Time `json:"asked,omitzero"`

	Page reference.Reference `json:"page,omitzero"`
}

// addressesMost is how many addresses of one host are remembered, the latest.
const addressesMost = 8

// learn notes what a probe showed of a host. Which other name it has may differ by where it is asked: this place's answer goes before those from
// elsewhere. The caller holds mu.
func (l *Lookout) learn(host string, r *probe.Result) {
	if !r.Address.IsValid() {
		return
	}
	k := l.learned[host]
	k.at = r.At
	if !slices.Contains(k.addresses, r.Address) {
		k.addresses = append(k.addresses, r.Address)
		k.addresses = slices.Clone(k.addresses[max(0, len(k.addresses)-addressesMost):])
		l.unlearnt = true
	}
	if name := r.Evidence.CNAME; name != k.cname && (r.Vantage == l.Vantage.Name || k.cname == "") {
		k.cname = name
		l.unlearnt = true
	}
	l.learned[host] = k
}

// siteOf returns what the machine is told of a site. The caller holds mu.
func (l *Lookout) siteOf(host string, s store.Site) watch.Site {
	k := l.learned[host]
	return watch.Site{
		Name: host, Home: s.Country, Addresses: k.addresses, CNAME: k.cname, NameServers: k.servers, Provider: l.providerOf(k.addresses),
	}
}

// providerOf returns who runs the network of the latest of these addresses of which that is known; "" when it is of none.
func (l *Lookout) providerOf(addrs []netip.Addr) string {
	if l.Provider == nil {
		return ""
	}
	for _, a := range slices.Backward(addrs) {
		if name := l.Provider(a); name != "" {
			return name
		}
	}
	return ""
}

// traits returns what was learned beside addresses, in the form in which it is kept. The caller holds mu.
func (l *Lookout) traits() map[string]traits {
	all := make(map[string]traits, len(l.learned))
	for host, k := range l.learned {
		if _, ok := l.sites[host]; ok {
			all[host] = traits{k.cname, k.servers, k.asked, k.page}
		}
	}
	return all
}

// Of asking for name servers. A domain is asked about once a day at most, and a few are at a time.
const (
	serversEvery = 24 * time.Hour
	serversRetry = time.Hour // when nothing came of it
	serversTurn  = 10 * time.Second
	serversMost  = 5 // domains in a turn
)

// watchServers asks for the name servers of the domains that are watched, until ctx ends.
func (l *Lookout) watchServers(ctx context.Context) error {
	if l.NameServers == nil {
		return nil
	}
	tick := time.NewTicker(serversTurn)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		for _, domain := range l.unserved(l.Now()) {
			servers, err := l.NameServers(ctx, domain)
			if ctx.Err() != nil {
				return nil
			}
			l.learnServers(domain, servers, err, l.Now())
		}
	}
}

// unserved returns the domains whose name servers are to be asked for next, those that waited longest first.
func (l *Lookout) unserved(now time.Time) []string {
	type due struct {
		domain string
		asked  time.Time
	}
	var all []due
	l.mu.Lock()
	for host := range l.sites {
		if slices.Contains(l.Vantage.Inside, host) {
			continue // what is looked at from inside gives nobody questions
		}
		if asked := l.learned[host].asked; now.Sub(asked) >= serversEvery {
			all = append(all, due{probe.Site(host, 0), asked})
		}
	}
	l.mu.Unlock()
	slices.SortFunc(all, func(a, b due) int {
		if c := a.asked.Compare(b.asked); c != 0 {
			return c
		}
		return strings.Compare(a.domain, b.domain)
	})
	var next []string
	for _, d := range all {
		if !slices.Contains(next, d.domain) && len(next) < serversMost {
			next = append(next, d.domain)
		}
	}
	return next
}

// learnServers notes the name servers of a domain for every host in it. Where nothing came of the question, what was known holds.
func (l *Lookout) learnServers(domain string, servers []string, err error, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for host := range l.sites {
		if probe.Site(host, 0) != domain {
			continue
		}
		k := l.learned[host]
		k.asked = now
		switch {
		case err != nil:
			k.asked = now.Add(serversRetry - serversEvery)
		case !slices.Equal(k.servers, servers):
			k.servers, l.unlearnt = servers, true
		}
		l.learned[host] = k
	}
}
