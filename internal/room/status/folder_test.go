package status

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// read returns what is in dir.
func read(t *testing.T, dir string) Folder {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	f := Folder{}
	for _, e := range all {
		if f[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "[status]*")
	first := Folder{Index: []byte("one"), JSON: []byte("{}"), "en.html": []byte("en")}
	if err := first.Write(dir); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, read(t, dir)); diff != "" {
		t.Fatal(diff)
	}
	if info, err := os.Stat(filepath.Join(dir, Index)); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o644 {
		t.Errorf("%v, %v", info.Mode(), err)
	}

	// Somebody else's files stay; what a crash left half done and what is gone goes.
	for name, data := range map[string]string{"CNAME": "status.example.net", part + "123": "hal", "index.html.bak": "old"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	second := Folder{Index: []byte("two"), JSON: []byte("{}"), "da.html": []byte("da")}
	if err := second.Write(dir); err != nil {
		t.Fatal(err)
	}
	want := Folder{Index: []byte("two"), JSON: []byte("{}"), "da.html": []byte("da"), "CNAME": []byte("status.example.net"), "index.html.bak": []byte("old")}
	if diff := cmp.Diff(want, read(t, dir)); diff != "" {
		t.Error(diff)
	}
}

// TestWriteKeepsWhole: when a write fails in the middle, every file is whole, old or new.
func TestWriteKeepsWhole(t *testing.T) {
	dir := t.TempDir()
	before := Folder{Index: []byte("old"), JSON: []byte("old")}
	if err := before.Write(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "en.html"), 0o700); err != nil { // no file can get this name
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "en.html", "x"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	err := Folder{Index: []byte("new"), JSON: []byte("new"), "en.html": []byte("new")}.Write(dir)
	if err == nil || !strings.Contains(err.Error(), "write status page into") {
		t.Fatalf("got %v", err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "en.html")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Folder{Index: []byte("old"), JSON: []byte("new")}, read(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestWriteRefusesOtherNames(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"../index.html", "a/b", "evil.js", ""} {
		if err := (Folder{name: nil}).Write(dir); err == nil {
			t.Errorf("%q was written", name)
		}
	}
	if got := read(t, dir); len(got) > 0 {
		t.Errorf("got %v", got)
	}
}

func TestOrdered(t *testing.T) {
	p := mustRender(t, owner(nil), night)
	want := []string{"feed.da.xml", "feed.en.xml", JSON, "en.html", Index}
	if diff := cmp.Diff(want, p.Files.Ordered()); diff != "" {
		t.Error(diff)
	}
	for _, name := range want {
		if ContentType(name) == "application/octet-stream" {
			t.Errorf("%s has no type", name)
		}
	}
}
