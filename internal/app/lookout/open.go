package lookout

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/store/postgres"
	"github.com/seawall-project/seawall/internal/store/sqlite"
)

// Store is what a desk works on.
type Store = store.Store

// Keeper is a store that keeps messages on their way, too: a file or a server.
type Keeper interface {
	Store
	// Notices returns the outbox; it is closed with the store.
	Notices() notify.Outbox
}

var (
	_ Keeper = (*sqlite.Store)(nil)
	_ Keeper = (*postgres.Store)(nil)
)

// OpenStore opens the store in a state folder, or that in the PostgreSQL database of that URL, "" for the one in the folder.
func OpenStore(ctx context.Context, state, database string) (Keeper, error) {
	if database == "" {
		return sqlite.Open(ctx, sqlite.Options{Path: filepath.Join(state, sqlite.FileName)})
	}
	if err := CheckStoreURL(database); err != nil {
		return nil, err
	}
	return postgres.Open(ctx, postgres.Options{URL: database})
}

// tellUnread logs what the look for damage at the start had no time for. A server looks after its own files.
func tellUnread(db Keeper, log *slog.Logger) {
	file, ok := db.(*sqlite.Store)
	if !ok {
		return
	}
	if c := file.Checked(); len(c.Unread) > 0 {
		log.Warn("the store was not looked through to its end for damage; \"seawall backup\" looks through a whole copy",
			slog.Any("unread", c.Unread), slog.Duration("took", c.Took.Round(time.Millisecond)))
	}
}

// CheckStoreURL says what is wrong with the URL of a store; nil when nothing is. It has no password in it, which everybody on the machine could
// read in the list of processes: passwords lie in a file (passfile=… in the URL, PGPASSFILE, or ~/.pgpass). Neither a password nor the rest of
// the URL is in the error.
func CheckStoreURL(text string) error {
	const example = "postgres://seawall@db.example.org/watch"
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return fmt.Errorf("%w: the store is not the URL of a PostgreSQL database: write one such as %s", control.ErrRefused, example)
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return fmt.Errorf("%w: what follows the ? in the store's URL cannot be read", control.ErrRefused)
	}
	if _, given := u.User.Password(); given || query.Has("password") || query.Has("sslpassword") {
		return fmt.Errorf("%w: the store's URL has a password in it: put that into a file which only you can read, and write %s?passfile=FILE",
			control.ErrRefused, example)
	}
	return nil
}

// Kept reports whether a lookout has left a store in a state folder.
func Kept(state string) bool {
	_, err := os.Stat(filepath.Join(state, sqlite.FileName))
	return err == nil
}
