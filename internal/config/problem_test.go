package config

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProblemString(t *testing.T) {
	for _, tt := range []struct {
		in   Problem
		want string
	}{
		{Problem{"seawall.yaml", 3, 5, "sites[0].origin", "is empty", "write one"}, "seawall.yaml:3:5: sites[0].origin: is empty (write one)"},
		{Problem{File: "seawall.yaml", Line: 3, Column: 5, Message: "syntax"}, "seawall.yaml:3:5: syntax"},
		{Problem{File: "seawall.yaml", Message: "is too long"}, "seawall.yaml: is too long"},
		{Problem{Line: 3, Column: 5, Path: "admin", Message: "is empty"}, "3:5: admin: is empty"},
		{Problem{Path: "--site", Message: "is empty", Remedy: "write one"}, "--site: is empty (write one)"},
	} {
		if got := tt.in.String(); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}

func TestProblemsSorted(t *testing.T) {
	ps := Problems{{Line: 2, Column: 1, Message: "c"}, {Line: 1, Column: 4, Message: "b"}, {Line: 1, Column: 2, Message: "a"}}
	if got, want := ps.Error(), "1:2: a\n1:4: b\n2:1: c"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLaterProblem(t *testing.T) {
	data, err := os.ReadFile("testdata/good/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse("seawall.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"listen[1]":        "seawall.yaml:5:5: listen[1]: is in use",
		"sites[0].origin":  "seawall.yaml:25:5: sites[0].origin: is in use",
		"sites[0].origins": "seawall.yaml:23:5: sites[0].origins: is in use",
		"cache.disk.path":  "seawall.yaml:13:1: cache.disk.path: is in use",
		"wire":             "seawall.yaml:2:1: wire: is in use",
	} {
		if got := c.Problem(path, "is in use", "").String(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestProblemOfNoSource(t *testing.T) {
	got := new(Config).Problem("admin", "is in use", "choose another port")
	want := Problem{Path: "admin", Message: "is in use", Remedy: "choose another port"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
