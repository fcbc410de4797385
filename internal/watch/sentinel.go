package watch

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/seawall-project/seawall/internal/watch/probe"
)

// LeastSentinels is how many sentinels in different networks a vantage needs to be checked.
const LeastSentinels = 3

// Sentinel is how the question went to one of the sites by which a vantage tests its own line.
type Sentinel struct {
	Name    string     `json:"name"`
	Network string     `json:"network"` // as whoever named it says
	OK      bool       `json:"ok"`
	Address netip.Addr `json:"address,omitzero"` // at which it was reached last, or tried; zero when that is not known
	CNAME   string     `json:"cname,omitempty"`  // the name that it was another name for then
}

// Answer returns the sentinel as a probe found it. Where that came to no address, it is taken to be where it was.
func (s Sentinel) Answer(r probe.Result) Sentinel {
	vote := r.Class.Vote()
	s.OK = vote == probe.Up || vote == probe.Degraded || vote == probe.Protected
	if r.Address.IsValid() {
		s.Address, s.CNAME = r.Address.Unmap(), r.Evidence.CNAME
	}
	return s
}

// beside reports whether two sentinels are in one network, whatever it is called: the same name, the same alias, or the same /24 or /48.
func (s Sentinel) beside(o Sentinel) bool {
	if strings.EqualFold(s.Network, o.Network) || s.CNAME != "" && strings.EqualFold(s.CNAME, o.CNAME) {
		return true
	}
	return s.Address.IsValid() && o.Address.IsValid() && !s.Address.IsLoopback() && prefixOf(s.Address) == prefixOf(o.Address)
}

// networksOf returns in how many networks sentinels are.
func networksOf(all []Sentinel) int {
	first := make([]int, len(all)) // of each, the first in its network
	for i := range all {
		first[i] = i
		for j := range i {
			if !all[i].beside(all[j]) {
				continue
			}
			from, into := max(first[i], first[j]), min(first[i], first[j])
			for k := range first[:i+1] {
				if first[k] == from {
					first[k] = into
				}
			}
		}
	}
	count := 0
	for i, f := range first {
		if f == i {
			count++
		}
	}
	return count
}

// CheckSentinels returns what is wrong with sentinels, given as name and network, and address where that is known: too few, in one network, or behind
// the provider of a watched site, whose flood would make the vantage call itself blind.
func CheckSentinels(sentinels []Sentinel, sites []Site) []string {
	var wrong []string
	for _, s := range sentinels {
		for _, site := range sites {
			if s.Network != "" && strings.EqualFold(s.Network, site.Provider) {
				wrong = append(wrong, fmt.Sprintf("sentinel %s is behind %s, the provider of %s, which is watched", s.Name, s.Network, site.Name))
				break
			}
		}
	}
	if n := networksOf(sentinels); n < LeastSentinels {
		wrong = append(wrong, fmt.Sprintf("sentinels in %d different networks, at least %d are needed", n, LeastSentinels))
	}
	return wrong
}
