package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/store/relational"
)

// Read opens the file at path for reading alone, while others go on writing. The file is neither made, nor looked through for damage, nor brought
// up to date: a schema that is not this version's is an error, [store.ErrNewer] when a newer Seawall has written it. Whatever writes returns an
// error.
func Read(ctx context.Context, path string) (*Store, error) {
	s, err := openReader(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("read store %s: %w", path, explain(err))
	}
	return s, nil
}

func openReader(ctx context.Context, path string) (_ *Store, err error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	db, err := pool(path, readers, "_pragma=query_only(1)")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = db.Close()
		}
	}()
	if err := sameSchema(ctx, db); err != nil {
		return nil, err
	}
	return &Store{DB: relational.New(db, db, relational.Dialect{}, time.Now), path: path, reader: db, close: sync.OnceValue(db.Close)}, nil
}

// sameSchema holds the schema's version against the one that this program knows.
func sameSchema(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err != nil {
		return err
	}
	var have, know int64
	for _, s := range p.ListSources() {
		know = max(know, s.Version)
	}
	if err := db.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version`).Scan(&have); err != nil {
		return err
	}
	switch {
	case have > know:
		return fmt.Errorf("%w: its schema is %d, and this one knows %d", store.ErrNewer, have, know)
	case have < know:
		return fmt.Errorf("its schema is %d, and this version's is %d: start the lookout once, which brings it up to date", have, know)
	}
	return nil
}
