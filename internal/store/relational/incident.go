package relational

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/store"
)

const putIncident = `
INSERT INTO incident (id, opened, closed, doc, acked, acked_by) VALUES ($1, $2, $3, $4, 0, '')
ON CONFLICT (id) DO UPDATE SET opened = excluded.opened, closed = excluded.closed, doc = excluded.doc`

// putIncidents writes what the state machine says of incidents.
func putIncidents(ctx context.Context, tx *sql.Tx, all []store.Incident) error {
	for i := range all {
		if err := putOne(ctx, tx, &all[i]); err != nil {
			return fmt.Errorf("incident %q: %w", all[i].ID, err)
		}
	}
	return nil
}

func putOne(ctx context.Context, tx *sql.Tx, i *store.Incident) error {
	d, err := doc(i.Doc)
	if err != nil {
		return err
	}
	if i.ID == "" || len(i.Sites) == 0 {
		return errors.New("it has no ID or no site")
	}
	if _, err := tx.ExecContext(ctx, putIncident, i.ID, millis(i.Opened), millis(i.Closed), d); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM incident_site WHERE incident = $1`, i.ID); err != nil {
		return err
	}
	return each(ctx, tx, `INSERT INTO incident_site (incident, site) VALUES ($1, $2) ON CONFLICT DO NOTHING`, i.Sites,
		func(s *store.SiteID) ([]any, error) { return []any{i.ID, int64(*s)}, nil })
}

const selectIncidents = `SELECT id, opened, closed, doc, acked, acked_by FROM incident`

// Incident implements [store.Incidents].
func (db *DB) Incident(ctx context.Context, id string) (store.Incident, error) {
	all, err := db.incidents(ctx, selectIncidents+` WHERE id = $1`, id)
	if err := one(int64(len(all)), err, "incident", id); err != nil {
		return store.Incident{}, err
	}
	return all[0], nil
}

// Incidents implements [store.Incidents].
func (db *DB) Incidents(ctx context.Context, f store.IncidentFilter) ([]store.Incident, error) {
	where := []string{"opened < $1"}
	args := []any{end(f.Until)}
	also := func(condition string, arg int64) {
		args = append(args, arg)
		where = append(where, strings.ReplaceAll(condition, "$", "$"+strconv.Itoa(len(args))))
	}
	if f.Open {
		where = append(where, "closed = 0")
	}
	if f.Site != 0 {
		also("id IN (SELECT incident FROM incident_site WHERE site = $)", int64(f.Site))
	}
	if !f.Since.IsZero() {
		also("(closed = 0 OR closed >= $)", millis(f.Since))
	}
	args = append(args, limit(f.Limit))
	return db.incidents(ctx, selectIncidents+" WHERE "+strings.Join(where, " AND ")+" ORDER BY opened DESC, id DESC LIMIT $"+strconv.Itoa(len(args)), args...)
}

// incidents reads incidents with their sites and notes, all from one moment.
func (db *DB) incidents(ctx context.Context, query string, args ...any) (all []store.Incident, err error) {
	tx, err := db.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: db.dialect.Snapshot})
	if err != nil {
		return nil, fmt.Errorf("read incidents: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	all, err = rows(ctx, tx, scanIncident, query, args...)
	for i := 0; i < len(all) && err == nil; i++ {
		err = details(ctx, tx, &all[i])
	}
	if err != nil {
		return nil, fmt.Errorf("read incidents: %w", err)
	}
	return all, nil
}

func scanIncident(r *sql.Rows, i *store.Incident) error {
	var opened, closed, acked int64
	err := r.Scan(&i.ID, &opened, &closed, (*[]byte)(&i.Doc), &acked, &i.AckedBy)
	i.Opened, i.Closed, i.Acked = at(opened), at(closed), at(acked)
	return err
}

func details(ctx context.Context, tx *sql.Tx, i *store.Incident) (err error) {
	i.Sites, err = rows(ctx, tx, scanInt[store.SiteID], `SELECT site FROM incident_site WHERE incident = $1 ORDER BY site`, i.ID)
	if err != nil {
		return err
	}
	i.Notes, err = rows(ctx, tx, func(r *sql.Rows, n *store.Note) error {
		var ms int64
		err := r.Scan(&ms, &n.By, &n.Text)
		n.At = at(ms)
		return err
	}, `SELECT at, who, note FROM incident_note WHERE incident = $1 ORDER BY at, id`, i.ID)
	return err
}

// Ack implements [store.Incidents].
func (db *DB) Ack(ctx context.Context, id, by string, t time.Time) error {
	n, err := db.exec(ctx, "acknowledge incident", `
UPDATE incident SET acked = CASE acked WHEN 0 THEN $1 ELSE acked END, acked_by = CASE acked WHEN 0 THEN $2 ELSE acked_by END WHERE id = $3`,
		millis(t), text(by), id)
	return one(n, err, "incident", id)
}

// AddNote implements [store.Incidents].
func (db *DB) AddNote(ctx context.Context, id string, n store.Note) error {
	if len(n.Text) > store.MaxDoc {
		return fmt.Errorf("note on incident %q: %w", id, store.ErrTooLarge)
	}
	added, err := db.exec(ctx, "note on incident", `
INSERT INTO incident_note (incident, at, who, note) SELECT id, CAST($1 AS BIGINT), CAST($2 AS TEXT), CAST($3 AS TEXT) FROM incident WHERE id = $4`,
		millis(n.At), text(n.By), text(n.Text), id)
	return one(added, err, "incident", id)
}
