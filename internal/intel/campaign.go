package intel

import (
	"cmp"
	"slices"
	"time"

	"github.com/seawall-project/seawall"
)

// CampaignGap is the longest time between two listings of one campaign: whole days without any are between campaigns.
const CampaignGap = 72 * time.Hour

// Campaign is what one actor lists in one sector of one country, without a pause longer than [CampaignGap].
type Campaign struct {
	Actor       string // as the feed's format names it
	Country     string // see [Country]; empty for hosts whose names say none
	Sector      string // see [Sectors]; empty for hosts that no row fits
	First, Last time.Time
	Hosts       int // different ones
	Listings    int
}

// Campaigns groups listings, in any order, into campaigns, in order of First, then country, sector and actor.
func Campaigns(listings []seawall.Listing, sectors Sectors, actor func(feed string) string) []Campaign {
	type key struct{ actor, country, sector string }
	groups := make(map[key][]seawall.Listing)
	known := make(map[string]string)
	for _, l := range listings {
		sector, ok := known[l.Host]
		if !ok {
			sector = sectors.Of(l.Host)
			known[l.Host] = sector
		}
		k := key{actor(l.Feed), Country(l.Host), sector}
		groups[k] = append(groups[k], l)
	}
	var all []Campaign
	for k, ls := range groups {
		slices.SortFunc(ls, func(a, b seawall.Listing) int { return a.First.Compare(b.First) })
		hosts := make(map[string]bool)
		for i, l := range ls {
			if n := len(all); i == 0 || l.First.Sub(all[n-1].Last) > CampaignGap {
				all = append(all, Campaign{Actor: k.actor, Country: k.country, Sector: k.sector, First: l.First, Last: l.Last})
				clear(hosts)
			}
			c := &all[len(all)-1]
			hosts[l.Host] = true
			c.Hosts, c.Listings = len(hosts), c.Listings+1
			if l.Last.After(c.Last) {
				c.Last = l.Last
			}
		}
	}
	slices.SortFunc(all, func(a, b Campaign) int {
		return cmp.Or(a.First.Compare(b.First), cmp.Compare(a.Country, b.Country), cmp.Compare(a.Sector, b.Sector), cmp.Compare(a.Actor, b.Actor))
	})
	return all
}
