package claims

import (
	"context"
	"time"

	"github.com/seawall-project/seawall/internal/app/orders"
	"github.com/seawall-project/seawall/internal/claim"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch"
)

// nearby is how far a list or a claim may be from the time at which a site failed, to be about that.
const nearby = 12 * time.Hour

// spoken gathers what lists, and claims that were not erased, say of a time and the day around it, of watched sites by whatever name and of others. Nothing
// is seen in it.
func (d *Desk) spoken(ctx context.Context, who *roster, since, until time.Time) (*night, error) {
	var c watch.Config
	for i := range who.sites {
		c.Sites = append(c.Sites, watch.Site{Name: who.sites[i].Host, Home: who.homes[who.sites[i].Host]})
	}
	n := newNight()
	n.sight = newSight(c)
	all, err := d.Store.Claims(ctx, store.ClaimFilter{Since: since.Add(-nearby), Standing: true, Limit: maxGapClaims + 1})
	if err != nil {
		return nil, err
	}
	if len(all) > maxGapClaims {
		all = all[:maxGapClaims]
		n.note("more than %d claims came in: the earlier ones are left out", maxGapClaims)
	}
	for i := range all {
		t := toldOf(&all[i])
		for _, x := range all[i].Targets {
			c := t.Claim
			c.Proof, c.Targets = nil, []string{who.known(x.Host)}
			n.hearClaim(t.At, &c)
		}
	}
	listings, err := orders.Load(ctx, d.Store, store.SightingFilter{Since: since.Add(-nearby), Until: until.Add(nearby)}, orders.Bare)
	if err != nil {
		return nil, err
	}
	for i := range listings {
		n.hearListing(who.known(listings[i].Host), &listings[i])
	}
	lists, err := d.Store.OrderLists(ctx, "")
	for _, l := range lists {
		n.feeds.list(l.Feed, l.At)
	}
	n.sort()
	n.lists = n.listed()
	return n, err
}

// spokenOnce returns [Desk.spoken] for questions. It remembers the last answer: targets of one claim have their windows in common.
func (d *Desk) spokenOnce(ctx context.Context, who *roster) func(h claim.Span) (*night, error) {
	var last claim.Span
	var n *night
	return func(h claim.Span) (*night, error) {
		if n != nil && h == last {
			return n, nil
		}
		var err error
		n, err = d.spoken(ctx, who, h.From, h.To)
		last = h
		return n, err
	}
}
