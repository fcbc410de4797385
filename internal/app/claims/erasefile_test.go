package claims_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/app/claims"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/store/sqlite"
)

// TestErasedIsNotInTheFile looks at the bytes of the store's files, while it is open: for what was said, before and after it is erased.
func TestErasedIsNotInTheFile(t *testing.T) {
	for _, erase := range []struct {
		name string
		do   func(r *room, id string)
	}{
		{"asked", func(r *room, id string) {
			ask(t, r, claims.Erase, claims.Erasing{Claim: id, Reason: claims.ReasonAsked})
		}},
		{"by age", func(r *room, _ string) {
			r.now = r.now.Add(claims.KeepText + 24*time.Hour)
			if n, err := r.Forget(t.Context()); err != nil || n == 0 {
				t.Errorf("forgot %d, %v", n, err)
			}
		}},
	} {
		t.Run(erase.name, func(t *testing.T) {
			dir := t.TempDir()
			r := &room{now: midnight.AddDate(0, 0, 1)}
			clock := func() time.Time { return r.now }
			db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(dir, sqlite.FileName), Now: clock})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			r.db, r.Desk = db, &claims.Desk{Store: db, State: t.TempDir(), Now: clock}
			r.way = desk.Here(r.Desk)
			id := addOne(t, r, saidDown+"xyzzy-one ")
			for range 40 { // others, so that pages split
				addOne(t, r, saidDown+time.Duration(r.now.UnixNano()).String())
				r.now = r.now.Add(time.Minute)
			}
			if !inFiles(t, dir, "xyzzy-one") {
				t.Fatal("the text is in no file, so nothing is shown")
			}
			erase.do(r, id)
			if inFiles(t, dir, "xyzzy-one") {
				t.Error("the text is still in the file")
			}
		})
	}
}

// inFiles reports whether a text stands in any file of a folder.
func inFiles(t *testing.T, dir, text string) bool {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte(text)) {
			return true
		}
	}
	return false
}
