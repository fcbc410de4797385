package orders

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/seawall-project/seawall/internal/intel/pile"
	"github.com/seawall-project/seawall/internal/intel/prefix"
	"github.com/seawall-project/seawall/internal/report/tlp"
	"github.com/seawall-project/seawall/internal/store"
)

// maxNetworks is how many networks the store may hold for another list to be taken.
const maxNetworks = 2_000_000

var errManyNetworks = fmt.Errorf("the store holds %d networks and takes no more", maxNetworks)

// takePrefixes keeps the networks of a list for as long as each means something: from when it was seen, else from when the list's name says that it
// was made, else from now.
func (m *importing) takePrefixes(ctx context.Context, f *pile.File) error {
	now := m.desk.Now()
	l, err := prefix.Parse(bytes.NewReader(f.Data), prefix.Origin{Source: m.feed, Made: m.timeOfOther(f)}, now, prefix.Limits{})
	if err != nil {
		return err
	}
	skip(m, l.Skipped)
	m.out.Prefixes += len(l.Rows)
	m.note(f)
	if n, err := m.desk.Store.OrderRows(ctx); err != nil || n.Networks >= maxNetworks {
		return cmp.Or(err, errManyNetworks)
	}
	kept := networksOf(l, now)
	if over := len(l.Rows) - len(kept); over > 0 {
		m.out.Skipped["over"] += over
	}
	for some := range slices.Chunk(kept, batchRows) {
		if err := m.desk.Store.PutNetworks(ctx, some); err != nil {
			return err
		}
	}
	return nil
}

// networksOf returns those of a list that mean something at now, as they are kept.
func networksOf(l *prefix.List, now time.Time) (all []store.Network) {
	lasts := l.Until.Sub(l.Origin.Made)
	for i := range l.Rows {
		r := &l.Rows[i]
		seen := l.Origin.Made
		if !r.Last.IsZero() && r.Last.Before(seen) {
			seen = r.Last
		}
		if until := seen.Add(lasts); now.Before(until) {
			all = append(all, store.Network{
				Feed: l.Origin.Source, Prefix: r.Prefix, AS: r.AS, ASName: r.ASName, Country: r.Country, Seen: seen, Until: until,
			})
		}
	}
	return all
}

// NetworkShown is a network that attacked somebody, as a feed says, for a person.
type NetworkShown struct {
	Network string    `json:"network"`
	AS      uint32    `json:"as"` // 0 for an unknown one
	ASName  string    `json:"as_name"`
	Country string    `json:"country"` // as a list has it: DK
	Seen    time.Time `json:"seen"`    // when it last attacked, or was listed
	Until   time.Time `json:"until"`   // when this means nothing any more
	Feed    string    `json:"feed"`
	TLP     string    `json:"tlp"` // of the feed
}

// networks returns the networks that hold an address; none for one that is none, such as that of a name, which nobody looks up.
func (d *Desk) networks(ctx context.Context, a netip.Addr) ([]NetworkShown, error) {
	shown := []NetworkShown{}
	if !a.IsValid() {
		return shown, nil
	}
	all, err := d.Store.NetworksOf(ctx, a, d.Now())
	if err != nil {
		return nil, err
	}
	for _, n := range all {
		f, err := d.feed(ctx, n.Feed)
		if err != nil {
			return nil, err
		}
		label, _ := tlp.Parse(f.TLP)
		shown = append(shown, NetworkShown{
			Network: n.Prefix.String(), AS: n.AS, ASName: n.ASName, Country: n.Country, Seen: n.Seen, Until: n.Until, Feed: n.Feed, TLP: label.String(),
		})
	}
	return shown, nil
}
