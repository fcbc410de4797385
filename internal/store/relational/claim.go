package relational

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/claim/ledger"
	"github.com/seawall-project/seawall/internal/store"
)

// RecordClaims implements [store.Claims].
func (db *DB) RecordClaims(ctx context.Context, next func(last ledger.Entry) (store.ClaimStep, error)) error {
	erases := false
	err := db.write(ctx, "record", func(tx *sql.Tx) error {
		last, err := rows(ctx, tx, scanEntry, selectLast)
		if err != nil {
			return err
		}
		var from ledger.Entry
		if len(last) > 0 {
			from = last[0]
		}
		step, err := next(from)
		if err != nil {
			return err
		}
		erases = len(step.ForgetText)+len(step.Erase)+len(step.EraseTarget)+len(step.EraseVerdicts)+len(step.EraseMarks)+len(step.EraseBehind) > 0
		return firstError(
			func() error { return standing(ctx, tx, step.Needs) },
			func() error { return putEntries(ctx, tx, &from, step.Entries, step.Contents) },
			func() error { return putClaims(ctx, tx, step.Claims) },
			func() error { return putVerdicts(ctx, tx, step.Verdicts) },
			func() error { return putMarks(ctx, tx, step.Marks) },
			func() error { return putHeads(ctx, tx, step.Heads) },
			func() error { return putForecasts(ctx, tx, step.Forecasts) },
			func() error { return putResolutions(ctx, tx, step.Resolutions) },
			func() error { return erase(ctx, tx, &step) },
		)
	})
	if err == nil && erases && db.dialect.Erased != nil {
		db.dialect.Erased(ctx, db.writer)
	}
	return err
}

const (
	putClaim = `
INSERT INTO claim (id, kind, received, posted, entry, text_entry, forgot, erased, doc, words, results)
VALUES ($1, $2, $3, $4, $5, $6, 0, 0, $7, $8, $9)`
	putTarget  = `INSERT INTO claim_target (claim, place, host, site, via) VALUES ($1, $2, $3, $4, $5)`
	putVerdict = `INSERT INTO verdict (id, version, claim, target, at, entry, doc) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	putHead    = `INSERT INTO ledger_head (number, at, way, line) VALUES ($1, $2, $3, $4)`
	putContent = `INSERT INTO ledger_content (number, salt, content) VALUES ($1, $2, $3)`
	putEntry   = `
INSERT INTO ledger_entry (number, at, kind, content, previous, public_key, signature) VALUES ($1, $2, $3, $4, $5, $6, $7)`
)

// claimDoc is what a claim says beside its columns.
type claimDoc struct {
	Claimant    string   `json:"claimant,omitempty"`
	Source      string   `json:"source,omitempty"`
	Precision   string   `json:"precision"`
	Reliability string   `json:"reliability"`
	Credibility string   `json:"credibility"`
	TLP         string   `json:"tlp,omitempty"`
	Language    string   `json:"language,omitempty"`
	Proof       []string `json:"proof,omitempty"`
	Hash        string   `json:"hash,omitempty"`
}

func docOf(c *store.KeptClaim) (string, error) {
	d, err := json.Marshal(claimDoc{
		text(c.Claimant), text(c.Source), string(c.Precision), c.Reliability, c.Credibility, c.TLP, c.Language, c.Proof, c.Hash,
	})
	return string(d), err
}

func putClaims(ctx context.Context, tx *sql.Tx, all []store.KeptClaim) error {
	return firstError(
		func() error {
			return each(ctx, tx, putClaim, all, func(c *store.KeptClaim) ([]any, error) {
				if !named(c.ID) {
					return nil, errors.New("a claim has no ID")
				}
				d, err := docOf(c)
				return []any{
					c.ID, string(c.Kind), millis(c.Received), millis(c.Posted), int64(c.Entry), int64(c.Text), text(d), text(c.Claim.Text), //nolint:gosec // entries are counted, below 2^63
					append([]byte{}, c.Results...),
				}, err
			})
		},
		func() error {
			for i := range all {
				place := 0
				err := each(ctx, tx, putTarget, all[i].Targets, func(t *seawall.ClaimTarget) ([]any, error) {
					place++
					return []any{all[i].ID, place, text(t.Host), text(t.Site), string(t.Via)}, nil
				})
				if err != nil {
					return err
				}
			}
			return nil
		},
	)
}

func putVerdicts(ctx context.Context, tx *sql.Tx, all []store.KeptVerdict) error {
	return each(ctx, tx, putVerdict, all, func(v *store.KeptVerdict) ([]any, error) {
		d, err := doc(v.Doc)
		return []any{v.ID, v.Version, v.Claim, text(v.Target), millis(v.At), int64(v.Entry), text(d)}, err //nolint:gosec // entries are counted, below 2^63
	})
}

const selectStanding = `
SELECT COUNT(*) FROM claim c JOIN claim_target t ON t.claim = c.id WHERE c.id = $1 AND t.host = $2 AND c.erased = 0`

// standing reports what is not there of targets that have to be.
func standing(ctx context.Context, tx *sql.Tx, all []store.KeptTarget) error {
	for _, t := range all {
		var n int64
		err := tx.QueryRowContext(ctx, selectStanding, t.Claim, t.Host).Scan(&n)
		if err := one(n, err, "target of claim", t.Claim); err != nil {
			return err
		}
	}
	return nil
}

// putEntries adds to the ledger what follows last.
func putEntries(ctx context.Context, tx *sql.Tx, last *ledger.Entry, all []ledger.Entry, contents []ledger.Content) error {
	for i := range all {
		e := &all[i]
		if e.Number != last.Number+1 || last.Number > 0 && e.Previous != last.Hash() || !e.Signed() {
			return fmt.Errorf("entry %d does not follow entry %d", e.Number, last.Number)
		}
		last = e
	}
	return firstError(
		func() error {
			return each(ctx, tx, putEntry, all, func(e *ledger.Entry) ([]any, error) {
				return []any{int64(e.Number), millis(e.At), string(e.Kind), e.Content[:], e.Previous[:], e.Key[:], e.Signature[:]}, nil //nolint:gosec // counted, below 2^63
			})
		},
		func() error {
			return each(ctx, tx, putContent, contents, func(c *ledger.Content) ([]any, error) {
				return []any{int64(c.Number), c.Salt[:], append([]byte{}, c.Bytes...)}, nil //nolint:gosec // counted, below 2^63
			})
		},
	)
}

func putHeads(ctx context.Context, tx *sql.Tx, all []store.GivenHead) error {
	return each(ctx, tx, putHead, all, func(h *store.GivenHead) ([]any, error) {
		return []any{int64(h.Number), millis(h.At), h.Way, h.Head.String()}, nil //nolint:gosec // counted, below 2^63
	})
}

// erase removes what is no longer kept.
func erase(ctx context.Context, tx *sql.Tx, s *store.ClaimStep) error {
	now := millis(s.At)
	run := func(query string, args ...any) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	}
	for _, id := range s.ForgetText {
		if err := run(`UPDATE claim SET words = '', results = $1, forgot = $2 WHERE id = $3 AND forgot = 0`, []byte{}, now, id); err != nil {
			return err
		}
	}
	for _, id := range s.Erase {
		blank, err := json.Marshal(claimDoc{Precision: string(seawall.PreciseUnknown)})
		if err != nil {
			return err
		}
		if err := run(`UPDATE claim SET words = '', results = $1, doc = $2, erased = $3 WHERE id = $4 AND erased = 0`, []byte{}, string(blank), now, id); err != nil {
			return err
		}
	}
	for _, t := range s.EraseTarget {
		if err := run(`DELETE FROM claim_target WHERE claim = $1 AND host = $2`, t.Claim, t.Host); err != nil {
			return err
		}
	}
	for _, id := range s.EraseVerdicts {
		if err := run(`UPDATE verdict SET doc = 'null', target = '', id = 'erased-' || entry WHERE id = $1`, id); err != nil {
			return err
		}
	}
	for _, n := range s.EraseMarks {
		if err := run(`DELETE FROM claim_mark WHERE entry = $1`, int64(n)); err != nil { //nolint:gosec // counted, below 2^63
			return err
		}
	}
	for i := range s.Reenter {
		c := &s.Reenter[i]
		d, err := docOf(c)
		if err != nil {
			return err
		}
		if err := run(`UPDATE claim SET entry = $1, doc = $2 WHERE id = $3`, int64(c.Entry), text(d), c.ID); err != nil { //nolint:gosec // counted, below 2^63
			return err
		}
	}
	for _, n := range s.EraseBehind {
		if err := run(`DELETE FROM ledger_content WHERE number = $1`, int64(n)); err != nil { //nolint:gosec // counted, below 2^63
			return err
		}
	}
	return nil
}

const (
	selectClaims = `SELECT id, kind, received, posted, entry, text_entry, forgot, erased, doc, words, results FROM claim`
	selectBare   = `SELECT id, kind, received, posted, entry, text_entry, forgot, erased, doc, '', NULL FROM claim`
)

// Claim implements [store.Claims].
func (db *DB) Claim(ctx context.Context, id string) (store.KeptClaim, error) {
	all, err := db.claims(ctx, selectClaims+` WHERE id = $1`, id)
	if err := one(int64(len(all)), err, "claim", id); err != nil {
		return store.KeptClaim{}, err
	}
	return all[0], nil
}

// Claims implements [store.Claims].
func (db *DB) Claims(ctx context.Context, f store.ClaimFilter) ([]store.KeptClaim, error) {
	where := []string{"received >= $1", "received < $2"}
	args := []any{millis(f.Since), end(f.Until)}
	if f.Host != "" {
		args = append(args, f.Host)
		where = append(where, "id IN (SELECT claim FROM claim_target WHERE host = $3)")
	}
	if f.Text {
		where = append(where, "forgot = 0 AND erased = 0 AND text_entry > 0")
	}
	if f.Standing {
		where = append(where, "erased = 0")
	}
	args = append(args, limit(f.Limit))
	which := ` WHERE ` + strings.Join(where, " AND ") + ` ORDER BY received DESC, id DESC LIMIT $` + strconv.Itoa(len(args))
	if f.Bare {
		return read(ctx, db, "claims", scanClaim, selectBare+which, args...)
	}
	return db.claims(ctx, selectClaims+which, args...)
}

func (db *DB) claims(ctx context.Context, query string, args ...any) ([]store.KeptClaim, error) {
	all, err := read(ctx, db, "claims", scanClaim, query, args...)
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].Targets, err = read(ctx, db, "targets", func(r *sql.Rows, t *seawall.ClaimTarget) error { return r.Scan(&t.Host, &t.Site, &t.Via) },
			`SELECT host, site, via FROM claim_target WHERE claim = $1 ORDER BY place`, all[i].ID)
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

func scanClaim(r *sql.Rows, c *store.KeptClaim) error {
	var received, posted, forgot, erased int64
	var written []byte
	err := r.Scan(&c.ID, &c.Kind, &received, &posted, &c.Entry, &c.Text, &forgot, &erased, &written, &c.Claim.Text, &c.Results)
	if err != nil {
		return err
	}
	var d claimDoc
	if err := json.Unmarshal(written, &d); err != nil {
		return err
	}
	c.Received, c.Posted, c.Forgot, c.Erased = at(received), at(posted), at(forgot), at(erased)
	c.Claimant, c.Source, c.Precision, c.Reliability, c.Credibility = d.Claimant, d.Source, seawall.Precision(d.Precision), d.Reliability, d.Credibility
	c.TLP, c.Language, c.Proof, c.Hash = d.TLP, d.Language, d.Proof, d.Hash
	if len(c.Results) == 0 {
		c.Results = nil
	}
	return nil
}

func verdictsQuery(id, claim, target string) (query string, args []any) {
	var w where
	w.is("id", id)
	w.is("claim", claim)
	w.is("target", target)
	return `SELECT id, version, claim, target, at, entry, doc FROM verdict` + w.String() + ` ORDER BY at, entry`, w.args
}

// Verdicts implements [store.Claims].
func (db *DB) Verdicts(ctx context.Context, id, claim, target string) ([]store.KeptVerdict, error) {
	query, args := verdictsQuery(id, claim, target)
	return read(ctx, db, "verdicts", func(r *sql.Rows, v *store.KeptVerdict) error {
		var ms int64
		var d []byte
		err := r.Scan(&v.ID, &v.Version, &v.Claim, &v.Target, &ms, &v.Entry, &d)
		v.At, v.Doc = at(ms), d
		return err
	}, query, args...)
}

const selectEntries = `SELECT number, at, kind, content, previous, public_key, signature FROM ledger_entry`

const selectLast = selectEntries + ` ORDER BY number DESC LIMIT 1`

// LastEntry implements [store.Claims].
func (db *DB) LastEntry(ctx context.Context) (last ledger.Entry, err error) {
	all, err := read(ctx, db, "ledger", scanEntry, selectLast)
	if len(all) > 0 {
		last = all[0]
	}
	return last, err
}

// LedgerEntries implements [store.Claims].
func (db *DB) LedgerEntries(ctx context.Context, from uint64, most int) ([]ledger.Entry, error) {
	return read(ctx, db, "ledger", scanEntry, selectEntries+` WHERE number >= $1 ORDER BY number LIMIT $2`, int64(from), limit(most)) //nolint:gosec // counted, below 2^63
}

func scanEntry(r *sql.Rows, e *ledger.Entry) error {
	var ms int64
	var content, previous, key, signature []byte
	if err := r.Scan(&e.Number, &ms, &e.Kind, &content, &previous, &key, &signature); err != nil {
		return err
	}
	e.At = time.UnixMilli(ms).UTC()
	if len(content) != len(e.Content) || len(previous) != len(e.Previous) || len(key) != len(e.Key) || len(signature) != len(e.Signature) {
		return fmt.Errorf("entry %d of the ledger: %w", e.Number, store.ErrDamaged)
	}
	copy(e.Content[:], content)
	copy(e.Previous[:], previous)
	copy(e.Key[:], key)
	copy(e.Signature[:], signature)
	return nil
}

// LedgerContent implements [store.Claims].
func (db *DB) LedgerContent(ctx context.Context, number uint64) (ledger.Content, error) {
	all, err := read(ctx, db, "content", func(r *sql.Rows, c *ledger.Content) error {
		var salt []byte
		if err := r.Scan(&c.Number, &salt, &c.Bytes); err != nil {
			return err
		}
		if len(salt) != len(c.Salt) {
			return fmt.Errorf("content of entry %d: %w", c.Number, store.ErrDamaged)
		}
		copy(c.Salt[:], salt)
		return nil
	}, `SELECT number, salt, content FROM ledger_content WHERE number = $1`, int64(number)) //nolint:gosec // counted, below 2^63
	if err := one(int64(len(all)), err, "content of entry", strconv.FormatUint(number, 10)); err != nil {
		return ledger.Content{}, err
	}
	return all[0], nil
}

const selectKept = `
SELECT e.number FROM ledger_entry e JOIN ledger_content c ON c.number = e.number
WHERE e.kind = $1 AND e.at < $2 ORDER BY e.number LIMIT $3`

// LedgerKept implements [store.Claims].
func (db *DB) LedgerKept(ctx context.Context, kind ledger.Kind, until time.Time, most int) ([]uint64, error) {
	return read(ctx, db, "ledger", func(r *sql.Rows, n *uint64) error { return r.Scan(n) }, selectKept, string(kind), end(until), limit(most))
}

// GivenHeads implements [store.Claims].
func (db *DB) GivenHeads(ctx context.Context) ([]store.GivenHead, error) {
	return read(ctx, db, "heads", func(r *sql.Rows, h *store.GivenHead) (err error) {
		var line string
		if err := r.Scan(&h.Way, &line); err != nil {
			return err
		}
		h.Head, err = ledger.ParseHead(line)
		return err
	}, `SELECT way, line FROM ledger_head ORDER BY number, at, id`)
}
