//go:build unix

package sqlite

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/seawall-project/seawall/internal/store"
)

const isUnix = true

// TestModes: what is made is its owner's alone, whatever umask allows, and a file that was not becomes so.
func TestModes(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	path := filepath.Join(t.TempDir(), "state", FileName)
	s := mustOpen(t, path)
	if _, err := s.PutSite(t.Context(), store.Site{Name: "a"}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{filepath.Dir(path): folderMode, path: fileMode, path + "-wal": fileMode, path + "-shm": fileMode} {
		if got := modeOf(t, name); got != want {
			t.Errorf("%s: got mode %v, want %v", name, got, want)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, path)
	if got := modeOf(t, path); got != fileMode {
		t.Errorf("a file that others could read: got mode %v", got)
	}
}
