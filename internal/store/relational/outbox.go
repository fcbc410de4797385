package relational

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/seawall-project/seawall/internal/store"
)

const addMessage = `
INSERT INTO message (id, created, due, attempts, status, settled, error, doc) VALUES ($1, $2, $3, 0, 'pending', 0, '', $4)
ON CONFLICT (id) DO NOTHING`

func messageArgs(m *store.Message) ([]any, error) {
	d, err := doc(m.Doc)
	return []any{m.ID, millis(m.Created), millis(m.Due), d}, err
}

// Enqueue implements [store.Outbox].
func (db *DB) Enqueue(ctx context.Context, ms []store.Message) error {
	return db.write(ctx, "enqueue", func(tx *sql.Tx) error { return each(ctx, tx, addMessage, ms, messageArgs) })
}

const selectMessages = `SELECT id, created, due, attempts, status, settled, error, doc FROM message`

// Due implements [store.Outbox].
func (db *DB) Due(ctx context.Context, now time.Time, n int) ([]store.Message, error) {
	return read(ctx, db, "messages", scanMessage, selectMessages+` WHERE status = 'pending' AND due <= $1 ORDER BY due, id LIMIT $2`,
		millis(now), limit(n))
}

func scanMessage(r *sql.Rows, m *store.Message) error {
	var created, due, settled int64
	err := r.Scan(&m.ID, &created, &due, &m.Attempts, &m.Status, &settled, &m.Error, (*[]byte)(&m.Doc))
	m.Created, m.Due, m.Settled = at(created), at(due), at(settled)
	return err
}

// NextDue implements [store.Outbox].
func (db *DB) NextDue(ctx context.Context) (time.Time, error) {
	all, err := read(ctx, db, "messages", scanInt[int64], `SELECT due FROM message WHERE status = 'pending' ORDER BY due, id LIMIT 1`)
	if err != nil || len(all) == 0 {
		return time.Time{}, err
	}
	return at(all[0]), nil
}

// Record implements [store.Outbox].
func (db *DB) Record(ctx context.Context, id string, a store.Attempt) error {
	settled, due := millis(a.At), millis(a.Due)
	switch a.Status {
	case store.Pending:
		settled = 0
	case store.Delivered, store.Failed:
		due = settled
	default:
		return fmt.Errorf("record attempt on %q: no message stands %q", id, a.Status)
	}
	n, err := db.exec(ctx, "record attempt", `
UPDATE message SET attempts = attempts + 1, status = $1, settled = $2, due = $3, error = $4 WHERE id = $5 AND status = 'pending'`,
		string(a.Status), settled, due, text(a.Error), id)
	return one(n, err, "pending message", id)
}

// Messages implements [store.Outbox].
func (db *DB) Messages(ctx context.Context, since time.Time, n int) ([]store.Message, error) {
	return read(ctx, db, "messages", scanMessage, selectMessages+` WHERE created >= $1 ORDER BY created DESC, id DESC LIMIT $2`,
		millis(since), limit(n))
}

// Beat implements [store.Outbox].
func (db *DB) Beat(ctx context.Context, t time.Time) error {
	return db.write(ctx, "note heartbeat", func(tx *sql.Tx) error { return advance(ctx, tx, beatMark, t) })
}

// LastBeat implements [store.Outbox].
func (db *DB) LastBeat(ctx context.Context) (time.Time, error) {
	marks, err := readMarks(ctx, db.reader)
	if err != nil {
		return time.Time{}, fmt.Errorf("read heartbeat: %w", err)
	}
	return at(marks[beatMark]), nil
}
