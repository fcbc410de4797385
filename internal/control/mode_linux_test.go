package control

import (
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestNoMomentForOthers: the name appears with the mode it is to have, though umask allows more.
func TestNoMomentForOthers(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	path := filepath.Join(t.TempDir(), "s")
	ln, err := (&net.ListenConfig{Control: keepToOwner}).Listen(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if info, err := os.Lstat(path); err != nil || info.Mode() != os.ModeSocket|mode {
		t.Errorf("got mode %v, %v, want %v", info.Mode(), err, os.ModeSocket|os.FileMode(mode))
	}
}
