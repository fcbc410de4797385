package relational

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/seawall-project/seawall/internal/notify"
)

// Notices is a [notify.Outbox] in the database's table notice. It is closed with the store.
type Notices struct{ db *DB }

var _ notify.Outbox = (*Notices)(nil)

// Notices returns the outbox.
func (db *DB) Notices() notify.Outbox { return &Notices{db} }

const addNotice = `
INSERT INTO notice (id, receiver, channel, key, at, due, attempts, state, doc) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (id) DO NOTHING`

// Put implements [notify.Outbox].
func (n *Notices) Put(ctx context.Context, add []notify.Row, instead []string) error {
	return n.db.write(ctx, "put notices", func(tx *sql.Tx) error {
		for _, id := range instead {
			if _, err := tx.ExecContext(ctx, `DELETE FROM notice WHERE id = $1 AND state = 'waiting'`, id); err != nil {
				return err
			}
		}
		for _, r := range add {
			_, err := tx.ExecContext(ctx, addNotice,
				r.ID, r.Receiver, r.Channel, r.Key, millis(r.At), millis(r.Due), r.Attempts, string(r.State), string(r.Doc))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

const (
	selectNotices = `SELECT id, receiver, channel, key, at, due, attempts, state, doc FROM notice`
	ofChannel     = ` WHERE receiver = $1 AND channel = $2 AND state = 'waiting'`
)

func scanNotice(r *sql.Rows, row *notify.Row) error {
	var made, due int64
	var doc string
	err := r.Scan(&row.ID, &row.Receiver, &row.Channel, &row.Key, &made, &due, &row.Attempts, &row.State, &doc)
	row.At, row.Due, row.Doc = at(made), at(due), json.RawMessage(doc)
	return err
}

// Due implements [notify.Outbox].
func (n *Notices) Due(ctx context.Context, receiver, channel string, now time.Time) (notify.Row, bool, error) {
	all, err := read(ctx, n.db, "notices", scanNotice, selectNotices+ofChannel+` AND due <= $3 ORDER BY id LIMIT 1`, receiver, channel, millis(now))
	if err != nil || len(all) > 0 {
		return first(all), err == nil, err
	}
	next, err := read(ctx, n.db, "notices", scanInt[int64], `SELECT due FROM notice`+ofChannel+` ORDER BY due LIMIT 1`, receiver, channel)
	return notify.Row{Due: at(first(next))}, false, err
}

// first returns the first of all, or the zero value.
func first[T any](all []T) (v T) {
	if len(all) > 0 {
		v = all[0]
	}
	return v
}

// Update implements [notify.Outbox].
func (n *Notices) Update(ctx context.Context, r notify.Row) error {
	_, err := n.db.exec(ctx, "update notice", `UPDATE notice SET due = $1, attempts = $2, state = $3, doc = $4 WHERE id = $5`,
		millis(r.Due), r.Attempts, string(r.State), string(r.Doc), r.ID)
	return err
}

// List implements [notify.Outbox].
func (n *Notices) List(ctx context.Context, state notify.State, before string, most int) ([]notify.Row, error) {
	return read(ctx, n.db, "notices", scanNotice,
		selectNotices+` WHERE ($1 = '' OR id < $1) AND ($2 = '' OR state = $2) ORDER BY id DESC LIMIT $3`, before, string(state), max(0, most))
}

// Prune implements [notify.Outbox].
func (n *Notices) Prune(ctx context.Context, before time.Time, keep int) (int, error) {
	var gone int64
	err := n.db.write(ctx, "prune notices", func(tx *sql.Tx) error {
		old, err := changed(tx.ExecContext(ctx, `DELETE FROM notice WHERE state <> 'waiting' AND at < $1`, millis(before)))
		if err != nil {
			return err
		}
		most, err := changed(tx.ExecContext(ctx, `
DELETE FROM notice WHERE id IN (SELECT id FROM notice WHERE state <> 'waiting' ORDER BY id DESC LIMIT 9223372036854775807 OFFSET $1)`, max(0, keep)))
		gone = old + most
		return err
	})
	return int(gone), err
}
