package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/store"
)

// Checked says how far a file was looked through.
type Checked struct {
	Took   time.Duration
	Unread []string // tables that there was no time for
}

// large are the tables that may be too large to be read at every start, the smallest first. They are looked through last.
var large = []string{"evidence", "rollup", "result"}

// check looks for damage, table by table, and stops when it has taken limit. Damage is [store.ErrDamaged].
func check(ctx context.Context, db *sql.DB, limit time.Duration) (Checked, error) {
	began := time.Now()
	tables, err := tablesOf(ctx, db)
	if err != nil {
		return Checked{}, err
	}
	timed, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var c Checked
	for i, table := range tables {
		err := checkTable(timed, db, table)
		if timed.Err() != nil && ctx.Err() == nil && !errors.Is(err, store.ErrDamaged) {
			c.Unread = tables[i:]
			break
		}
		if err != nil {
			return Checked{}, err
		}
	}
	c.Took = time.Since(began)
	return c, nil
}

// tablesOf returns the names of all tables, the large ones last.
func tablesOf(ctx context.Context, db *sql.DB) ([]string, error) {
	rows, err := db.QueryContext(ctx, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var tables []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		tables = append(tables, name)
	}
	slices.SortStableFunc(tables, func(a, b string) int { return slices.Index(large, a) - slices.Index(large, b) })
	return tables, rows.Err()
}

// checkTable looks through a table and its indexes.
func checkTable(ctx context.Context, db *sql.DB, table string) error {
	var found string
	err := db.QueryRowContext(ctx, `PRAGMA quick_check('`+strings.ReplaceAll(table, "'", "''")+`')`).Scan(&found)
	if err != nil {
		return err
	}
	if found != "ok" {
		return damaged(table + ": " + strings.Join(strings.Fields(found), " "))
	}
	return nil
}

// damaged says what was found and what to do about it.
func damaged(found string) error {
	return fmt.Errorf("%w (%s): stop every Seawall that uses it, move the file and those called like it aside, and put a backup "+
		"(seawall backup) in its place; without a backup, start with an empty folder", store.ErrDamaged, found)
}
