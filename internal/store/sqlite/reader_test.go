package sqlite

import (
	"errors"
	"io/fs"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/seawall-project/seawall/internal/store"
)

// TestRead: a reader sees what a writer writes, and writes nothing itself.
func TestRead(t *testing.T) {
	defer goleak.VerifyNone(t)
	path := filepath.Join(t.TempDir(), FileName)
	if _, err := Read(t.Context(), path); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("without a file: got %v", err)
	}
	w, err := Open(t.Context(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	r, err := Read(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	site := store.Site{Name: "www.example.org", Host: "www.example.org", Added: time.Now()}
	if _, err := w.PutSite(t.Context(), site); err != nil {
		t.Fatal(err)
	}
	if all, err := r.Sites(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("got %v, %v", all, err)
	}
	if _, err := r.PutSite(t.Context(), site); err == nil {
		t.Error("a reader wrote")
	}
	if err := errors.Join(r.Close(), r.Close()); err != nil {
		t.Error(err)
	}

	if _, err := w.reader.ExecContext(t.Context(), `PRAGMA query_only = 0`); err != nil {
		t.Fatal(err)
	}
	for version, want := range map[int]error{9999: store.ErrNewer, -1: nil} {
		if _, err := w.reader.ExecContext(t.Context(), `UPDATE goose_db_version SET version_id = $1`, version); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(t.Context(), path); err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("schema %d: got %v, want %v", version, err, want)
		}
	}
}
