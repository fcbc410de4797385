package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Backup writes the store as it is now into a new file at dest, mode 0600, while others go on reading and writing. The file is looked through
// before it gets its name, so that what is called dest can be restored from. What is at dest already is an error.
func (s *Store) Backup(ctx context.Context, dest string) error {
	return backup(ctx, s.reader, s.path, dest)
}

// Backup does the same for the file at path, which another Seawall may have open or none. It does not bring its schema up to date.
func Backup(ctx context.Context, path, dest string) error {
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	db, err := pool(path, 1)
	if err != nil {
		return fmt.Errorf("back up %s: %w", path, err)
	}
	defer db.Close()
	return backup(ctx, db, path, dest)
}

func backup(ctx context.Context, db *sql.DB, path, dest string) error {
	if _, err := os.Lstat(dest); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("back up %s: %s: %w", path, dest, errors.Join(err, fs.ErrExist))
	}
	part, err := os.CreateTemp(filepath.Dir(dest), "."+filepath.Base(dest)+".*") // mode 0600
	if err != nil {
		return fmt.Errorf("back up %s: %w", path, err)
	}
	defer os.Remove(part.Name()) // gone when all went well
	err = errors.Join(part.Close(), copyInto(ctx, db, part.Name()))
	if err == nil {
		err = os.Link(part.Name(), dest) // as a rename, but never over what came there meanwhile
	}
	if err != nil {
		return fmt.Errorf("back up %s: %w", path, explain(err))
	}
	if runtime.GOOS == "windows" {
		return nil // folders are not flushed there
	}
	return syncPath(filepath.Dir(dest))
}

// copyInto writes a copy into an empty file, has it reach the disk, and looks it through.
func copyInto(ctx context.Context, db *sql.DB, part string) error {
	if err := vacuumInto(ctx, db, part); err != nil {
		return err
	}
	if err := syncPath(part); err != nil {
		return err
	}
	copied, err := sql.Open("sqlite", uri(part)+"?mode=ro&immutable=1")
	if err != nil {
		return err
	}
	defer copied.Close()
	var found string
	if err := copied.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&found); err != nil {
		return err
	}
	if found != "ok" {
		return damaged(found)
	}
	return nil
}

// vacuumInto asks for a copy on a connection that is let write elsewhere for as long as that takes.
func vacuumInto(ctx context.Context, db *sql.DB, part string) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, `PRAGMA query_only = 0`); err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, `VACUUM INTO $1`, part)
	_, again := conn.ExecContext(context.WithoutCancel(ctx), `PRAGMA query_only = 1`)
	return errors.Join(err, again)
}

// syncPath has a file or folder reach the disk.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
