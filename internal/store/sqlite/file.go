package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// OpenFile opens a SQLite file of somebody else's schema with the care that the store's own gets: it is made for its owner alone, looked through for
// damage, and written in WAL mode by one connection; a write that was acknowledged has reached the disk. The error is [store.ErrDamaged] when it is
// damaged.
func OpenFile(ctx context.Context, path string) (*sql.DB, error) {
	if err := makeFile(path); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db, err := pool(path, 1, "_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	if _, err := check(ctx, db, usualCheck); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, errors.Join(explain(err), db.Close()))
	}
	return db, nil
}
