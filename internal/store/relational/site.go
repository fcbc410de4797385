package relational

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/seawall-project/seawall/internal/store"
)

const putSite = `
INSERT INTO site (name, url, host, page, owner, sector, country, group_names, contacts, is_public, paused, source, added, removed)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (name) DO UPDATE SET url = excluded.url, host = excluded.host, page = excluded.page, owner = excluded.owner,
	sector = excluded.sector, country = excluded.country, group_names = excluded.group_names, contacts = excluded.contacts,
	is_public = excluded.is_public, paused = excluded.paused, source = excluded.source, added = excluded.added, removed = excluded.removed
RETURNING id`

// PutSite implements [store.Sites].
func (db *DB) PutSite(ctx context.Context, s store.Site) (id store.SiteID, err error) {
	if s.Name == "" {
		return 0, errors.New("put site: it has no name")
	}
	err = db.write(ctx, "put site "+s.Name, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, putSite, s.Name, s.URL, s.Host, s.Page, s.Owner, s.Sector, s.Country, asJSON(s.Groups), asJSON(s.Contacts),
			btoi(s.Public), btoi(s.Paused), string(s.Source), millis(s.Added), millis(s.Removed)).Scan(&id)
	})
	return id, err
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Sites implements [store.Sites].
func (db *DB) Sites(ctx context.Context) ([]store.Site, error) {
	all, err := read(ctx, db, "sites", scanSite, `
SELECT id, name, url, host, page, owner, sector, country, group_names, contacts, is_public, paused, source, added, removed FROM site`)
	byName(all, func(s *store.Site) string { return s.Name })
	return all, err
}

func scanSite(r *sql.Rows, s *store.Site) error {
	var groups, contacts []byte
	var public, paused int
	var added, removed int64
	err := r.Scan(&s.ID, &s.Name, &s.URL, &s.Host, &s.Page, &s.Owner, &s.Sector, &s.Country, &groups, &contacts, &public, &paused, &s.Source,
		&added, &removed)
	s.Public, s.Paused, s.Added, s.Removed = public != 0, paused != 0, at(added), at(removed)
	return errors.Join(err, json.Unmarshal(groups, &s.Groups), json.Unmarshal(contacts, &s.Contacts))
}

// OptOut implements [store.Sites].
func (db *DB) OptOut(ctx context.Context, o store.OptOut) error {
	_, err := db.exec(ctx, "remember opt-out", `INSERT INTO opt_out (host, at, who, reason) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
		o.Host, millis(o.At), text(o.By), text(o.Reason))
	return err
}

// OptOuts implements [store.Sites].
func (db *DB) OptOuts(ctx context.Context) ([]store.OptOut, error) {
	all, err := read(ctx, db, "opt-outs", func(r *sql.Rows, o *store.OptOut) error {
		var ms int64
		err := r.Scan(&o.Host, &ms, &o.By, &o.Reason)
		o.At = at(ms)
		return err
	}, `SELECT host, at, who, reason FROM opt_out`)
	byName(all, func(o *store.OptOut) string { return o.Host })
	return all, err
}

// AddMaintenance implements [store.Sites].
func (db *DB) AddMaintenance(ctx context.Context, m store.Maintenance) (id int64, err error) {
	if !m.To.After(m.From) {
		return 0, errors.New("add maintenance: it ends before it begins")
	}
	err = db.write(ctx, "add maintenance", func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `INSERT INTO maintenance (site, from_at, to_at, who, reason) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
			int64(m.Site), millis(m.From), millis(m.To), text(m.By), text(m.Reason)).Scan(&id)
	})
	return id, err
}

// RemoveMaintenance implements [store.Sites].
func (db *DB) RemoveMaintenance(ctx context.Context, id int64) error {
	n, err := db.exec(ctx, "remove maintenance", `DELETE FROM maintenance WHERE id = $1`, id)
	return one(n, err, "maintenance", strconv.FormatInt(id, 10))
}

// Maintenances implements [store.Sites].
func (db *DB) Maintenances(ctx context.Context, t time.Time) ([]store.Maintenance, error) {
	return read(ctx, db, "maintenance", func(r *sql.Rows, m *store.Maintenance) error {
		var from, to int64
		err := r.Scan(&m.ID, &m.Site, &from, &to, &m.By, &m.Reason)
		m.From, m.To = at(from), at(to)
		return err
	}, `SELECT id, site, from_at, to_at, who, reason FROM maintenance WHERE to_at > $1 ORDER BY from_at, id`, millis(t))
}
