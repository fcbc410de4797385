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

const (
	putForecast = `
INSERT INTO forecast (id, event, kind, name, from_at, until_at, beside, sealed, entry, salt, seal, content)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`
	selectForecasts = `
SELECT f.id, f.event, f.kind, f.name, f.from_at, f.until_at, f.beside, f.sealed, f.entry, f.salt, f.seal, f.content, r.at, r.outcome, r.why
FROM forecast f LEFT JOIN forecast_resolution r ON r.forecast = f.id`
	putResolution = `INSERT INTO forecast_resolution (forecast, at, outcome, why) VALUES ($1, $2, $3, $4)`
	putCalendar   = `
INSERT INTO calendar_entry (uid, from_at, until_at, election, country, title, source, added) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (uid, from_at) DO UPDATE SET until_at = excluded.until_at, election = excluded.election, country = excluded.country,
	title = excluded.title, source = excluded.source, added = excluded.added`
)

// putForecasts adds forecasts in the step that adds their seals to the ledger.
func putForecasts(ctx context.Context, tx *sql.Tx, all []store.KeptForecast) error {
	return each(ctx, tx, putForecast, all, func(f *store.KeptForecast) ([]any, error) {
		switch {
		case !named(f.ID):
			return nil, errors.New("a forecast has no ID")
		case len(f.Content) > store.MaxDoc:
			return nil, fmt.Errorf("forecast of %d bytes: %w", len(f.Content), store.ErrTooLarge)
		case !f.Sealed.Before(f.From):
			return nil, fmt.Errorf("forecast %s was sealed when its window was open", f.ID)
		}
		return []any{
			f.ID, f.Event, f.Kind, text(f.Name), millis(f.From), millis(f.Until), f.Of, millis(f.Sealed), int64(f.Entry), //nolint:gosec // counted, below 2^63
			f.Salt[:], f.Seal[:], append([]byte{}, f.Content...),
		}, nil
	})
}

// putResolutions adds what became of forecasts, each once, in the step that adds it to the ledger.
func putResolutions(ctx context.Context, tx *sql.Tx, all []store.Resolution) error {
	for i := range all {
		var there, resolved int64
		const counts = `SELECT (SELECT COUNT(*) FROM forecast WHERE id = $1), (SELECT COUNT(*) FROM forecast_resolution WHERE forecast = $1)`
		if err := tx.QueryRowContext(ctx, counts, all[i].Forecast).Scan(&there, &resolved); err != nil {
			return err
		}
		if err := one(there, nil, "forecast", all[i].Forecast); err != nil {
			return err
		}
		if resolved > 0 {
			return fmt.Errorf("forecast %s is resolved already", all[i].Forecast)
		}
	}
	return each(ctx, tx, putResolution, all, func(r *store.Resolution) ([]any, error) {
		return []any{r.Forecast, millis(r.At), r.Outcome, text(r.Why)}, nil
	})
}

// Forecast implements [store.Forecasts].
func (db *DB) Forecast(ctx context.Context, id string) (store.KeptForecast, error) {
	all, err := read(ctx, db, "forecast", scanForecast, selectForecasts+` WHERE f.id = $1`, id)
	if err := one(int64(len(all)), err, "forecast", id); err != nil {
		return store.KeptForecast{}, err
	}
	return all[0], nil
}

// Forecasts implements [store.Forecasts].
func (db *DB) Forecasts(ctx context.Context, f store.ForecastFilter) ([]store.KeptForecast, error) {
	args := []any{end(f.Over), millis(f.Since), end(f.Until)}
	where := []string{"f.until_at <= $1", "f.until_at > $2", "f.sealed < $3"}
	for _, by := range []struct{ column, value string }{{"event", f.Event}, {"kind", f.Kind}, {"name", f.Name}} {
		if by.value != "" {
			args = append(args, by.value)
			where = append(where, "f."+by.column+" = $"+strconv.Itoa(len(args)))
		}
	}
	if f.Open {
		where = append(where, "r.forecast IS NULL")
	}
	args = append(args, limit(f.Limit))
	return read(ctx, db, "forecasts", scanForecast,
		selectForecasts+` WHERE `+strings.Join(where, " AND ")+` ORDER BY f.sealed DESC, f.id LIMIT $`+strconv.Itoa(len(args)), args...)
}

func scanForecast(r *sql.Rows, f *store.KeptForecast) error {
	var from, until, sealed int64
	var resolved sql.NullInt64
	var outcome, why sql.NullString
	var salt, seal []byte
	err := r.Scan(&f.ID, &f.Event, &f.Kind, &f.Name, &from, &until, &f.Of, &sealed, &f.Entry, &salt, &seal, &f.Content, &resolved, &outcome, &why)
	if err != nil {
		return err
	}
	if len(salt) != len(f.Salt) || len(seal) != len(f.Seal) {
		return fmt.Errorf("forecast %s: %w", f.ID, store.ErrDamaged)
	}
	f.From, f.Until, f.Sealed = at(from), at(until), at(sealed)
	copy(f.Salt[:], salt)
	copy(f.Seal[:], seal)
	if resolved.Valid {
		f.Resolution = &store.Resolution{Forecast: f.ID, At: at(resolved.Int64), Outcome: outcome.String, Why: why.String}
	}
	return nil
}

// PutCalendar implements [store.Forecasts].
func (db *DB) PutCalendar(ctx context.Context, all []store.CalendarEntry) error {
	return db.write(ctx, "put calendar", func(tx *sql.Tx) error {
		return each(ctx, tx, putCalendar, all, func(e *store.CalendarEntry) ([]any, error) {
			if e.UID == "" || len(e.UID) > store.MaxUID || text(e.UID) != e.UID || e.Until.Before(e.From) {
				return nil, fmt.Errorf("entry %.80q has no UID that can be kept, or ends before it begins", e.UID)
			}
			election := 0
			if e.Election {
				election = 1
			}
			return []any{e.UID, millis(e.From), millis(e.Until), election, e.Country, text(e.Title), text(e.Source), millis(e.Added)}, nil
		})
	})
}

// Calendar implements [store.Forecasts].
func (db *DB) Calendar(ctx context.Context, from, until time.Time) ([]store.CalendarEntry, error) {
	return read(ctx, db, "calendar", func(r *sql.Rows, e *store.CalendarEntry) error {
		var from, until, added int64
		err := r.Scan(&e.UID, &from, &until, &e.Election, &e.Country, &e.Title, &e.Source, &added)
		e.From, e.Until, e.Added = at(from), at(until), at(added)
		return err
	}, `
SELECT uid, from_at, until_at, election, country, title, source, added FROM calendar_entry
WHERE (until_at > $1 OR from_at = until_at AND from_at >= $1) AND from_at < $2 ORDER BY from_at, uid`, millis(from), end(until))
}

// RemoveCalendar implements [store.Forecasts].
func (db *DB) RemoveCalendar(ctx context.Context, uid string) (int, error) {
	n, err := db.exec(ctx, "remove from calendar", `DELETE FROM calendar_entry WHERE uid = $1`, uid)
	return int(n), err
}
