package relational

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// evidenceDoc is how evidence is written, its body apart.
type evidenceDoc struct {
	URL         string            `json:"url"`
	FinalURL    string            `json:"final_url,omitempty"`
	Address     netip.Addr        `json:"address"`
	Title       string            `json:"title,omitempty"`
	BodySHA256  string            `json:"body_sha256,omitempty"`
	Bytes       int64             `json:"bytes"`
	Simhash     uint64            `json:"simhash,string,omitempty"`
	Headers     map[string]string `json:"headers,omitempty"`
	Certificate *certificateDoc   `json:"certificate,omitempty"`
	Redirects   []string          `json:"redirects,omitempty"`
	Error       string            `json:"error,omitempty"`
}

type certificateDoc struct {
	SHA256    string    `json:"sha256"`
	Issuer    string    `json:"issuer"`
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	Names     []string  `json:"names"`
}

// PutEvidence implements [store.Evidences].
func (db *DB) PutEvidence(ctx context.Context, es ...store.Evidence) error {
	return db.write(ctx, "put evidence", func(tx *sql.Tx) error {
		err := each(ctx, tx, `
INSERT INTO evidence (site, at, vantage, run, seq, class, doc, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
			es, evidenceArgs)
		if err != nil {
			return err
		}
		return each(ctx, tx, `
DELETE FROM evidence WHERE id IN (SELECT id FROM evidence WHERE site = $1 ORDER BY at DESC, id DESC LIMIT $2 OFFSET $3)`,
			es, func(e *store.Evidence) ([]any, error) {
				return []any{int64(e.Site), limit(0), int64(store.MaxEvidence)}, nil
			})
	})
}

func evidenceArgs(e *store.Evidence) ([]any, error) {
	what := func(err error) error { return fmt.Errorf("of %s %s %d: %w", e.Vantage, e.Run, e.Sequence, err) }
	if !named(e.Vantage) || !named(e.Run) {
		return nil, errors.New("the names of its vantage and run are empty, too long, or not text")
	}
	if len(e.Body) > store.MaxBody {
		return nil, what(fmt.Errorf("body of %d bytes: %w", len(e.Body), store.ErrTooLarge))
	}
	written, err := json.Marshal(evidenceDoc{
		URL: e.URL, FinalURL: e.FinalURL, Address: e.Address, Title: e.Title, BodySHA256: e.BodySHA256, Bytes: e.Bytes, Simhash: e.Simhash,
		Headers: e.Headers, Certificate: (*certificateDoc)(e.Certificate), Redirects: e.Redirects, Error: e.Error,
	})
	if err != nil {
		return nil, what(err)
	}
	d, err := doc(written)
	if err != nil {
		return nil, what(err)
	}
	return []any{int64(e.Site), millis(e.At), e.Vantage, e.Run, e.Sequence, int64(e.Class), d, append([]byte{}, e.Body...)}, nil
}

// Evidence implements [store.Evidences].
func (db *DB) Evidence(ctx context.Context, r store.Range) ([]store.Evidence, error) {
	return read(ctx, db, "evidence", scanEvidence, `
SELECT site, at, vantage, run, seq, class, doc, body FROM evidence WHERE site = $1 AND at >= $2 AND at < $3 ORDER BY at, id LIMIT $4`,
		int64(r.Site), millis(r.From), end(r.To), limit(r.Limit))
}

func scanEvidence(row *sql.Rows, e *store.Evidence) error {
	var ms int64
	var written []byte
	if err := row.Scan(&e.Site, &ms, &e.Vantage, &e.Run, &e.Sequence, &e.Class, &written, &e.Body); err != nil {
		return err
	}
	var d evidenceDoc
	if err := json.Unmarshal(written, &d); err != nil {
		return err
	}
	e.At, e.URL, e.FinalURL, e.Address = at(ms), d.URL, d.FinalURL, d.Address
	if len(e.Body) == 0 {
		e.Body = nil
	}
	e.Evidence = probe.Evidence{
		Title: d.Title, BodySHA256: d.BodySHA256, Bytes: d.Bytes, Simhash: d.Simhash, Headers: d.Headers,
		Certificate: (*probe.Certificate)(d.Certificate), Redirects: d.Redirects, Error: d.Error, Body: e.Body,
	}
	return nil
}
