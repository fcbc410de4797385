package postgres

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/notify/outboxtest"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/store/storetest"
	pgtest "github.com/seawall-project/seawall/internal/testkit/postgres"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// databases makes a new database with every call, and returns its URL.
func databases(t *testing.T) func(t *testing.T) string {
	t.Helper()
	server := pgtest.Start(t)
	var made atomic.Int64
	return func(t *testing.T) string {
		t.Helper()
		db, err := sql.Open("pgx", server.URL("postgres"))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		name := fmt.Sprintf("test%d", made.Add(1))
		if _, err := db.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
			t.Fatal(err)
		}
		return server.URL(name)
	}
}

func open(t *testing.T, url string, now func() time.Time) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{URL: url, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPostgres(t *testing.T) {
	newDatabase := databases(t)
	t.Run("Store", func(t *testing.T) {
		storetest.Run(t, func(t *testing.T) storetest.Place {
			url := newDatabase(t)
			return func(t *testing.T, now func() time.Time) store.Store { return open(t, url, now) }
		})
	})
	t.Run("Notices", func(t *testing.T) {
		outboxtest.Run(t, func(t *testing.T) notify.Outbox {
			s := open(t, newDatabase(t), nil)
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
			return s.Notices()
		})
	})
	t.Run("Partitions", func(t *testing.T) { testPartitions(t, newDatabase(t)) })
	t.Run("Newer", func(t *testing.T) { testNewer(t, newDatabase(t)) })
	t.Run("OpenAtOnce", func(t *testing.T) { testOpenAtOnce(t, newDatabase(t)) })
}

// raw opens the database itself.
func raw(t *testing.T, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func partitions(t *testing.T, db *sql.DB) string {
	t.Helper()
	names, err := partitionsBefore(t.Context(), db, time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, " ")
}

// testPartitions: a day's partition is there a day ahead, and goes as a whole when all of it is old.
func testPartitions(t *testing.T, url string) {
	now := time.Date(2025, time.November, 17, 23, 59, 59, 0, time.UTC)
	s := open(t, url, func() time.Time { return now })
	defer s.Close()
	site, err := s.PutSite(t.Context(), store.Site{Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	for i, at := range []time.Time{now, now.Add(2 * time.Second), now.AddDate(0, 0, -3)} {
		r := store.Result{Key: store.Key{Vantage: "cph", Run: "r", Sequence: int64(i + 1)}, Site: site, At: at}
		if fates, err := s.Append(t.Context(), []store.Result{r}); err != nil || fates[0] != store.Stored {
			t.Fatalf("got %v, %v", fates, err)
		}
	}
	db := raw(t, url)
	const before = "result_20251114 result_20251115 result_20251117 result_20251118 result_20251119"
	if got := partitions(t, db); got != before {
		t.Errorf("got %s, want %s", got, before)
	}
	if err := s.Roll(t.Context(), now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	// Of the 17th nothing goes while not all of it is old.
	const after = "result_20251117 result_20251118 result_20251119"
	removed, err := s.Retain(t.Context(), store.Cutoffs{Results: now})
	if err != nil || removed.Results != 1 || partitions(t, db) != after {
		t.Errorf("removed %d, %v, left %s", removed.Results, err, partitions(t, db))
	}
	rs, err := s.Results(t.Context(), store.Range{Site: site})
	if err != nil || len(rs) != 2 {
		t.Errorf("got %d results, %v", len(rs), err)
	}
}

func testNewer(t *testing.T, url string) {
	if err := open(t, url, nil).Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := raw(t, url).ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, true)`); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{URL: url}); !errors.Is(err, store.ErrNewer) {
		t.Errorf("got %v", err)
	}
}

// testOpenAtOnce: several that find no schema make one.
func testOpenAtOnce(t *testing.T, url string) {
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			s, err := Open(t.Context(), Options{URL: url})
			if err != nil {
				t.Error(err)
				return
			}
			_ = s.Close()
		})
	}
	all.Wait()
}

func TestNoPasswordInErrors(t *testing.T) {
	for _, url := range []string{
		"postgres://seawall:hunter2@[::1/watch",
		"postgres://seawall:hunter2@localhost:x/watch",
		"host=/nonexistent password=hunter2 dbname=watch",
		"host=/nonexistent password=hunter2 dbname=watch sslmode=perhaps",
		"host=/nonexistent password='hunter2",
	} {
		_, err := Open(t.Context(), Options{URL: url})
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v", err)
		}
	}
}
