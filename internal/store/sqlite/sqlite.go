// Package sqlite keeps the lookout's history in one SQLite file, which is what an installation on one machine needs.
//
// The file is written in WAL mode, by one connection, and read by several; a write that was acknowledged has reached the disk. Other programs
// may read it at the same time, and a second Seawall may write: they wait for each other for up to ten seconds. It is its owner's alone, mode
// 0600, as are the files beside it. A file that is damaged is not opened.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite" // registers the driver "sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/store/relational"
)

// FileName is what the file is called in the folder for state.
const FileName = "watch.db"

// Modes of what is made: its owner's alone.
const (
	fileMode   = 0o600
	folderMode = 0o700
)

// Options say how a store is opened. Path is required.
type Options struct {
	Path string           // of the file, which is made if there is none, with its folder
	Now  func() time.Time // nil means time.Now
	// CheckFor is how long looking for damage may take before the store is opened with its largest tables unread; 0 means 5 s.
	CheckFor time.Duration
}

// The usual values of options, and how many connections read.
const (
	usualCheck = 5 * time.Second
	readers    = 4
)

// cacheKiB is how much of the file the writer holds in memory: two pages for each of 2,000 sites, to which it comes back every minute; of more, the
// system holds the rest. It takes twice as much: SQLite asks for a page and some bytes beside it, and the allocator gives out powers of two.
const cacheKiB = 16 << 10

// Store is a [store.Store] in a file.
type Store struct {
	*relational.DB
	path    string
	reader  *sql.DB
	checked Checked
	close   func() error
}

var _ store.Store = (*Store)(nil)

// Open opens the file, looks for damage and brings its schema up to date. The error is [store.ErrDamaged] when it is damaged, and
// [store.ErrNewer] when a newer Seawall has written it; both leave it as it is.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.CheckFor == 0 {
		o.CheckFor = usualCheck
	}
	s, err := open(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", o.Path, explain(err))
	}
	return s, nil
}

func open(ctx context.Context, o Options) (_ *Store, err error) {
	if err := makeFile(o.Path); err != nil {
		return nil, err
	}
	writer, err := pool(o.Path, 1, "_txlock=immediate", fmt.Sprintf("_pragma=cache_size(-%d)", cacheKiB))
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = writer.Close()
		}
	}()
	checked, err := check(ctx, writer, o.CheckFor)
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, writer); err != nil {
		return nil, err
	}
	reader, err := pool(o.Path, readers, "_pragma=query_only(1)", "_pragma=cache_size(-4096)")
	if err != nil {
		return nil, err
	}
	db := relational.New(writer, reader, relational.Dialect{Erased: emptyLog}, o.Now)
	return &Store{DB: db, path: o.Path, reader: reader, checked: checked, close: sync.OnceValue(db.Close)}, nil
}

// Close implements [store.Store].
func (s *Store) Close() error { return s.close() }

// Checked returns how far the file was looked through when it was opened.
func (s *Store) Checked() Checked { return s.checked }

// makeFile makes the file and its folder when they are not there, and takes from others what they may do with the file. One that is there is
// not opened: to close it again would undo the locks that this process may have on it (fcntl(2)).
func makeFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), folderMode); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, fileMode)
	if errors.Is(err, fs.ErrExist) {
		return os.Chmod(path, fileMode)
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// pool opens n connections at most.
func pool(path string, n int, params ...string) (*sql.DB, error) {
	params = append(params,
		"_pragma=busy_timeout(10000)",
		"_pragma=journal_mode(wal)",
		"_pragma=synchronous(full)", // a commit waits for the disk
		"_pragma=journal_size_limit(67108864)",
		"_pragma=trusted_schema(0)",
		"_pragma=secure_delete(1)", // what is erased is overwritten in the file, not only let go
	)
	db, err := sql.Open("sqlite", uri(path)+"?"+strings.Join(params, "&"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db, nil
}

// emptyLog moves what the write-ahead log holds into the file and cuts the log to nothing, so that pages from before something was erased are not
// left in it. It waits for who reads an old state as long as a lock is waited for, and writers wait with it; then the log stays as it is until the next
// erasure, or until the store is closed.
func emptyLog(ctx context.Context, writer *sql.DB) {
	_, _ = writer.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`)
}

// uri names a file so that no character of its path means anything (https://www.sqlite.org/uri.html).
func uri(path string) string {
	path = filepath.ToSlash(path)
	if runtime.GOOS == "windows" && filepath.VolumeName(path) != "" {
		path = "/" + path
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath()
}

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to date. One that is newer than this program knows is refused.
func migrate(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err != nil {
		return err
	}
	have, know, err := p.GetVersions(ctx)
	if err != nil {
		return err
	}
	if have > know {
		return fmt.Errorf("%w: its schema is %d, and this one knows %d; use the newer version, or restore a backup from before", store.ErrNewer, have, know)
	}
	if have == know {
		return nil
	}
	_, err = p.Up(ctx)
	return err
}

// explain turns what SQLite says of a damaged file into what a person should do.
func explain(err error) error {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok || errors.Is(err, store.ErrDamaged) {
		return err
	}
	switch e.Code() & 0xff { // the primary result code
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
		return damaged(e.Error())
	}
	return err
}
