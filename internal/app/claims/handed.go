package claims

import (
	"context"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/app/orders"
)

// FromFeeds returns what makes what takes in the claims that feeds bring, for the ledger of a house. aliases are other hosts of sites, by host.
func FromFeeds(aliases map[string][]string) func(h lookout.House) orders.ClaimFunc {
	return func(h lookout.House) orders.ClaimFunc { return deskOf(h, aliases).TakeIn }
}

// deskOf returns a desk on what a house keeps.
func deskOf(h lookout.House, aliases map[string][]string) *Desk {
	return &Desk{Store: h.Store, State: h.State, Now: h.Now, Others: orders.OthersOf(h.Store, h.State, aliases)}
}

// TakeIn takes in what a file of a feed claims, as [Add] does: masked, matched to the watch list, and written into the ledger, once. The source is
// the feed; its label holds where the file has none, or a laxer one. What is not known is taken as long as there is room, and counted beyond.
func (d *Desk) TakeIn(ctx context.Context, c orders.Claiming) (orders.Claimed, error) {
	kind := seawall.ClaimMISP
	if c.Format == orders.FormatSTIX {
		kind = seawall.ClaimSTIX
	}
	out, err := d.add(ctx, Adding{Text: string(c.Raw), Kind: kind, Source: c.Feed, TLP: c.TLP, fed: true, room: c.Room})
	sum := orders.Claimed{Claims: len(out.Claims), Skipped: out.Skipped}
	for _, one := range out.Claims {
		if one.New {
			sum.New++
		}
	}
	return sum, err
}
