//go:build unix

package config

import (
	"os"
	"path/filepath"
	"testing"
)

func TestStateDir(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		given string
		env   map[string]string
		want  string
	}{
		{"/a/../b", map[string]string{"SEAWALL_STATE": "/c", "STATE_DIRECTORY": "/d", "HOME": "/h"}, "/b"},
		{"a", nil, filepath.Join(here, "a")},
		{"", map[string]string{"SEAWALL_STATE": "/c", "STATE_DIRECTORY": "/d", "HOME": "/h"}, "/c"},
		{"", map[string]string{"SEAWALL_STATE": "c"}, filepath.Join(here, "c")},
		{"", map[string]string{"STATE_DIRECTORY": "/d:/e", "XDG_STATE_HOME": "/x"}, "/d"},
		{"", map[string]string{"STATE_DIRECTORY": "d", "XDG_STATE_HOME": "/x", "HOME": "/h"}, "/x/seawall"},
		{"", map[string]string{"XDG_STATE_HOME": "x", "HOME": "/h"}, "/h/.local/state/seawall"},
		{"", map[string]string{"HOME": "/h"}, "/h/.local/state/seawall"},
		{"", nil, ""},
		{"", map[string]string{"HOME": "h"}, ""},
	} {
		got, err := StateDir(tt.given, func(name string) string { return tt.env[name] })
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%q, %v: got %q, %v, want %q", tt.given, tt.env, got, err, tt.want)
		}
	}
}
