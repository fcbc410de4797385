package app

import (
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall/internal/config"
)

func withControl(t *testing.T, path string) Options {
	t.Helper()
	return Options{Config: parse(t, `
version: 1
listen: 127.0.0.1:0
admin: off
control: %s
sites: [{name: www.example.org, origin: "http://127.0.0.1:8080", tls: off}]
`, path)}
}

func ask(t *testing.T, path string) reply {
	t.Helper()
	return get(t, reader(t, "HTTP/1.1", to(&net.UnixAddr{Name: path, Net: "unix"}), nil), "http://seawall/status")
}

func TestControl(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	a := start(t, withControl(t, path))
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := info.Mode(), os.ModeSocket|0o600; got != want {
		t.Errorf("mode: got %v, want %v", got, want)
	}
	got := ask(t, path)
	if got.StatusCode != 200 || got.Header.Get("Content-Type") != "application/json" {
		t.Errorf("got %d of %q, want JSON", got.StatusCode, got.Header.Get("Content-Type"))
	}
	var status map[string]any
	if err := json.Unmarshal([]byte(got.body), &status); err != nil {
		t.Fatal(err)
	}
	use := func(used, limit int) map[string]any {
		return map[string]any{"used": float64(used), "limit": float64(limit)}
	}
	limits := a.graph().admit[0].Stats(a.Now())
	want := map[string]any{
		"sites": []any{map[string]any{
			"name": "www.example.org", "pressure": false, "distress": false, "rules": use(0, 512), "rule_sets_waiting": 0.0,
			"at_origin": use(0, limits.Limit), "queued": use(0, limits.QueueLimit),
			"origins": []any{map[string]any{
				"url": "http://127.0.0.1:8080", "state": "closed", "failures": 0.0, "connections": use(0, a.graph().ways[0].it.One(0).Limit),
			}},
		}},
		"connections":      use(0, a.engine.Stats().ConnsLimit),
		"cache_bytes":      use(0, config.DefaultMemory),
		"outcomes_waiting": use(0, a.ring.Cap()),
		"outcomes_dropped": 0.0,
	}
	if diff := cmp.Diff(want, status); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	c := reader(t, "HTTP/1.1", to(&net.UnixAddr{Name: path, Net: "unix"}), nil)
	if got := do(t, c, http.MethodPost, "http://seawall/status", http.NoBody); got.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: got %d, want 405", got.StatusCode)
	}
	a.stop()
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("after the end: got %v, want the socket gone", err)
	}
}

// TestControlLeftBehind replaces the socket of a process that is gone.
func TestControlLeftBehind(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	ln.SetUnlinkOnClose(false)
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	start(t, withControl(t, path))
	if got := ask(t, path); got.StatusCode != 200 {
		t.Errorf("got %d, want 200", got.StatusCode)
	}
}

// TestControlTaken refuses a path that somebody uses, and leaves alone what is there.
func TestControlTaken(t *testing.T) {
	for name, take := range map[string]func(t *testing.T, path string){
		"another Seawall": func(t *testing.T, path string) { start(t, withControl(t, path)) },
		"a socket of another kind": func(t *testing.T, path string) {
			c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = c.Close() })
		},
		"a file": func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte("notes"), 0o600); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "s")
			take(t, path)
			before, err := os.Lstat(path)
			if err != nil {
				t.Fatal(err)
			}
			want := config.Problems{{
				File: "seawall.yaml", Line: 4, Column: 1, Path: "control",
				Message: path + " is in use by another program, or is no socket", Remedy: "choose another path",
			}}
			if diff := cmp.Diff(want, problems(t, withControl(t, path))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if after, err := os.Lstat(path); err != nil || !os.SameFile(before, after) {
				t.Errorf("what was there is not there any more: %v", err)
			}
		})
	}
}
