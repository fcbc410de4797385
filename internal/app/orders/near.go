package orders

import (
	"context"
	"encoding/json"
	"net/netip"
	"slices"
	"time"

	"github.com/seawall-project/seawall/internal/intel"
	"github.com/seawall-project/seawall/internal/store"
)

// Bounds of what is looked at to find what shares a server: what is over does not count as near, and nothing else changes.
const (
	maxAims          = 20_000 // different ones that are read in one look
	maxHostAddresses = 64     // of one listing
)

// Whose tells who runs the network of an address; "" when that is not known. A nil one knows of none.
type Whose func(netip.Addr) string

// withAddresses puts beside each listing which addresses its orders give for the host, and who runs the network of one of them.
// Nothing asks for names: an address is what the list says. cut is how many aims were not read because there are too many.
func withAddresses(ctx context.Context, db store.Orders, g *grouper, whose Whose) (all []intel.Listed, cut int, err error) {
	known := make(map[string][]netip.Addr)
	for i := range g.listings {
		l := intel.Listed{Listing: &g.listings[i]}
		for _, id := range g.aimed[i] {
			addrs, ok := known[id]
			if !ok && len(known) >= maxAims {
				cut++
				continue
			}
			if !ok {
				if addrs, err = addressesOf(ctx, db, id); err != nil {
					return nil, cut, err
				}
				known[id] = addrs
			}
			l.Addresses = append(l.Addresses, addrs...)
		}
		slices.SortFunc(l.Addresses, netip.Addr.Compare)
		l.Addresses = slices.Compact(l.Addresses)
		l.Addresses = l.Addresses[:min(len(l.Addresses), maxHostAddresses)]
		l.Provider = providerOf(l.Addresses, whose)
		all = append(all, l)
	}
	return all, cut, nil
}

// addressesOf returns the public addresses that an aim gives for its host. Others say nothing of who shares a server: they are many machines'.
func addressesOf(ctx context.Context, db store.Orders, id string) ([]netip.Addr, error) {
	d, err := db.Aim(ctx, id)
	if err != nil {
		return nil, err
	}
	var aim struct {
		Addresses []netip.Addr `json:"addresses"`
	}
	err = json.Unmarshal(d.Doc, &aim)
	for i, a := range aim.Addresses {
		aim.Addresses[i] = a.Unmap()
	}
	return slices.DeleteFunc(aim.Addresses, func(a netip.Addr) bool { return !a.IsGlobalUnicast() || a.IsPrivate() }), err
}

// providerOf returns who runs the network of the last address of which that is known.
func providerOf(addrs []netip.Addr, whose Whose) string {
	if whose == nil {
		return ""
	}
	for _, a := range slices.Backward(addrs) {
		if name := whose(a); name != "" {
			return name
		}
	}
	return ""
}

// loadListed returns the listings of the sightings that f lets through, in order of feed, host and time, with their addresses.
// lists are when the lists of each feed are from.
func loadListed(
	ctx context.Context, db store.Orders, f store.SightingFilter, lists map[string][]time.Time, whose Whose,
) ([]intel.Listed, int, error) {
	g, err := group(ctx, db, f, lists)
	if err != nil {
		return nil, 0, err
	}
	return withAddresses(ctx, db, g, whose)
}

// group groups the sightings that f lets through. lists are when the lists of each feed are from.
func group(ctx context.Context, db store.Orders, f store.SightingFilter, lists map[string][]time.Time) (*grouper, error) {
	g := &grouper{lists: lists}
	if err := db.Sightings(ctx, f, func(s store.OrderSighting) error { g.add(s); return nil }); err != nil {
		return nil, err
	}
	g.flush()
	return g, nil
}
