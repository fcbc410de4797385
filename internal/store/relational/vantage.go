package relational

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/seawall-project/seawall/internal/store"
)

// PutVantage implements [store.Vantages].
func (db *DB) PutVantage(ctx context.Context, v store.Vantage) error {
	if !named(v.Name) {
		return errors.New("put vantage: its name is empty, too long, or not text")
	}
	_, err := db.exec(ctx, "put vantage "+v.Name, `
INSERT INTO vantage (name, network, country, public_key, added, removed) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (name) DO UPDATE SET network = excluded.network, country = excluded.country, public_key = excluded.public_key,
	added = excluded.added, removed = excluded.removed`,
		v.Name, text(v.Network), text(v.Country), v.PublicKey, millis(v.Added), millis(v.Removed))
	return err
}

// Vantages implements [store.Vantages].
func (db *DB) Vantages(ctx context.Context) ([]store.Vantage, error) {
	all, err := read(ctx, db, "vantages", func(r *sql.Rows, v *store.Vantage) error {
		var added, removed int64
		err := r.Scan(&v.Name, &v.Network, &v.Country, &v.PublicKey, &added, &removed)
		v.Added, v.Removed = at(added), at(removed)
		return err
	}, `SELECT name, network, country, public_key, added, removed FROM vantage`)
	byName(all, func(v *store.Vantage) string { return v.Name })
	return all, err
}

const addHealth = `INSERT INTO health (vantage, at, health, doc) VALUES ($1, $2, $3, $4)`

func healthArgs(h *store.Health) ([]any, error) {
	d, err := doc(h.Doc)
	return []any{h.Vantage, millis(h.At), h.Health, d}, err
}

// HealthHistory implements [store.Vantages].
func (db *DB) HealthHistory(ctx context.Context, vantage string, from, to time.Time) ([]store.Health, error) {
	return read(ctx, db, "health", func(r *sql.Rows, h *store.Health) error {
		var ms int64
		err := r.Scan(&h.Vantage, &ms, &h.Health, (*[]byte)(&h.Doc))
		h.At = at(ms)
		return err
	}, `
SELECT vantage, at, health, doc FROM health h WHERE ($1 = '' OR vantage = $1) AND at < $2
	AND (at >= $3 OR id = (SELECT id FROM health l WHERE l.vantage = h.vantage AND l.at < $3 ORDER BY l.at DESC, l.id DESC LIMIT 1))
ORDER BY at, vantage, id`, vantage, end(to), millis(from))
}

// PutBudgets implements [store.Budgets].
func (db *DB) PutBudgets(ctx context.Context, bs []store.Budget) error {
	return db.write(ctx, "put budgets", func(tx *sql.Tx) error {
		return each(ctx, tx, `
INSERT INTO budget (host, at, doc) VALUES ($1, $2, $3)
ON CONFLICT (host) DO UPDATE SET at = excluded.at, doc = excluded.doc WHERE budget.at <= excluded.at`, bs, func(b *store.Budget) ([]any, error) {
			d, err := doc(b.Doc)
			return []any{b.Host, millis(b.At), d}, err
		})
	})
}

// ChangeBudget implements [store.Budgets]: there is one writing transaction at a time.
func (db *DB) ChangeBudget(ctx context.Context, host string, change func(was store.Budget) (store.Budget, error)) error {
	return db.write(ctx, "change a budget", func(tx *sql.Tx) error {
		b, ms := store.Budget{Host: host}, int64(0)
		err := tx.QueryRowContext(ctx, `SELECT at, doc FROM budget WHERE host = $1`, host).Scan(&ms, (*[]byte)(&b.Doc))
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		b.At = at(ms)
		if b, err = change(b); err != nil {
			return err
		}
		d, err := doc(b.Doc)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx,
			`INSERT INTO budget (host, at, doc) VALUES ($1, $2, $3) ON CONFLICT (host) DO UPDATE SET at = excluded.at, doc = excluded.doc`, host, millis(b.At), d)
		return err
	})
}

// Budgets implements [store.Budgets].
func (db *DB) Budgets(ctx context.Context, since time.Time) ([]store.Budget, error) {
	all, err := read(ctx, db, "budgets", func(r *sql.Rows, b *store.Budget) error {
		var ms int64
		err := r.Scan(&b.Host, &ms, (*[]byte)(&b.Doc))
		b.At = at(ms)
		return err
	}, `SELECT host, at, doc FROM budget WHERE at >= $1`, millis(since))
	byName(all, func(b *store.Budget) string { return b.Host })
	return all, err
}
