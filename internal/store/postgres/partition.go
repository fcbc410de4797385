package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// day is what a partition holds.
const day = 24 * time.Hour

// partitionPrefix and partitionDay are how partitions are called: "result_20251117".
const (
	partitionPrefix = "result_"
	partitionDay    = "20060102"
)

func partitionOf(t time.Time) string { return partitionPrefix + t.UTC().Format(partitionDay) }

// makePartitions makes room for results of these days and of the days after them, so that at midnight there is nothing to be made.
func makePartitions(ctx context.Context, tx *sql.Tx, days []time.Time) error {
	for _, first := range days {
		for _, t := range []time.Time{first, first.Add(day)} {
			if err := makePartition(ctx, tx, t); err != nil {
				return fmt.Errorf("make partition %s: %w", partitionOf(t), err)
			}
		}
	}
	return nil
}

// makePartition makes a table and attaches it, which readers do not notice; to create it as a partition would make them wait.
func makePartition(ctx context.Context, tx *sql.Tx, t time.Time) error {
	name := partitionOf(t)
	var there bool
	if err := tx.QueryRowContext(ctx, `SELECT to_regclass($1) IS NOT NULL`, name).Scan(&there); err != nil || there {
		return err
	}
	from, to := t.UnixMilli(), t.Add(day).UnixMilli()
	for _, statement := range []string{
		"CREATE TABLE " + name + " (LIKE result)",
		fmt.Sprintf("ALTER TABLE %s ADD CHECK (at >= %d AND at < %d)", name, from, to),
		fmt.Sprintf("ALTER TABLE result ATTACH PARTITION %s FOR VALUES FROM (%d) TO (%d)", name, from, to),
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// dropPartitions drops those that end at or before t.
func dropPartitions(ctx context.Context, reader *sql.DB, write func(f func(tx *sql.Tx) error) error, t time.Time) (removed int64, err error) {
	names, err := partitionsBefore(ctx, reader, t)
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		var n int64 // counted before, so that no writer waits for it; nothing is added any more
		if err := reader.QueryRowContext(ctx, "SELECT count(*) FROM "+name).Scan(&n); err != nil {
			return removed, err
		}
		if err := write(func(tx *sql.Tx) error { return dropPartition(ctx, tx, name) }); err != nil {
			return removed, err
		}
		removed += n
	}
	return removed, nil
}

// dropPartition waits for readers, but not for long: those who come meanwhile wait behind it. What is not dropped is dropped the next time.
func dropPartition(ctx context.Context, tx *sql.Tx, name string) error {
	if _, err := tx.ExecContext(ctx, "SET LOCAL lock_timeout = '2s'"); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "DROP TABLE "+name)
	return err
}

// partitionsBefore returns the names of the partitions that end at or before t, the oldest first.
func partitionsBefore(ctx context.Context, reader *sql.DB, t time.Time) ([]string, error) {
	rows, err := reader.QueryContext(ctx, `
SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass('result') ORDER BY c.relname`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		from, err := time.Parse(partitionDay, strings.TrimPrefix(name, partitionPrefix))
		if err == nil && !from.Add(day).After(t) {
			names = append(names, name)
		}
	}
	return names, rows.Err()
}
