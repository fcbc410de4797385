// Package postgres keeps the lookout's history in a PostgreSQL server, which is what an installation wants whose history is kept, backed up
// and watched over where its other data are.
//
// Results lie in a partition for each day in UTC, made a day ahead and dropped as a whole. There is one writer at a time: each writing
// transaction takes an advisory lock first, so that two Seawalls on one database do each other no harm. The server's own tools (pg_dump,
// amcheck) back it up and look for damage.
package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/store/relational"
)

// Options say how a store is opened. URL is required.
type Options struct {
	URL string           // postgres://… or key=value, as libpq reads it; PG* in the environment count too. It may hold a password
	Now func() time.Time // nil means time.Now
}

// connections is how many a store has at most, and connectFor how long one may take to make when the URL does not say.
const (
	connections = 8
	connectFor  = 10 * time.Second
)

// Store is a [store.Store] in a server.
type Store struct {
	*relational.DB
	close func() error
}

var _ store.Store = (*Store)(nil)

// Open connects and brings the schema up to date; [store.ErrNewer] when a newer Seawall has written it. No error has the password in it.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	cfg, err := pgx.ParseConfig(o.URL)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", redacted(err))
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = connectFor
	}
	pool := stdlib.OpenDB(*cfg)
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	if err := migrate(ctx, pool); err != nil {
		_ = pool.Close()
		return nil, fmt.Errorf("open store in database %q at %q: %w", cfg.Database, cfg.Host, err)
	}
	db := relational.New(pool, pool, dialect, o.Now)
	return &Store{DB: db, close: sync.OnceValue(db.Close)}, nil
}

// redacted keeps what pgx says is wrong with a URL, which leaves out passwords, and nothing of what it wraps, which may not.
func redacted(err error) error {
	if e, ok := errors.AsType[*pgconn.ParseConfigError](err); ok {
		return errors.New(e.Error())
	}
	return err
}

// Close implements [store.Store].
func (s *Store) Close() error { return s.close() }

// dialect is what PostgreSQL does in its own way.
var dialect = relational.Dialect{
	Begin:       fmt.Sprintf("SELECT pg_advisory_xact_lock(%d)", writerLock),
	Together:    50,
	Snapshot:    sql.LevelRepeatableRead,
	MakeRoom:    makePartitions,
	DropResults: dropPartitions,
}

// The numbers of advisory locks: of who writes, and of who changes the schema. They mean something in one database only.
const (
	writerLock = 0x5ea_3a11
	schemaLock = 0x5ea_3a12
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to date, one Seawall at a time. One that is newer than this program knows is refused.
func migrate(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockID(schemaLock))
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithSessionLocker(locker))
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
