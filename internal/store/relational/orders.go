package relational

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/seawall-project/seawall/internal/store"
)

// PutFeed implements [store.Orders].
func (db *DB) PutFeed(ctx context.Context, f store.Feed) error {
	if !named(f.Name) {
		return errors.New("put feed: its name is empty, too long, or not text")
	}
	b, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("put feed %s: %w", f.Name, err)
	}
	_, err = db.exec(ctx, "put feed "+f.Name,
		`INSERT INTO intel_feed (name, doc) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET doc = excluded.doc`, f.Name, text(string(b)))
	return err
}

// Feeds implements [store.Orders].
func (db *DB) Feeds(ctx context.Context) ([]store.Feed, error) {
	all, err := read(ctx, db, "feeds", func(r *sql.Rows, f *store.Feed) error {
		var b []byte
		if err := r.Scan(&b); err != nil {
			return err
		}
		return json.Unmarshal(b, f)
	}, `SELECT doc FROM intel_feed`)
	byName(all, func(f *store.Feed) string { return f.Name })
	return all, err
}

const (
	putList = `
INSERT INTO intel_list (feed, at, hash, place, hosts) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (feed, at, hash) DO UPDATE SET place = excluded.place WHERE excluded.place < intel_list.place`
	putSighting = `INSERT INTO intel_sighting (feed, host, at, list, aim) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`
	putAim      = `INSERT INTO intel_aim (id, doc) VALUES ($1, $2) ON CONFLICT DO NOTHING`
	putTemplate = `INSERT INTO intel_template (id, doc) VALUES ($1, $2) ON CONFLICT DO NOTHING`
)

// PutLists implements [store.Orders].
func (db *DB) PutLists(ctx context.Context, lists []store.OrderList, aims, templates []store.Document) error {
	var sightings []store.OrderSighting
	for i := range lists {
		l := &lists[i]
		if !named(l.Feed) || len(l.Hash)%2 != 0 || l.Hash == "" {
			return errors.New("put lists: one has no feed or no hash")
		}
		for _, s := range l.Sightings {
			s.Feed, s.At, s.List = l.Feed, l.At, l.Hash[:len(l.Hash)/2]
			sightings = append(sightings, s)
		}
	}
	return db.write(ctx, "put lists", func(tx *sql.Tx) error {
		return firstError(
			func() error { return each(ctx, tx, putTemplate, templates, documentArgs) },
			func() error { return each(ctx, tx, putAim, aims, documentArgs) },
			func() error {
				return each(ctx, tx, putList, lists, func(l *store.OrderList) ([]any, error) {
					return []any{l.Feed, millis(l.At), l.Hash, text(l.Place), l.Hosts}, nil
				})
			},
			func() error {
				return each(ctx, tx, putSighting, sightings, func(s *store.OrderSighting) ([]any, error) {
					return []any{s.Feed, text(s.Host), millis(s.At), s.List, s.Aim}, nil
				})
			},
		)
	})
}

// firstError does one after the other until one fails.
func firstError(all ...func() error) error {
	for _, do := range all {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

func documentArgs(d *store.Document) ([]any, error) {
	b, err := doc(d.Doc)
	return []any{d.ID, text(b)}, err
}

func listsQuery(feed string) (query string, args []any) {
	var w where
	w.is("feed", feed)
	return `SELECT feed, at, hash, place, hosts FROM intel_list` + w.String() + ` ORDER BY at, hash, feed`, w.args
}

// OrderLists implements [store.Orders].
func (db *DB) OrderLists(ctx context.Context, feed string) ([]store.OrderList, error) {
	query, args := listsQuery(feed)
	return read(ctx, db, "lists", func(r *sql.Rows, l *store.OrderList) error {
		var ms int64
		err := r.Scan(&l.Feed, &ms, &l.Hash, &l.Place, &l.Hosts)
		l.At = at(ms)
		return err
	}, query, args...)
}

// selectLastLists looks one row up for each feed: a feed has many lists.
const selectLastLists = `SELECT name, coalesce((SELECT max(at) FROM intel_list WHERE intel_list.feed = intel_feed.name), 0) FROM intel_feed`

// LastLists implements [store.Orders].
func (db *DB) LastLists(ctx context.Context) (map[string]time.Time, error) {
	type last struct {
		feed string
		ms   int64
	}
	all, err := read(ctx, db, "last lists", func(r *sql.Rows, l *last) error { return r.Scan(&l.feed, &l.ms) }, selectLastLists)
	times := make(map[string]time.Time, len(all))
	for _, l := range all {
		if l.ms != 0 {
			times[l.feed] = at(l.ms)
		}
	}
	return times, err
}

// sightingsQuery asks for both ends of a time span where one is given, for that is where SQLite takes the index, and for none where none is.
func sightingsQuery(f store.SightingFilter) (query string, args []any) {
	var w where
	if !f.Since.IsZero() || !f.Until.IsZero() {
		w.conditions = []string{"at >= " + w.arg(millis(f.Since)), "at < " + w.arg(end(f.Until))}
	}
	w.is("feed", f.Feed)
	w.is("host", f.Host)
	return `SELECT feed, host, at, list, aim FROM intel_sighting` + w.String() + ` ORDER BY feed, host, at, list`, w.args
}

// Sightings implements [store.Orders].
func (db *DB) Sightings(ctx context.Context, f store.SightingFilter, yield func(store.OrderSighting) error) error {
	query, args := sightingsQuery(f)
	r, err := db.reader.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("read sightings: %w", err)
	}
	defer r.Close()
	for r.Next() {
		var s store.OrderSighting
		var ms int64
		if err := r.Scan(&s.Feed, &s.Host, &ms, &s.List, &s.Aim); err != nil {
			return fmt.Errorf("read sightings: %w", err)
		}
		s.At = at(ms)
		if err := yield(s); err != nil {
			return err
		}
	}
	return r.Err()
}

// listedHosts goes from host to host in the index: a list names a host many times.
const listedHosts = `
WITH RECURSIVE listed (host) AS (
	SELECT MIN(host) FROM intel_sighting
	UNION ALL SELECT (SELECT MIN(s.host) FROM intel_sighting s WHERE s.host > listed.host) FROM listed WHERE listed.host IS NOT NULL)
SELECT host FROM listed WHERE host IS NOT NULL`

// ListedHosts implements [store.Orders].
func (db *DB) ListedHosts(ctx context.Context) ([]string, error) {
	all, err := read(ctx, db, "listed hosts", func(r *sql.Rows, host *string) error { return r.Scan(host) }, listedHosts)
	slices.Sort(all) // databases have orders of their own
	return all, err
}

// OrderRows implements [store.Orders].
func (db *DB) OrderRows(ctx context.Context) (n store.OrderRows, err error) {
	err = db.reader.QueryRowContext(ctx, `
SELECT (SELECT COUNT(*) FROM intel_list), (SELECT COUNT(*) FROM intel_sighting), (SELECT COUNT(*) FROM intel_aim), (SELECT COUNT(*) FROM intel_template),
	(SELECT COUNT(*) FROM intel_network)`,
	).Scan(&n.Lists, &n.Sightings, &n.Aims, &n.Templates, &n.Networks)
	if err != nil {
		return n, fmt.Errorf("count rows of lists: %w", err)
	}
	return n, nil
}

// Aim implements [store.Orders].
func (db *DB) Aim(ctx context.Context, id string) (store.Document, error) {
	return db.document(ctx, "aim", id, `SELECT id, doc FROM intel_aim WHERE id = $1`)
}

// OrderTemplate implements [store.Orders].
func (db *DB) OrderTemplate(ctx context.Context, id string) (store.Document, error) {
	return db.document(ctx, "template", id, `SELECT id, doc FROM intel_template WHERE id = $1`)
}

func (db *DB) document(ctx context.Context, what, id, query string) (d store.Document, err error) {
	err = db.reader.QueryRowContext(ctx, query, id).Scan(&d.ID, (*[]byte)(&d.Doc))
	if errors.Is(err, sql.ErrNoRows) {
		err = store.ErrNotFound
	}
	if err != nil {
		return d, fmt.Errorf("%s %q: %w", what, id, err)
	}
	return d, nil
}
