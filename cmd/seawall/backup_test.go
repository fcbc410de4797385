package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/store/sqlite"
)

// TestBackup copies a store that is open and in use.
func TestBackup(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("SEAWALL_STATE", filepath.Join(dir, "state"))
	open := func(path string) *sqlite.Store {
		s, err := sqlite.Open(t.Context(), sqlite.Options{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	s := open(filepath.Join(dir, "state", sqlite.FileName))
	if err := s.OptOut(t.Context(), store.OptOut{Host: "quiet.example", At: time.Unix(1, 0)}); err != nil {
		t.Fatal(err)
	}
	dest := filepath.Join(dir, "copy.db")
	var stdout, stderr bytes.Buffer
	if code := execute(t.Context(), []string{"backup", dest, "--json"}, &stdout, &stderr); code != exitOK {
		t.Fatalf("got exit %d: %s", code, &stderr)
	}
	var said backedUp
	info, err := os.Stat(dest)
	if json.Unmarshal(stdout.Bytes(), &said) != nil || err != nil || said != (backedUp{dest, info.Size()}) {
		t.Errorf("got %s, %v", &stdout, err)
	}
	if got, err := open(dest).OptOuts(t.Context()); err != nil || len(got) != 1 || got[0].Host != "quiet.example" {
		t.Errorf("in the copy: %v, %v", got, err)
	}
	if code := execute(t.Context(), []string{"backup", dest}, &stdout, &stderr); code != exitShort || !strings.Contains(stderr.String(), "file already exists") {
		t.Errorf("over another file: got exit %d: %s", code, &stderr)
	}
	t.Setenv("SEAWALL_STORE", "postgres://seawall@db.example/watch")
	stderr.Reset()
	if code := execute(t.Context(), []string{"backup", dest}, &stdout, &stderr); code != exitUsage || !strings.Contains(stderr.String(), "pg_dump") {
		t.Errorf("of a database: got exit %d: %s", code, &stderr)
	}
}
