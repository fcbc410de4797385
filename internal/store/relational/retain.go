package relational

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/seawall-project/seawall/internal/store"
)

// A step of retention is one short write: at most about so many rows, and of each site so long a time.
const (
	retainRows = 2000
	retainSpan = 6 * time.Hour
	retainWide = 50 // rows that may be wide
)

// Retain implements [store.Retainer].
func (db *DB) Retain(ctx context.Context, c store.Cutoffs) (r store.Removed, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("retain: %w", err)
		}
	}()
	if r.Results, err = db.retainResults(ctx, c.Results); err != nil {
		return r, err
	}
	if r.Rollups, err = db.bySite(ctx, "rollup", c.Rollups); err != nil {
		return r, err
	}
	for _, part := range []struct {
		removed *int64
		before  time.Time
		query   string
	}{
		{&r.Evidence, c.Evidence, `DELETE FROM evidence WHERE id IN (SELECT id FROM evidence WHERE at < $1 ORDER BY at LIMIT $2)`},
		{&r.Transitions, c.Transitions, `DELETE FROM transition WHERE id IN (SELECT id FROM transition WHERE at < $1 ORDER BY at LIMIT $2)`},
		{&r.Budgets, c.Budgets, `DELETE FROM budget WHERE host IN (SELECT host FROM budget WHERE at < $1 LIMIT $2)`},
		{&r.Networks, c.Networks, `
DELETE FROM intel_network WHERE (network, feed) IN (SELECT network, feed FROM intel_network WHERE until_at <= $1 LIMIT $2)`},
		{&r.Health, c.Health, `
DELETE FROM health WHERE id IN (SELECT id FROM health h WHERE at < $1 AND EXISTS
	(SELECT 1 FROM health l WHERE l.vantage = h.vantage AND (l.at > h.at OR l.at = h.at AND l.id > h.id)) LIMIT $2)`},
	} {
		if *part.removed, err = db.inSteps(ctx, part.query, part.before); err != nil {
			return r, err
		}
	}
	return r, nil
}

// inSteps runs a statement that removes at most $2 rows from before $1 until none is left.
func (db *DB) inSteps(ctx context.Context, query string, before time.Time) (removed int64, err error) {
	for more := !before.IsZero(); more; {
		n, err := db.exec(ctx, "remove", query, millis(before), int64(retainWide))
		if err != nil {
			return removed, err
		}
		removed += n
		more = n > 0
	}
	return removed, nil
}

// retainResults removes results of which only the sums are to be left.
func (db *DB) retainResults(ctx context.Context, before time.Time) (removed int64, err error) {
	if before.IsZero() {
		return 0, nil
	}
	before = before.UTC().Truncate(store.Bucket)
	if err := db.finishRolling(ctx); err != nil {
		return 0, err
	}
	err = db.write(ctx, "forget results", func(tx *sql.Tx) error {
		marks, err := readMarks(ctx, tx)
		if err != nil {
			return err
		}
		if rolled := at(marks[rolledMark]); rolled.Before(before) {
			before = rolled
		}
		if before.IsZero() {
			return nil
		}
		// Results of that time are refused from now on, so those that are there become no more.
		return advance(ctx, tx, oldestMark, before)
	})
	if err != nil || before.IsZero() {
		return 0, err
	}
	if db.dialect.DropResults == nil {
		removed, err = db.bySite(ctx, "result", before)
	} else {
		write := func(f func(tx *sql.Tx) error) error { return db.write(ctx, "drop results", f) }
		removed, err = db.dialect.DropResults(ctx, db.reader, write, before)
	}
	if err != nil {
		return removed, err
	}
	return removed, db.write(ctx, "forget runs", func(tx *sql.Tx) error { return forgetRuns(ctx, tx, before) })
}

// finishRolling sums up what is due already.
func (db *DB) finishRolling(ctx context.Context) error { return db.Roll(ctx, epoch) }

// bySite removes rows of a table whose key begins with site and at.
func (db *DB) bySite(ctx context.Context, table string, before time.Time) (removed int64, err error) {
	if before.IsZero() {
		return 0, nil
	}
	sites, err := read(ctx, db, "sites", scanInt[store.SiteID], `SELECT id FROM site ORDER BY id`)
	if err != nil {
		return 0, err
	}
	for len(sites) > 0 {
		var n int64
		left := sites
		err = db.write(ctx, "remove", func(tx *sql.Tx) (err error) {
			n, left, err = removeStep(ctx, tx, table, sites, before)
			return err
		})
		if err != nil {
			return removed, err
		}
		removed, sites = removed+n, left
	}
	return removed, nil
}

// removeStep removes a little, and returns how many rows and for which sites there may be more to do.
func removeStep(ctx context.Context, tx *sql.Tx, table string, sites []store.SiteID, before time.Time) (n int64, left []store.SiteID, err error) {
	for len(sites) > 0 && n < retainRows {
		more, removed, err := removeSpan(ctx, tx, table, sites[0], before)
		if err != nil {
			return 0, sites, err
		}
		n += removed
		if !more {
			sites = sites[1:]
		}
	}
	return n, sites, nil
}

// removeSpan removes the oldest rows of a site, and reports whether there may be more.
func removeSpan(ctx context.Context, tx *sql.Tx, table string, site store.SiteID, before time.Time) (more bool, n int64, err error) {
	var oldest sql.Null[int64]
	err = tx.QueryRowContext(ctx, `SELECT MIN(at) FROM `+table+` WHERE site = $1 AND at < $2`, int64(site), millis(before)).Scan(&oldest)
	if err != nil || !oldest.Valid {
		return false, 0, err
	}
	border := min(millis(before), oldest.V+retainSpan.Milliseconds())
	n, err = changed(tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE site = $1 AND at < $2`, int64(site), border))
	return border < millis(before), n, err
}
