// Package relational is what both databases do alike: the queries, in SQL that SQLite and PostgreSQL read the same way, over database/sql.
// What differs is a [Dialect].
//
// A [DB] has one writer at a time. In SQLite that is how files are; in PostgreSQL it is asked for, so that both keep the same promises.
package relational

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/store"
)

// Dialect is what a database does in its own way. Nil functions do nothing.
type Dialect struct {
	// Begin is a statement that begins every writing transaction, so that there is one at a time; empty where that is so anyway.
	Begin string
	// Together is how many results go into one statement; 0 means one. Where each statement travels to a server many are faster. SQLite
	// takes a third less time for fifty of one than for one of fifty, which it makes so that it can be undone by itself.
	Together int
	// Snapshot is the isolation in which a transaction that reads sees one moment.
	Snapshot sql.IsolationLevel
	// MakeRoom is called before results of these days, each named by its beginning in UTC, are added.
	MakeRoom func(ctx context.Context, tx *sql.Tx, days []time.Time) error
	// DropResults removes whole days of results before t, of which none are added any more, and returns how many those were. write runs a
	// function in a transaction. Where it is nil results are removed in short steps.
	DropResults func(ctx context.Context, reader *sql.DB, write func(f func(tx *sql.Tx) error) error, t time.Time) (int64, error)
	// Erased is called after a transaction that erased something for good, to take it out of what the database keeps beside its tables.
	Erased func(ctx context.Context, writer *sql.DB)
}

// DB is the store over two pools of connections, that of the writer and that of the readers; they may be one.
type DB struct {
	writer, reader *sql.DB
	dialect        Dialect
	now            func() time.Time
}

// New returns a store over pools whose schema is in place. now is the clock that results from the future are told by.
func New(writer, reader *sql.DB, d Dialect, now func() time.Time) *DB {
	return &DB{writer: writer, reader: reader, dialect: d, now: now}
}

// Close waits for what is under way and closes both pools.
func (db *DB) Close() error { return errors.Join(db.reader.Close(), db.writer.Close()) }

// write runs f in a transaction of its own. When f or the commit fails, nothing of it is written.
func (db *DB) write(ctx context.Context, what string, f func(tx *sql.Tx) error) error {
	err := db.attempt(ctx, f)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

func (db *DB) attempt(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := db.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it says so; after an error that one is told
	if db.dialect.Begin != "" {
		if _, err := tx.ExecContext(ctx, db.dialect.Begin); err != nil {
			return err
		}
	}
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// exec runs one statement as a write of its own and returns how many rows it changed.
func (db *DB) exec(ctx context.Context, what, query string, args ...any) (n int64, err error) {
	err = db.write(ctx, what, func(tx *sql.Tx) error {
		n, err = changed(tx.ExecContext(ctx, query, args...))
		return err
	})
	return n, err
}

func changed(r sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// querier is a pool, or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// rows reads all rows of a query.
func rows[T any](ctx context.Context, q querier, scan func(r *sql.Rows, v *T) error, query string, args ...any) (all []T, err error) {
	r, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	for r.Next() {
		var v T
		if err := scan(r, &v); err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, r.Err()
}

// read is rows from the readers' pool, with what was asked for in the error.
func read[T any](ctx context.Context, db *DB, what string, scan func(r *sql.Rows, v *T) error, query string, args ...any) ([]T, error) {
	all, err := rows(ctx, db.reader, scan, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	return all, nil
}

// scanInt reads a row of one number.
func scanInt[T ~int32 | ~int64](r *sql.Rows, v *T) error { return r.Scan(v) }

// millis is a time as it is stored.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// at is its inverse.
func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// end is the later border of a time span; none is the end of all times.
func end(t time.Time) int64 {
	if t.IsZero() {
		return 1<<63 - 1
	}
	return millis(t)
}

// limit is a LIMIT; none is more than there can be.
func limit(n int) int64 {
	if n <= 0 {
		return 1<<63 - 1
	}
	return int64(n)
}

// text makes of foreign bytes what both databases take: valid UTF-8 without NUL.
func text(s string) string { return strings.ReplaceAll(strings.ToValidUTF8(s, "�"), "\x00", "�") }

// doc is a document as it is stored. An empty one is "null".
func doc(d json.RawMessage) (string, error) { return bounded(d, store.MaxDoc) }

func bounded(d json.RawMessage, most int) (string, error) {
	switch {
	case len(d) > most:
		return "", fmt.Errorf("document of %d bytes: %w", len(d), store.ErrTooLarge)
	case len(d) == 0:
		return "null", nil
	case !json.Valid(d):
		return "", errors.New("document is no JSON")
	}
	return string(d), nil
}

// asJSON returns a list as it is stored.
func asJSON(list []string) string {
	b, _ := json.Marshal(list) // strings can always be written
	return string(b)
}

// one turns "no row was changed" into [store.ErrNotFound].
func one(n int64, err error, what, id string) error {
	if err == nil && n == 0 {
		return fmt.Errorf("%s %q: %w", what, id, store.ErrNotFound)
	}
	return err
}

// byName puts things in the order of their names, whatever the database's language.
func byName[T any](all []T, name func(v *T) string) {
	slices.SortStableFunc(all, func(a, b T) int { return cmp.Compare(name(&a), name(&b)) })
}
