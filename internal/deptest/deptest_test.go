package deptest

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// tree is a project made of one file for each path.
func tree(files map[string]string) fstest.MapFS {
	fsys := make(fstest.MapFS)
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

// TestCheckHouse breaks each rule of the house once, so that a table that lets everything pass cannot go unnoticed.
func TestCheckHouse(t *testing.T) {
	tests := []struct {
		importer, imported string
		want               string // the rule; "" when allowed
	}{
		{".", "strings", ""},
		{".", "example.org/cmp", "the vocabulary imports the standard library alone"},
		{".", "./internal/obs", "the vocabulary imports the standard library alone"},
		{"internal/ca", ".", "the internal certificate authority imports no room"},
		{"internal/config", ".", ""},
		{"internal/config", "./internal/edge", "config, obs and testkit import the vocabulary alone"},
		{"internal/testkit/memnet", "./internal/drill/loopback", "config, obs and testkit import the vocabulary alone"},
		{"internal/watch", "./internal/watch/probe", ""},
		{"internal/watch", "./internal/claim", "domain packages do not import each other; they meet in events and in app"},
		{"internal/intel/stix", "./internal/intel", ""},
		{"internal/edge", "./internal/edge/cache", ""},
		{"internal/edge", "./internal/detect", ""},
		{"internal/edge", "./internal/edge/gateway", "the edge imports its parts, detect's matcher and no other room"},
		{"internal/edge/cache", ".", ""},
		{"internal/edge/cache", "./internal/edge", "a part of the edge imports neither the edge nor another part"},
		{"internal/edge/cache", "./internal/edge/admit", "a part of the edge imports neither the edge nor another part"},
		{"internal/edge/gateway", "./internal/edge/admit", ""},
		{"internal/edge/gateway", "./internal/engine", "the gateway imports the edge and its parts and no other room"},
		{"internal/engine/std", "./internal/engine/wire", ""},
		{"internal/engine/std", "./internal/engine/loop", "an engine knows the edge and its gateway and no other room"},
		{"internal/engine", "./internal/config", "an engine knows the edge and its gateway and no other room"},
		{"internal/store/sqlite", "./internal/watch", ""},
		{"internal/store/sqlite", "./internal/bus", "adapters import the domain and do not import each other"},
		{"internal/app", "./internal/config", ""},
		{"internal/app", "./internal/drill", "app builds the rooms, and knows neither the rehearsal nor the command line"},
		{"internal/drill/orders", "./internal/intel/ddosia", ""},
		{"internal/drill/flood", "./internal/edge/gateway", "the rehearsal drives app from outside, reads attack orders, looks on with the lookout's eyes, and imports no other room"},
		{"cmd/seawall", "./internal/drill", ""},
		{"cmd/seawall", "./internal/edge", "commands turn flags into options for app and the rehearsal, and do no more"},
	}
	for _, tt := range tests {
		name := tt.imported
		if below, ok := strings.CutPrefix(name, "."); ok {
			name = House.Module + below
		}
		p := Package{Path: tt.importer, Imports: []Import{{Path: name, File: tt.importer + "/x.go", Line: 3}}}
		got := strings.Join(House.Check([]Package{p}), "\n")
		if tt.want == "" && got != "" {
			t.Errorf("%s importing %s: got %q, want nothing", tt.importer, tt.imported, got)
		}
		if !strings.Contains(got, tt.want) {
			t.Errorf("%s importing %s: got %q, want the rule %q", tt.importer, tt.imported, got, tt.want)
		}
	}
}

func TestReadAndCheck(t *testing.T) {
	rules := Rules{Module: "example.org/m", Table: "table.go", Rows: []Row{
		{Package: ".", StdOnly: true, Why: "the root stands alone"},
		{Package: "a/...", May: []string{"."}, Why: "a and its parts know the root"},
		{Package: "a/b", Why: "a/b knows nobody"},
		{Package: "cmd", May: []string{"a"}, Why: "cmd knows a alone"},
	}}
	pkgs, err := Read(tree(map[string]string{
		"root.go":             "// Package m is a root.\npackage m\nimport \"fmt\"\n",
		"root_windows.go":     "package m\nimport \"example.org/other\"\n",
		"a/a.go":              "package a\nimport (\n\t\"example.org/m\"\n\t\"example.org/other\"\n\t\"example.org/m/a/b\"\n)\n",
		"a/a_test.go":         "package a\nimport \"example.org/m/cmd\"\n",
		"a/gen.go":            "//go:build ignore\n\npackage main\nimport \"example.org/m/cmd\"\n",
		"a/b/b.go":            "//go:build !linux\n\npackage b\nimport _ \"example.org/m/a\"\n",
		"cmd/main.go":         "package main\nimport \"example.org/m/a/b\"\n",
		"new/new.go":          "package new\n",
		"a/testdata/x.go":     "package x\nimport \"example.org/m/cmd\"\n",
		"a/_old/x.go":         "package x\n",
		"nested/go.mod":       "module example.org/nested\n",
		"nested/tool/tool.go": "package tool\n",
	}))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := pkgs[0].Comment, "Package m is a root.\n"; got != want {
		t.Errorf("got package comment %q, want %q", got, want)
	}
	want := []string{
		`root_windows.go:2: . imports example.org/other, but the root stands alone (row "." in table.go)`,
		`a/b/b.go:4: a/b imports a, but a/b knows nobody (row "a/b" in table.go)`,
		`cmd/main.go:2: cmd imports a/b, but cmd knows a alone (row "cmd" in table.go)`,
		`package new is in no row of the table in table.go: add it there, beside its kind`,
	}
	if diff := cmp.Diff(want, rules.Check(pkgs)); diff != "" {
		t.Errorf("breaches (-want +got):\n%s", diff)
	}
}

func TestReadBroken(t *testing.T) {
	_, err := Read(tree(map[string]string{"a/a.go": "package\n"}))
	if err == nil || !strings.Contains(err.Error(), "a/a.go:1") {
		t.Errorf("got error %v, want one that names a/a.go:1", err)
	}
}

func TestCovers(t *testing.T) {
	tests := []struct {
		pattern, path string
		want          bool
	}{
		{".", ".", true},
		{".", "a", false},
		{"a", "a", true},
		{"a", "a/b", false},
		{"a/...", "a", true},
		{"a/...", "a/b/c", true},
		{"a/...", "ab", false},
	}
	for _, tt := range tests {
		if got := covers(tt.pattern, tt.path); got != tt.want {
			t.Errorf("%q covers %q: got %t, want %t", tt.pattern, tt.path, got, tt.want)
		}
	}
}
