package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/seawall-project/seawall/internal/ready"
	"github.com/seawall-project/seawall/internal/store/sqlite"
)

// Backup writes the store in a folder for state into a new file at dest, whether a Seawall is running there or not, and returns the file's
// size in bytes.
func Backup(ctx context.Context, state, dest string) (int64, error) {
	path := filepath.Join(state, sqlite.FileName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("back up: there is no store in %s: name its folder with --state; one in PostgreSQL is backed up with pg_dump", state)
	}
	if err := sqlite.Backup(ctx, path, dest); err != nil {
		return 0, err
	}
	if err := ready.MarkBackup(state, time.Now()); err != nil {
		return 0, fmt.Errorf("the copy is written; when that was could not be noted: %w", err)
	}
	info, err := os.Stat(dest)
	if err != nil {
		return 0, fmt.Errorf("back up: %w", err)
	}
	return info.Size(), nil
}
