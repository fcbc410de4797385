// Package agentbox keeps what an agent has found until the bus has it, and what the agent has to remember over a restart, in one SQLite file.
//
// What a call that returned nil has written outlives a crash of the program and of the machine. The items' bytes are bounded: where they are too many,
// the oldest are dropped, and counted for as long as the file lives. All methods may be called at once.
package agentbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/store/sqlite"
	"github.com/seawall-project/seawall/internal/watch/agent"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// FileName is what the file is called in the agent's folder for state.
const FileName = "agent.db"

// DefaultLimit is how many bytes wait at most: two and a half hours of 2,000 sites, or ten days of 20.
const DefaultLimit = 512 << 20

// perItem is what an item takes beside its payload.
const perItem = 100

// schema is version 1.
const schema = `
CREATE TABLE item (n INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, run TEXT NOT NULL, sequence INTEGER NOT NULL, payload BLOB NOT NULL) STRICT;
CREATE TABLE note (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
PRAGMA user_version = 1`

// Box is an [agent.Box] in a file.
type Box struct {
	db    *sql.DB
	limit int64

	mu             sync.Mutex // guards what follows
	bytes, waiting int64
	dropped        int64
}

var _ agent.Box = (*Box)(nil)

// Open opens the file at path, which is made if there is none. Limit bounds the bytes of what waits; 0 means [DefaultLimit].
func Open(ctx context.Context, path string, limit int64) (*Box, error) {
	if limit == 0 {
		limit = DefaultLimit
	}
	if limit < 0 {
		return nil, errors.New("the outbox needs some room")
	}
	db, err := sqlite.OpenFile(ctx, path)
	if err != nil {
		return nil, err
	}
	b := &Box{db: db, limit: limit}
	if err := b.prepare(ctx); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, errors.Join(err, db.Close()))
	}
	return b, nil
}

// prepare makes the tables, and counts what is there.
func (b *Box) prepare(ctx context.Context) error {
	var version int
	if err := b.db.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil {
		return err
	}
	switch version {
	case 0:
		if err := b.write(ctx, func(tx *sql.Tx) error { return exec(ctx, tx, schema) }); err != nil {
			return err
		}
	case 1:
	default:
		return fmt.Errorf("%w: its schema is %d, and this one knows 1", store.ErrNewer, version)
	}
	if err := b.db.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(length(payload) + $1), 0) FROM item`, perItem).Scan(&b.waiting, &b.bytes); err != nil {
		return err
	}
	_, err := b.note(ctx, "dropped", &b.dropped)
	return err
}

// Close releases the file. It may be called twice.
func (b *Box) Close() error { return b.db.Close() }

// Put implements [agent.Box].
func (b *Box) Put(ctx context.Context, items []agent.Item) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	bytes, waiting, dropped := b.bytes, b.waiting, b.dropped
	err := b.write(ctx, func(tx *sql.Tx) error {
		for _, it := range items {
			err := exec(ctx, tx, `INSERT INTO item (kind, run, sequence, payload) VALUES ($1, $2, $3, $4)`, string(it.Kind), it.Run, it.Sequence, it.Payload)
			if err != nil {
				return err
			}
			bytes += int64(len(it.Payload)) + perItem
			waiting++
		}
		if bytes <= b.limit {
			return nil
		}
		n, freed, err := b.makeRoom(ctx, tx, bytes-b.limit)
		if err != nil {
			return err
		}
		bytes, waiting, dropped = bytes-freed, waiting-n, dropped+n
		return putNote(ctx, tx, "dropped", dropped)
	})
	if err != nil {
		return fmt.Errorf("put into the outbox: %w", err)
	}
	b.bytes, b.waiting, b.dropped = bytes, waiting, dropped
	return nil
}

// makeRoom drops the oldest items, until so many bytes are free.
func (b *Box) makeRoom(ctx context.Context, tx *sql.Tx, need int64) (n, freed int64, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT n, length(payload) + $1 FROM item ORDER BY n`, perItem)
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	var last int64
	for freed < need && rows.Next() {
		var size int64
		if err := rows.Scan(&last, &size); err != nil {
			return 0, 0, err
		}
		n, freed = n+1, freed+size
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return 0, 0, err
	}
	return n, freed, exec(ctx, tx, `DELETE FROM item WHERE n <= $1`, last)
}

// Newest implements [agent.Box]. While nothing waits, as in most seconds, it costs no question to the file.
func (b *Box) Newest(ctx context.Context, n int) ([]agent.Item, error) {
	if waiting, _ := b.Size(); waiting == 0 {
		return nil, nil
	}
	rows, err := b.db.QueryContext(ctx, `SELECT n, kind, run, sequence, payload FROM item ORDER BY n DESC LIMIT $1`, n)
	if err != nil {
		return nil, fmt.Errorf("read the outbox: %w", err)
	}
	defer rows.Close()
	var all []agent.Item
	for rows.Next() {
		var it agent.Item
		if err := rows.Scan(&it.Number, &it.Kind, &it.Run, &it.Sequence, &it.Payload); err != nil {
			return nil, fmt.Errorf("read the outbox: %w", err)
		}
		all = append(all, it)
	}
	return all, rows.Err()
}

// Remove implements [agent.Box].
func (b *Box) Remove(ctx context.Context, numbers []int64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	bytes, waiting := b.bytes, b.waiting
	err := b.write(ctx, func(tx *sql.Tx) error {
		for _, n := range numbers {
			var size int64
			err := tx.QueryRowContext(ctx, `DELETE FROM item WHERE n = $1 RETURNING length(payload) + $2`, n, perItem).Scan(&size)
			if errors.Is(err, sql.ErrNoRows) {
				continue // dropped meanwhile
			}
			if err != nil {
				return err
			}
			bytes, waiting = bytes-size, waiting-1
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("remove from the outbox: %w", err)
	}
	b.bytes, b.waiting = bytes, waiting
	return nil
}

// Size implements [agent.Box].
func (b *Box) Size() (waiting, dropped int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.waiting, b.dropped
}

// spent is the budget as it is kept.
type spent struct {
	At    time.Time         `json:"at"`
	Ended bool              `json:"ended"`
	State probe.BudgetState `json:"state"`
}

// Budget implements [agent.Box].
func (b *Box) Budget(ctx context.Context) (state probe.BudgetState, ended bool, err error) {
	var s spent
	there, err := b.note(ctx, "budget", &s)
	if err != nil {
		return nil, false, fmt.Errorf("read the budget: %w", err)
	}
	return s.State, s.Ended || !there, nil
}

// KeepBudget implements [agent.Box].
func (b *Box) KeepBudget(ctx context.Context, state probe.BudgetState, ended bool) error {
	err := b.write(ctx, func(tx *sql.Tx) error {
		return putNote(ctx, tx, "budget", spent{At: time.Now().UTC(), Ended: ended, State: state})
	})
	if err != nil {
		return fmt.Errorf("keep the budget: %w", err)
	}
	return nil
}

// note reads what is kept under a name, and reports whether anything is.
func (b *Box) note(ctx context.Context, name string, into any) (bool, error) {
	var value []byte
	err := b.db.QueryRowContext(ctx, `SELECT value FROM note WHERE name = $1`, name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, json.Unmarshal(value, into)
}

func putNote(ctx context.Context, tx *sql.Tx, name string, what any) error {
	value, err := json.Marshal(what)
	if err != nil {
		return err
	}
	return exec(ctx, tx, `INSERT INTO note (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
}

func exec(ctx context.Context, tx *sql.Tx, query string, args ...any) error {
	_, err := tx.ExecContext(ctx, query, args...)
	return err
}

// write does something in a transaction.
func (b *Box) write(ctx context.Context, do func(tx *sql.Tx) error) error {
	tx, err := b.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}
