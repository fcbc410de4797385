package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

// shape is a JSON value with its numbers, strings and booleans left out.
func shape(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name := range v {
			v[name] = shape(v[name])
		}
		return v
	case []any:
		for i := range v {
			v[i] = shape(v[i])
		}
		return v
	default:
		return nil
	}
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// TestDemoKeepUnprinted holds that servers which were to be kept are stopped when the report cannot be printed, and not
// only by the end of the context.
func TestDemoKeepUnprinted(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds; left out with -short")
	}
	var stderr bytes.Buffer
	if got := execute(t.Context(), strings.Fields("demo --seconds 1 --bots 1 --keep"), full{}, &stderr); got != exitUnfit {
		t.Errorf("got code %d, want %d", got, exitUnfit)
	}
	if got := stderr.String(); !strings.HasSuffix(got, "seawall: no space left\n") || strings.Contains(got, "Still running") {
		t.Errorf("got %q on stderr", got)
	}
	if err := goleak.Find(); err != nil {
		t.Errorf("servers left running: %v", err)
	}
}

// TestDemoReport plays acts of one second with ten bots, which prove nothing, and pins the names in the report, by which others judge
// a rehearsal. They are stable: names may be added, none changed or removed.
func TestDemoReport(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds; left out with -short")
	}
	var stdout, stderr bytes.Buffer
	log := filepath.Join(t.TempDir(), "access.log")
	const lines = `192.0.2.1 - - [18/Nov/2025:06:00:00 +0100] "GET / HTTP/1.1" 200 5 "-" "Mozilla/5.0 (X11) Firefox/145.0"` + "\n" +
		"no such line\n"
	if err := os.WriteFile(log, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	code := execute(t.Context(), []string{"demo", "--seconds", "1", "--bots", "10", "--json", "--readers", log}, &stdout, &stderr)
	if code != exitUnfit {
		t.Errorf("got code %d, want %d\n%s", code, exitUnfit, stderr.String())
	}
	if got, want := stderr.String(), "\nReaders: 2 lines, 1 unreadable, 0 left out.\n"; !strings.Contains(got, want) {
		t.Errorf("got %q on stderr, want %q in it", got, want)
	}
	var report map[string]any
	dec := json.NewDecoder(&stdout)
	if err := dec.Decode(&report); err != nil {
		t.Fatal(err)
	}
	if _, err := dec.Token(); err != io.EOF {
		t.Errorf("after the object: got %v, want the end", err)
	}
	if got := report["seed"]; got != 1.0 {
		t.Errorf("seed: got %v, want 1", got)
	}
	kind := map[string]any{"asked": nil, "served": nil}
	act := map[string]any{
		"name": nil,
		"readers": map[string]any{
			"asked": nil, "served": nil, "share": nil, "p50_ms": nil, "p99_ms": nil,
			"by_kind": map[string]any{"page": kind, "search": kind, "form": kind},
		},
		"origin": map[string]any{"busy": nil, "requests": nil},
		"actions": map[string]any{
			"drop": nil, "refuse": nil, "serve_fresh": nil, "serve_stale": nil, "serve_note": nil, "serve_other": nil,
			"challenge": nil, "wait": nil, "forward": nil,
		},
		"flood":   map[string]any{"sent": nil, "bots": nil},
		"lookout": map[string]any{"minutes": nil, "probes": nil, "failing": nil, "words": nil, "duration": nil},
	}
	third := report["acts"].([]any)[2].(map[string]any)
	prepared := shape(third["prepared"])
	if diff := cmp.Diff(any(map[string]any{
		"templates": nil, "rules": nil, "covered": nil, "waiting": nil, "left": nil, "matched": nil, "matched_in_distress": nil,
	}), prepared); diff != "" {
		t.Errorf("names of what was prepared (-want +got):\n%s", diff)
	}
	delete(third, "prepared")
	for _, a := range report["acts"].([]any) {
		a.(map[string]any)["lookout"].(map[string]any)["minutes"] = nil // as many as the act has seconds
	}
	want := map[string]any{
		"acts": []any{act, act, act}, "seed": nil, "generator": map[string]any{"late_p99_ms": nil},
	}
	if diff := cmp.Diff(any(want), shape(report)); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}
