package cert

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestFilesRead: a pair that changes is read again; one that cannot be used leaves the one before in force, and is told until it is mended.
func TestFilesRead(t *testing.T) {
	dir := t.TempDir()
	cert, key := pairOn(t, dir, "www.example.org", "example.org")
	log := hear()
	site := Site{Name: "www.example.org", Aliases: []string{"example.org"}, Way: Files, Cert: cert, Key: key}
	k, set := run(t, Options{Logger: slog.New(log), CheckEvery: 10 * time.Millisecond}, []Site{site}, Authority{})
	first := leaf(t, set, "www.example.org")
	if first == nil || leaf(t, set, "EXAMPLE.org") != first || leaf(t, set, "") != first {
		t.Fatal("the names of the site have no certificate, or not one")
	}

	write(t, cert, []byte("not a certificate, and of another length"))
	log.wait(t, "certificate trouble")
	if leaf(t, set, "example.org") != first {
		t.Error("a file that cannot be used took the place of the certificate")
	}
	status := k.Status()
	if k.Failing() != 1 || k.Failures() != 1 || status[0].Error == "" || status[0].Failures != 1 || status[0].Days < 89 {
		t.Errorf("failing %d, failures %d, status %+v", k.Failing(), k.Failures(), status)
	}

	pairOn(t, dir, "www.example.org", "example.org")
	log.wait(t, "certificate files read again")
	if now := leaf(t, set, "example.org"); now == first || now == nil {
		t.Error("the new pair is not served")
	}
	if k.Failing() != 0 || k.Status()[0].Error != "" {
		t.Errorf("failing %d, status %+v, want none", k.Failing(), k.Status())
	}
}

// TestTroubleEnds when a reload brings good files, or the name has gone.
func TestTroubleEnds(t *testing.T) {
	cert, key := pairOn(t, t.TempDir(), "www.example.org")
	k := New(Options{})
	build := func(sites ...Site) *Set {
		t.Helper()
		set, err := k.Build(sites, Authority{Storage: "/none"})
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	files := Site{Name: "www.example.org", Way: Files, Cert: cert, Key: key}
	k.Use(build(files, Site{Name: "news.example.org", Way: ACME}, Site{Name: "old.example.org", Way: ACME}))
	for _, name := range []string{"www.example.org", "news.example.org", "old.example.org", storageName} {
		k.failed(name, errors.New("it broke"))
	}
	if n := k.Failing(); n != 4 {
		t.Fatalf("%d in trouble, want 4", n)
	}
	k.Use(build(files, Site{Name: "news.example.org", Way: ACME}))
	if n := k.Failing(); n != 2 || k.Status()[1].Failures != 1 {
		t.Errorf("%d in trouble, want the one by ACME and the storage: %+v", n, k.Status())
	}
	k.Use(build(files))
	k.failed("old.example.org", errors.New("it broke too late"))
	if n := k.Failing(); n != 0 || k.Failures() != 5 {
		t.Errorf("%d in trouble, want none; %d failures, want 5", n, k.Failures())
	}
}

func TestFilesProblems(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil func(t *testing.T, s *Site)
		key   string
		want  string
	}{
		"no certificate": {func(_ *testing.T, s *Site) { s.Cert += ".none" }, "cert", "no such file"},
		"no key":         {func(_ *testing.T, s *Site) { s.Key += ".none" }, "key", "no such file"},
		"a folder":       {func(t *testing.T, s *Site) { s.Cert = t.TempDir() }, "cert", "is no file"},
		"a key for all": {func(t *testing.T, s *Site) {
			if err := os.Chmod(s.Key, 0o644); err != nil {
				t.Fatal(err)
			}
		}, "key", "others may use the key"},
		"another's key": {func(t *testing.T, s *Site) { _, s.Key = pairOn(t, t.TempDir(), s.Name) }, "", "cannot be used"},
		"another name":  {func(_ *testing.T, s *Site) { s.Aliases = []string{"other.example.org"} }, "cert", "does not hold for other.example.org"},
		"too long": {func(t *testing.T, s *Site) {
			s.Cert = filepath.Join(t.TempDir(), "long")
			write(t, s.Cert, make([]byte, maxFile+1))
		}, "cert", "at most 1 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			cert, key := pairOn(t, t.TempDir(), "www.example.org")
			site := Site{Name: "www.example.org", Way: Files, Cert: cert, Key: key}
			tt.spoil(t, &site)
			_, err := New(Options{}).Build([]Site{site}, Authority{})
			problems, ok := errors.AsType[Problems](err)
			if !ok || len(problems) != 1 {
				t.Fatalf("got %v, want one problem", err)
			}
			if p := problems[0]; p.Key != tt.key || !strings.Contains(p.Message, tt.want) || p.Remedy == "" {
				t.Errorf("got %+v", p)
			}
		})
	}
}
