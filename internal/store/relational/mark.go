package relational

import (
	"context"
	"database/sql"
	"time"
)

// The marks: times that the store itself goes by.
const (
	oldestMark = "oldest" // results before it are no longer kept
	rolledMark = "rolled" // buckets that end at or before it have been summed up
)

type mark struct {
	name string
	ms   int64
}

// readMarks returns the marks that were set, in milliseconds.
func readMarks(ctx context.Context, q querier) (map[string]int64, error) {
	all, err := rows(ctx, q, func(r *sql.Rows, m *mark) error { return r.Scan(&m.name, &m.ms) }, `SELECT name, value FROM meta`)
	if err != nil {
		return nil, err
	}
	marks := make(map[string]int64, len(all))
	for _, m := range all {
		marks[m.name] = m.ms
	}
	return marks, nil
}

// advance sets a mark, forwards only.
func advance(ctx context.Context, tx *sql.Tx, name string, t time.Time) error {
	_, err := tx.ExecContext(ctx, `
INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE meta.value < excluded.value`,
		name, millis(t))
	return err
}
