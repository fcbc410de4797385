package lookout

import (
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"

	"github.com/seawall-project/seawall/internal/egress"
	"github.com/seawall-project/seawall/internal/watch"
)

// besides returns why a sentinel says nothing about the line of a vantage: it is behind the provider of a watched site, or in its network, so that
// a flood at that site takes it along. What it shares is told by the network that it was given, and where and by which other name it was found. Addresses
// of this machine and of private networks are nobody's. The caller holds mu.
func (l *Lookout) besides(s watch.Sentinel) string {
	addrs := egress.Public([]netip.Addr{s.Address})
	for _, provider := range []string{s.Network, l.providerOf(addrs), ""} {
		for _, key := range (watch.Site{Addresses: addrs, Provider: provider, CNAME: s.CNAME}).Shared() {
			if host, ok := l.neighbours[key]; ok {
				return fmt.Sprintf("sentinel %s shares provider or network with %s, which is watched", s.Name, host)
			}
		}
	}
	return ""
}

// independent leaves out sentinels that share something with a watched site. The caller holds mu.
func (l *Lookout) independent(vantage string, all []watch.Sentinel) []watch.Sentinel {
	kept := make([]watch.Sentinel, 0, len(all))
	var why []string
	for _, s := range all {
		if with := l.besides(s); with != "" {
			why = append(why, with)
			continue
		}
		kept = append(kept, s)
	}
	slices.Sort(why)
	if text := strings.Join(why, "; "); text != l.besideWhy[vantage] {
		l.besideWhy[vantage] = text
		if text != "" {
			l.Logger.Warn("sentinels of a vantage do not count", slog.String("vantage", vantage), slog.String("why", text))
		}
	}
	return kept
}

// meet notes what watched sites can share with sentinels. The caller holds mu.
func (l *Lookout) meet(sites []watch.Site) {
	l.neighbours = make(map[string]string)
	for _, s := range sites {
		for _, key := range s.Shared() {
			l.neighbours[key] = s.Name
		}
	}
}
