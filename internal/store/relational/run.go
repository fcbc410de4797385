package relational

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/seawall-project/seawall/internal/store"
)

// run is a run of a vantage's program in a transaction that adds results: what was kept of it around what is to be added.
type run struct {
	id     int32
	ledger store.Ledger
	loaded []store.Span // as they lie in the database
	last   time.Time    // of the results that were added
}

// openRun finds or adds a run, and reads the spans that sequence numbers from first to last can touch.
func openRun(ctx context.Context, tx *sql.Tx, k store.Key, first, last int64) (*run, error) {
	r := new(run)
	err := tx.QueryRowContext(ctx, `SELECT id FROM run WHERE vantage = $1 AND name = $2`, k.Vantage, k.Run).Scan(&r.id)
	if errors.Is(err, sql.ErrNoRows) {
		err = tx.QueryRowContext(ctx, `INSERT INTO run (vantage, name, last_at) VALUES ($1, $2, 0) RETURNING id`, k.Vantage, k.Run).Scan(&r.id)
	}
	if err != nil {
		return nil, err
	}
	// The last span that begins at or before first can reach into it; spans do not overlap, so none before that one does.
	r.ledger, err = rows(ctx, tx, func(row *sql.Rows, s *store.Span) error { return row.Scan(&s.First, &s.Last) }, `
SELECT first, last FROM run_span WHERE run = $1 AND first <= $2
	AND first >= COALESCE((SELECT MAX(first) FROM run_span WHERE run = $1 AND first <= $3), $3)
ORDER BY first`, r.id, last+1, first)
	r.loaded = append(r.loaded, r.ledger...)
	return r, err
}

// close writes what became of the run.
func (r *run) close(ctx context.Context, tx *sql.Tx) error {
	if r.last.IsZero() {
		return nil // nothing was new
	}
	for _, s := range r.loaded {
		if _, err := tx.ExecContext(ctx, `DELETE FROM run_span WHERE run = $1 AND first = $2`, r.id, s.First); err != nil {
			return err
		}
	}
	for _, s := range r.ledger {
		if _, err := tx.ExecContext(ctx, `INSERT INTO run_span (run, first, last) VALUES ($1, $2, $3)`, r.id, s.First, s.Last); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `UPDATE run SET last_at = $1 WHERE id = $2 AND last_at < $1`, millis(r.last), r.id)
	return err
}

// forgetRuns forgets the runs whose latest result is from before t: of that time no result is taken any more, delivered again or not.
func forgetRuns(ctx context.Context, tx *sql.Tx, t time.Time) error {
	const old = `SELECT id FROM run WHERE last_at < $1`
	if _, err := tx.ExecContext(ctx, `DELETE FROM run_span WHERE run IN (`+old+`)`, millis(t)); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM run WHERE last_at < $1 AND NOT EXISTS (SELECT 1 FROM run_span WHERE run = run.id)`, millis(t))
	return err
}
