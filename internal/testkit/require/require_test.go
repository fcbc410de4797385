package require

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ending is a test that notes how it was ended instead of ending.
type ending struct {
	testing.TB
	how string
}

func (e *ending) Helper()                           {}
func (e *ending) Skipf(format string, args ...any)  { e.note("skipped", format, args) }
func (e *ending) Fatalf(format string, args ...any) { e.note("failed", format, args) }

func (e *ending) note(how, format string, args []any) {
	if e.how == "" {
		e.how = how + ": " + fmt.Sprintf(format, args...)
	}
}

func TestNeed(t *testing.T) {
	const unknown = "failed: need %q is unknown; the needs are data, netns, kernel, postgres, browser, h2spec, cachetests"
	tests := []struct {
		env, name string
		have      bool
		want      string
	}{
		{"", NetnsName, true, ""},
		{"netns", NetnsName, true, ""},
		{"", NetnsName, false, "skipped: needs netns: not root"},
		{"data,kernel", NetnsName, false, "skipped: needs netns: not root"},
		{"netns", NetnsName, false, "failed: netns is required here: not root"},
		{" data , netns,", NetnsName, false, "failed: netns is required here: not root"},
		{"", "netsn", true, fmt.Sprintf(unknown, "netsn")},
		{"dta", NetnsName, true, fmt.Sprintf(unknown, "dta")},
	}
	for _, tt := range tests {
		t.Run(tt.env+"/"+tt.name, func(t *testing.T) {
			t.Setenv(EnvRequire, tt.env)
			e := &ending{TB: t}
			Need(e, tt.name, "not root", tt.have)
			if got, want := e.how, tt.want; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestData(t *testing.T) {
	dir := t.TempDir()
	missing := filepath.Join(dir, "missing")
	tests := []struct {
		env, require string
		want         string
	}{
		{dir, "", ""},
		{dir, "data", ""},
		{"", "", "skipped: needs data: SEAWALL_DATA is not set"},
		{"", "data", "failed: data is required here: SEAWALL_DATA is not set"},
		{missing, "", "skipped: needs data: SEAWALL_DATA does not name a folder: " + missing},
	}
	for _, tt := range tests {
		t.Setenv(EnvData, tt.env)
		t.Setenv(EnvRequire, tt.require)
		e := &ending{TB: t}
		got := Data(e)
		if diff := cmp.Diff(tt.want, e.how); diff != "" {
			t.Errorf("data folder %q, required %q (-want +got):\n%s", tt.env, tt.require, diff)
		}
		if got != tt.env {
			t.Errorf("got folder %q, want %q", got, tt.env)
		}
	}
}
