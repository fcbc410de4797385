package relational

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/store"
)

const putNetwork = `
INSERT INTO intel_network (network, feed, as_number, as_name, country, seen, until_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (network, feed) DO UPDATE SET
	as_number = excluded.as_number, as_name = excluded.as_name, country = excluded.country, seen = excluded.seen, until_at = excluded.until_at
WHERE excluded.until_at >= intel_network.until_at`

// PutNetworks implements [store.Orders].
func (db *DB) PutNetworks(ctx context.Context, all []store.Network) error {
	for i := range all {
		if n := &all[i]; !named(n.Feed) || !n.Prefix.IsValid() || n.Prefix != n.Prefix.Masked() {
			return errors.New("put networks: one has no feed, or is none")
		}
	}
	return db.write(ctx, "put networks", func(tx *sql.Tx) error {
		return each(ctx, tx, putNetwork, all, func(n *store.Network) ([]any, error) {
			return []any{n.Prefix.String(), n.Feed, int64(n.AS), text(n.ASName), text(n.Country), millis(n.Seen), millis(n.Until)}, nil
		})
	})
}

// NetworksOf implements [store.Orders].
func (db *DB) NetworksOf(ctx context.Context, a netip.Addr, now time.Time) ([]store.Network, error) {
	a = a.Unmap().WithZone("")
	if !a.IsValid() {
		return nil, errors.New("networks of an address that is none")
	}
	args, places := []any{millis(now)}, []string{}
	for bits := a.BitLen(); bits >= 0; bits-- {
		args = append(args, netip.PrefixFrom(a, bits).Masked().String())
		places = append(places, fmt.Sprintf("($%d, %d)", len(args), -bits))
	}
	return read(ctx, db, "networks", scanNetwork, `
WITH held (network, rank) AS (VALUES `+strings.Join(places, ", ")+`)
SELECT n.feed, n.network, n.as_number, n.as_name, n.country, n.seen, n.until_at
FROM held JOIN intel_network n ON n.network = held.network WHERE n.until_at > $1 ORDER BY held.rank, n.feed`, args...)
}

func scanNetwork(r *sql.Rows, n *store.Network) (err error) {
	var network string
	var seen, until int64
	if err = r.Scan(&n.Feed, &network, &n.AS, &n.ASName, &n.Country, &seen, &until); err == nil {
		n.Prefix, err = netip.ParsePrefix(network)
	}
	n.Seen, n.Until = at(seen), at(until)
	return err
}

// NetworksBy implements [store.Orders].
func (db *DB) NetworksBy(ctx context.Context, now time.Time) (map[string]int, error) {
	type count struct {
		feed string
		n    int
	}
	all, err := read(ctx, db, "networks", func(r *sql.Rows, c *count) error { return r.Scan(&c.feed, &c.n) },
		`SELECT feed, COUNT(*) FROM intel_network WHERE until_at > $1 GROUP BY feed`, millis(now))
	by := make(map[string]int, len(all))
	for _, c := range all {
		by[c.feed] = c.n
	}
	return by, err
}
