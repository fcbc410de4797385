package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/store"
)

var noon = time.Date(2025, time.November, 17, 12, 0, 0, 0, time.UTC)

func mustOpen(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{Path: path, Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// filled makes a store with a site, results and an incident, and closes it.
func filled(t *testing.T, path string) store.SiteID {
	t.Helper()
	s := mustOpen(t, path)
	site, err := s.PutSite(t.Context(), store.Site{Name: "a", Contacts: []string{"vagt@a.example"}})
	if err != nil {
		t.Fatal(err)
	}
	rs := make([]store.Result, 2000)
	for i := range rs {
		rs[i] = store.Result{Key: store.Key{Vantage: "cph", Run: "r", Sequence: int64(i + 1)}, Site: site, At: noon.Add(-time.Duration(i) * time.Second)}
	}
	if _, err := s.Append(t.Context(), rs); err != nil {
		t.Fatal(err)
	}
	step := store.Step{}
	for i := range 200 {
		id := strings.Repeat("i", i+1)
		step.Incidents = append(step.Incidents, store.Incident{ID: id, Opened: noon, Sites: []store.SiteID{site}, Doc: []byte(`"marked-for-damage"`)})
	}
	if err := errors.Join(s.Apply(t.Context(), step), s.Close()); err != nil {
		t.Fatal(err)
	}
	return site
}

func modeOf(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

// TestPathsMeanThemselves: no character of a path is taken for something else.
func TestPathsMeanThemselves(t *testing.T) {
	for _, name := range []string{"a b", "a?mode=memory", "a#b", "a%20b", "a%2", "æ;:&="} {
		path := filepath.Join(t.TempDir(), name)
		site := filled(t, path)
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		rs, err := mustOpen(t, path).Results(t.Context(), store.Range{Site: site})
		if err != nil || len(rs) != 2000 {
			t.Errorf("%q: got %d results, %v", name, len(rs), err)
		}
	}
}

// damage writes over a file from its first page with mark on, or from offset on without one.
func damage(t *testing.T, path string, offset int, mark string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if mark != "" {
		if offset = bytes.Index(data, []byte(mark)) &^ 4095; offset <= 0 {
			t.Fatalf("%q is not in the file", mark)
		}
	}
	copy(data[offset:], bytes.Repeat([]byte{0xa5}, min(4096, len(data)-offset)))
	if err := os.WriteFile(path, data, fileMode); err != nil {
		t.Fatal(err)
	}
}

// TestDamaged: a file that is damaged is not opened, stays as it is, and the error says what to do.
func TestDamaged(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, path string){
		"a page of incidents": func(t *testing.T, path string) { damage(t, path, 0, "marked-for-damage") },
		"the header":          func(t *testing.T, path string) { damage(t, path, 0, "") },
		"the schema":          func(t *testing.T, path string) { damage(t, path, 100, "") },
		"the last page": func(t *testing.T, path string) {
			info, err := os.Stat(path)
			if err != nil || os.Truncate(path, info.Size()-4096) != nil {
				t.Fatal(err)
			}
		},
		"no SQLite": func(t *testing.T, path string) {
			if err := os.WriteFile(path, bytes.Repeat([]byte("not a store\n"), 1000), fileMode); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), FileName)
			filled(t, path)
			spoil(t, path)
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			s, err := Open(t.Context(), Options{Path: path})
			if err == nil {
				_ = s.Close()
			}
			if !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), "seawall backup") || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v", err)
			}
			after, err := os.ReadFile(path)
			if err != nil || !bytes.Equal(before, after) {
				t.Errorf("the file was changed (%v)", err)
			}
			dest := filepath.Join(t.TempDir(), "copy")
			if err := Backup(t.Context(), path, dest); !errors.Is(err, store.ErrDamaged) {
				t.Errorf("backup: got %v", err)
			}
			if _, err := os.Lstat(dest); err == nil {
				t.Error("there is a backup")
			}
		})
	}
}

// TestCheckEnds: looking through a large file ends in time and says what it did not read.
func TestCheckEnds(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	filled(t, path)
	s, err := Open(t.Context(), Options{Path: path, CheckFor: time.Nanosecond})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	unread := s.Checked().Unread
	if len(unread) == 0 || unread[len(unread)-1] != "result" {
		t.Errorf("got %v", unread)
	}
	whole := mustOpen(t, path)
	if got := whole.Checked(); len(got.Unread) != 0 || got.Took <= 0 {
		t.Errorf("got %+v", got)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ended, Options{Path: path}); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: got %v", err)
	}
}

// TestNewer: what a newer Seawall has written is not opened.
func TestNewer(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	filled(t, path)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{Path: path}); !errors.Is(err, store.ErrNewer) {
		t.Errorf("got %v", err)
	}
}

func TestBackup(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, FileName)
	site := filled(t, path)
	s := mustOpen(t, path)

	// While a store is open, by it and by another; a result that was acknowledged just before is in it.
	last := store.Result{Key: store.Key{Vantage: "cph", Run: "r", Sequence: 1e6}, Site: site, At: noon}
	if _, err := s.Append(t.Context(), []store.Result{last}); err != nil {
		t.Fatal(err)
	}
	one, two := filepath.Join(dir, "one"), filepath.Join(dir, "two ?")
	if err := errors.Join(s.Backup(t.Context(), one), Backup(t.Context(), path, two)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Append(t.Context(), []store.Result{{Key: store.Key{Vantage: "cph", Run: "r", Sequence: 1e7}, Site: site, At: noon}}); err != nil {
		t.Errorf("after a backup: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	three := filepath.Join(dir, "three") // and while none is
	if err := Backup(t.Context(), path, three); err != nil {
		t.Fatal(err)
	}
	for dest, want := range map[string]int{one: 2001, two: 2001, three: 2002} {
		if modeOf(t, dest) != fileMode && isUnix {
			t.Errorf("%s: mode %v", dest, modeOf(t, dest))
		}
		rs, err := mustOpen(t, dest).Results(t.Context(), store.Range{Site: site})
		if err != nil || len(rs) != want {
			t.Errorf("%s: got %d results, %v, want %d", dest, len(rs), err, want)
		}
	}

	if err := Backup(t.Context(), path, three); !errors.Is(err, os.ErrExist) {
		t.Errorf("over another file: got %v", err)
	}
	if err := Backup(t.Context(), filepath.Join(dir, "none"), filepath.Join(dir, "four")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("of nothing: got %v", err)
	}
	if _, err := os.Lstat(filepath.Join(dir, "none")); err == nil {
		t.Error("a backup of nothing made it")
	}
	left, err := filepath.Glob(filepath.Join(dir, ".*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
