package relational

import (
	"context"
	"database/sql"

	"github.com/seawall-project/seawall/internal/store"
)

const putMark = `INSERT INTO claim_mark (entry, host, seen, role, from_at, until_at, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`

func putMarks(ctx context.Context, tx *sql.Tx, all []store.KeptMark) error {
	return each(ctx, tx, putMark, all, func(m *store.KeptMark) ([]any, error) {
		return []any{int64(m.Entry), text(m.Host), m.Seen, m.Role, millis(m.From), millis(m.Until), millis(m.At)}, nil //nolint:gosec // counted, below 2^63
	})
}

func marksQuery(host string, most int) (query string, args []any) {
	var w where
	w.is("host", host)
	return `
SELECT entry, host, seen, role, from_at, until_at, at FROM (
    SELECT entry, host, seen, role, from_at, until_at, at FROM claim_mark` + w.String() + ` ORDER BY entry DESC LIMIT ` + w.arg(limit(most)) + `
) AS latest ORDER BY entry`, w.args
}

// Marks implements [store.Claims].
func (db *DB) Marks(ctx context.Context, host string, most int) ([]store.KeptMark, error) {
	query, args := marksQuery(host, most)
	return read(ctx, db, "marks", func(r *sql.Rows, m *store.KeptMark) error {
		var from, until, ms int64
		err := r.Scan(&m.Entry, &m.Host, &m.Seen, &m.Role, &from, &until, &ms)
		m.From, m.Until, m.At = at(from), at(until), at(ms)
		return err
	}, query, args...)
}
