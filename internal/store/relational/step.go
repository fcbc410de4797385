package relational

import (
	"context"
	"database/sql"

	"github.com/seawall-project/seawall/internal/store"
)

// Apply implements [store.Machine].
func (db *DB) Apply(ctx context.Context, s store.Step) error {
	return db.write(ctx, "apply step", func(tx *sql.Tx) error {
		for _, write := range []func() error{
			func() error { return each(ctx, tx, putState, s.States, stateArgs) },
			func() error { return each(ctx, tx, putSnapshot, s.Snapshots, snapshotArgs) },
			func() error { return each(ctx, tx, addTransition, s.Transitions, transitionArgs) },
			func() error { return putIncidents(ctx, tx, s.Incidents) },
			func() error { return each(ctx, tx, addHealth, s.Health, healthArgs) },
		} {
			if err := write(); err != nil {
				return err
			}
		}
		return nil
	})
}

// each runs one statement for each of all.
func each[T any](ctx context.Context, tx *sql.Tx, query string, all []T, args func(v *T) ([]any, error)) error {
	if len(all) == 0 {
		return nil
	}
	stmt, err := tx.PrepareContext(ctx, query)
	if err != nil {
		return err
	}
	defer stmt.Close()
	for i := range all {
		a, err := args(&all[i])
		if err != nil {
			return err
		}
		if _, err := stmt.ExecContext(ctx, a...); err != nil {
			return err
		}
	}
	return nil
}

const (
	putState = `
INSERT INTO state (site, state, since, at, doc) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (site) DO UPDATE SET state = excluded.state, since = excluded.since, at = excluded.at, doc = excluded.doc`
	putSnapshot = `
INSERT INTO snapshot (site, version, doc) VALUES ($1, $2, $3)
ON CONFLICT (site) DO UPDATE SET version = excluded.version, doc = excluded.doc`
	addTransition = `INSERT INTO transition (site, at, from_state, to_state, doc) VALUES ($1, $2, $3, $4, $5)`
)

func stateArgs(s *store.State) ([]any, error) {
	d, err := doc(s.Doc)
	return []any{int64(s.Site), s.State, millis(s.Since), millis(s.At), d}, err
}

func snapshotArgs(s *store.Snapshot) ([]any, error) {
	d, err := bounded(s.Doc, store.MaxSnapshot)
	return []any{int64(s.Site), int64(s.Version), d}, err
}

func transitionArgs(t *store.Transition) ([]any, error) {
	d, err := doc(t.Doc)
	return []any{int64(t.Site), millis(t.At), t.From, t.To, d}, err
}

// States implements [store.Machine].
func (db *DB) States(ctx context.Context) ([]store.State, error) {
	return read(ctx, db, "states", func(r *sql.Rows, s *store.State) error {
		var since, ms int64
		err := r.Scan(&s.Site, &s.State, &since, &ms, (*[]byte)(&s.Doc))
		s.Since, s.At = at(since), at(ms)
		return err
	}, `SELECT site, state, since, at, doc FROM state ORDER BY site`)
}

// Snapshots implements [store.Machine].
func (db *DB) Snapshots(ctx context.Context) ([]store.Snapshot, error) {
	return read(ctx, db, "snapshots", func(r *sql.Rows, s *store.Snapshot) error {
		return r.Scan(&s.Site, &s.Version, (*[]byte)(&s.Doc))
	}, `SELECT site, version, doc FROM snapshot ORDER BY site`)
}

// Transitions implements [store.Machine].
func (db *DB) Transitions(ctx context.Context, r store.Range) ([]store.Transition, error) {
	const all = `SELECT id, site, at, from_state, to_state, doc FROM transition WHERE at >= $1 AND at < $2 ORDER BY at, id LIMIT $3`
	const ofSite = `SELECT id, site, at, from_state, to_state, doc FROM transition WHERE at >= $1 AND at < $2 AND site = $4 ORDER BY at, id LIMIT $3`
	query, args := all, []any{millis(r.From), end(r.To), limit(r.Limit)}
	if r.Site != 0 {
		query, args = ofSite, append(args, int64(r.Site))
	}
	return read(ctx, db, "transitions", func(row *sql.Rows, t *store.Transition) error {
		var ms int64
		err := row.Scan(&t.ID, &t.Site, &ms, &t.From, &t.To, (*[]byte)(&t.Doc))
		t.At = at(ms)
		return err
	}, query, args...)
}
