package relational

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// A step of summing up is one short write: so many sites, and of each so long a time.
const (
	rollSites = 50
	rollSpan  = 6 * time.Hour
)

// due is a time of a site that is to be summed up, in milliseconds and whole buckets.
type due struct {
	site     store.SiteID
	from, to int64
}

func addDue(ctx context.Context, tx *sql.Tx, site store.SiteID, from, to int64) error {
	_, err := tx.ExecContext(ctx, `
INSERT INTO rollup_due (site, from_at, to_at) VALUES ($1, $2, $3)
ON CONFLICT (site, from_at) DO UPDATE SET to_at = excluded.to_at WHERE rollup_due.to_at < excluded.to_at`, int64(site), from, to)
	return err
}

// Roll implements [store.Rollups].
func (db *DB) Roll(ctx context.Context, until time.Time) error {
	until = until.UTC().Truncate(store.Bucket)
	err := db.write(ctx, "roll up", func(tx *sql.Tx) error { return markDue(ctx, tx, until) })
	for more := true; more && err == nil; {
		err = db.write(ctx, "roll up", func(tx *sql.Tx) (err error) {
			more, err = rollStep(ctx, tx)
			return err
		})
	}
	return err
}

// markDue notes what has to be summed up until until, and that results which come from now on are late. So nothing is forgotten when the
// program ends before it is done.
func markDue(ctx context.Context, tx *sql.Tx, until time.Time) error {
	marks, err := readMarks(ctx, tx)
	if err != nil || millis(until) <= marks[rolledMark] {
		return err
	}
	_, err = tx.ExecContext(ctx, `
INSERT INTO rollup_due (site, from_at, to_at) SELECT id, CAST($1 AS BIGINT), CAST($2 AS BIGINT) FROM site WHERE id > 0
ON CONFLICT (site, from_at) DO UPDATE SET to_at = excluded.to_at WHERE rollup_due.to_at < excluded.to_at`, marks[rolledMark], millis(until))
	if err != nil {
		return err
	}
	return advance(ctx, tx, rolledMark, until)
}

// rollStep sums up a little of what is due, and reports whether there may be more.
func rollStep(ctx context.Context, tx *sql.Tx) (more bool, err error) {
	all, err := rows(ctx, tx, func(r *sql.Rows, d *due) error { return r.Scan(&d.site, &d.from, &d.to) },
		`SELECT site, from_at, to_at FROM rollup_due ORDER BY site, from_at LIMIT $1`, rollSites)
	if err != nil {
		return false, err
	}
	for i, d := range all {
		if i > 0 && d.to-d.from > rollSpan.Milliseconds() {
			break // long ones have a step to themselves
		}
		if err := rollDue(ctx, tx, d); err != nil {
			return false, err
		}
		if d.to-d.from > rollSpan.Milliseconds() {
			break
		}
	}
	return len(all) > 0, nil
}

// rollDue sums up d, or its beginning where it is long, and takes what is done off the list.
func rollDue(ctx context.Context, tx *sql.Tx, d due) error {
	var first sql.Null[int64]
	err := tx.QueryRowContext(ctx, `SELECT MIN(at) FROM result WHERE site = $1 AND at >= $2 AND at < $3`, int64(d.site), d.from, d.to).Scan(&first)
	if err != nil {
		return err
	}
	done := d.to
	if first.Valid {
		from := millis(at(first.V).Truncate(store.Bucket))
		done = min(d.to, from+rollSpan.Milliseconds())
		if err := rollSpanOf(ctx, tx, d.site, from, done); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM rollup_due WHERE site = $1 AND from_at = $2`, int64(d.site), d.from); err != nil || done == d.to {
		return err
	}
	return addDue(ctx, tx, d.site, done, d.to)
}

const putRollup = `
INSERT INTO rollup (site, at, results, no_vote, up, degraded, protected, down, classes, vantages, ttfb50, ttfb95)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (site, at) DO UPDATE SET results = excluded.results, no_vote = excluded.no_vote, up = excluded.up, degraded = excluded.degraded,
	protected = excluded.protected, down = excluded.down, classes = excluded.classes, vantages = excluded.vantages,
	ttfb50 = excluded.ttfb50, ttfb95 = excluded.ttfb95`

// rollSpanOf sums up a site's time.
func rollSpanOf(ctx context.Context, tx *sql.Tx, site store.SiteID, from, to int64) error {
	rs, err := rows(ctx, tx, scanResult, selectResults+inSite, int64(site), from, to, limit(0))
	if err != nil {
		return err
	}
	sums := store.SumUp(rs)
	if len(sums) == 0 {
		return nil
	}
	stmt, err := tx.PrepareContext(ctx, putRollup)
	if err != nil {
		return err
	}
	defer stmt.Close()
	for i := range sums {
		s := &sums[i]
		_, err := stmt.ExecContext(ctx, int64(s.Site), millis(s.From), int64(s.Results), int64(s.Votes[probe.NoVote]), int64(s.Votes[probe.Up]),
			int64(s.Votes[probe.Degraded]), int64(s.Votes[probe.Protected]), int64(s.Votes[probe.Down]), classText(s.Classes), int64(s.Vantages),
			wholeMillis(s.TTFB50), wholeMillis(s.TTFB95))
		if err != nil {
			return err
		}
	}
	return nil
}

// wholeMillis is a percentile as it is stored.
func wholeMillis(d time.Duration) any {
	if d < 0 {
		return nil
	}
	return min(d.Milliseconds(), math.MaxInt32)
}

// classText writes counts as "1:298 12:2".
func classText(all []store.ClassCount) string {
	var b strings.Builder
	for i, c := range all {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%d:%d", uint8(c.Class), c.Count)
	}
	return b.String()
}

func parseClasses(text string) ([]store.ClassCount, error) {
	var all []store.ClassCount
	for field := range strings.FieldsSeq(text) {
		var c uint8
		var n int
		if _, err := fmt.Sscanf(field, "%d:%d", &c, &n); err != nil {
			return nil, fmt.Errorf("classes %q: %w", text, err)
		}
		all = append(all, store.ClassCount{Class: probe.Class(c), Count: n})
	}
	return all, nil
}

// Rollups implements [store.Rollups].
func (db *DB) Rollups(ctx context.Context, r store.Range) ([]store.Rollup, error) {
	return read(ctx, db, "roll-ups", scanRollup, `
SELECT site, at, results, no_vote, up, degraded, protected, down, classes, vantages, ttfb50, ttfb95 FROM rollup
WHERE site = $1 AND at >= $2 AND at < $3 ORDER BY at LIMIT $4`, int64(r.Site), millis(r.From), end(r.To), limit(r.Limit))
}

func scanRollup(row *sql.Rows, s *store.Rollup) error {
	var ms int64
	var classes string
	var p50, p95 sql.Null[int64]
	err := row.Scan(&s.Site, &ms, &s.Results, &s.Votes[probe.NoVote], &s.Votes[probe.Up], &s.Votes[probe.Degraded], &s.Votes[probe.Protected],
		&s.Votes[probe.Down], &classes, &s.Vantages, &p50, &p95)
	if err != nil {
		return err
	}
	s.From, s.TTFB50, s.TTFB95 = at(ms), timing(p50), timing(p95)
	if p50.Valid {
		s.TTFB50, s.TTFB95 = s.TTFB50*1000, s.TTFB95*1000
	}
	s.Classes, err = parseClasses(classes)
	return err
}
