package coordinator

import (
	"cmp"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/watch/probe"
)

// Site is a site that vantages are to ask.
type Site struct {
	Name  string
	URL   string
	Page  string   // the one page beside the home page that was agreed on; "" for none
	Hosts []string // of other sites that it may redirect to
	Home  string   // ISO 3166-1 alpha-2 of its readers; "" for none
}

// Vantage is a place that may be assigned sites.
type Vantage struct {
	Name    string
	Network string // its autonomous system
	Country string // ISO 3166-1 alpha-2
}

// Of assignments and leases.
const (
	hold  = 10 * time.Minute // an assignment holds without being renewed
	slack = time.Minute      // it may be on its way for so long
	// seats are how many vantages may ask a domain in the same minute.
	seats = probe.PeaceGETs
)

// domain is the watched sites that share a budget.
type domain struct {
	name  string
	home  string
	sites []Site
}

// domains groups sites by the budget that they share, in order of name.
func domains(sites []Site) []domain {
	byName := make(map[string]*domain)
	for _, s := range sites {
		name := probe.Target{URL: s.URL}.Site()
		if name == "" {
			continue // no URL
		}
		d := byName[name]
		if d == nil {
			d = &domain{name: name}
			byName[name] = d
		}
		d.home = cmp.Or(d.home, s.Home)
		d.sites = append(d.sites, s)
	}
	all := make([]domain, 0, len(byName))
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		all = append(all, *byName[name])
	}
	return all
}

// dealer knows who may be asking what. It is plain data: the caller says what time it is.
type dealer struct {
	local  int                             // seats taken by this process
	leases map[string]map[string]time.Time // domain → vantage → when it can no longer matter that it asked
}

func newDealer(local bool) *dealer {
	d := &dealer{leases: make(map[string]map[string]time.Time)}
	if local {
		d.local = 1
	}
	return d
}

// deal returns the domains of each vantage.
func (d *dealer) deal(all []domain, vantages []Vantage, now time.Time) map[string][]domain {
	d.sweep(now)
	out := make(map[string][]domain, len(vantages))
	for _, x := range all {
		for _, v := range d.choose(x, vantages) {
			out[v] = append(out[v], x)
		}
	}
	return out
}

// choose returns who asks a domain now: first those who already do, then others, as far as there are seats. Who holds a lease without being
// chosen keeps its seat until that ends.
func (d *dealer) choose(x domain, vantages []Vantage) []string {
	leased := d.leases[x.name]
	free := seats - d.local - len(leased)
	var chosen []Vantage
	for _, v := range vantages {
		if _, holds := leased[v.Name]; holds {
			chosen = append(chosen, v)
		}
	}
	for ; free > 0; free-- {
		next, ok := best(x, vantages, chosen)
		if !ok {
			break
		}
		chosen = append(chosen, next)
	}
	names := make([]string, len(chosen))
	for i, v := range chosen {
		names[i] = v.Name
	}
	return names
}

// best returns who is to join those chosen: somebody at home when nobody is, then somebody in another network, and among these the same one
// whenever the names are the same.
func best(x domain, vantages, chosen []Vantage) (Vantage, bool) {
	rest := slices.DeleteFunc(slices.Clone(vantages), func(v Vantage) bool { return slices.Contains(chosen, v) })
	if len(rest) == 0 {
		return Vantage{}, false
	}
	has := func(is func(v Vantage) bool) bool { return slices.ContainsFunc(chosen, is) }
	atHome := func(v Vantage) bool { return x.home != "" && strings.EqualFold(v.Country, x.home) }
	wantsHome := !has(atHome)
	rank := func(v Vantage) int {
		r := 0
		if wantsHome && atHome(v) {
			r -= 2
		}
		if !has(func(other Vantage) bool { return strings.EqualFold(other.Network, v.Network) }) {
			r--
		}
		return r
	}
	return slices.MinFunc(rest, func(a, b Vantage) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(lot(x.name, a.Name), lot(x.name, b.Name)), strings.Compare(a.Name, b.Name))
	}), true
}

// lot is a number that a domain and a vantage always draw.
func lot(domain, vantage string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(domain + "\x00" + vantage))
	return h.Sum64()
}

// grant notes that a vantage is being told to ask these domains.
func (d *dealer) grant(vantage string, told []domain, now time.Time) {
	for _, x := range told {
		if d.leases[x.name] == nil {
			d.leases[x.name] = make(map[string]time.Time)
		}
		d.leases[x.name][vantage] = now.Add(hold + slack + probe.Window)
	}
}

// confirm notes that a vantage goes by these domains alone.
func (d *dealer) confirm(vantage string, held []domain, now time.Time) {
	has := make(map[string]bool, len(held))
	for _, x := range held {
		has[x.name] = true
	}
	for name, leased := range d.leases {
		if until, ok := leased[vantage]; ok && !has[name] && until.After(now.Add(probe.Window)) {
			leased[vantage] = now.Add(probe.Window)
		}
	}
}

// sweep forgets what no longer matters.
func (d *dealer) sweep(now time.Time) {
	for name, leased := range d.leases {
		maps.DeleteFunc(leased, func(_ string, until time.Time) bool { return !now.Before(until) })
		if len(leased) == 0 {
			delete(d.leases, name)
		}
	}
}
