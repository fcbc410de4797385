package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/control"
)

func TestExitCode(t *testing.T) {
	problems := config.Problems{{File: "seawall.yaml", Line: 3, Column: 1, Path: "admin", Message: "is wrong", Remedy: "write off"}}
	const problem = "seawall.yaml:3:1: admin: is wrong (write off)\n"
	broke := errors.New("it broke")
	for _, tt := range []struct {
		name   string
		err    error
		code   int
		stderr string
	}{
		{"no error", nil, exitOK, ""},
		{"an error of the command line", broke, exitUsage, "seawall: it broke\n"},
		{"problems", problems, exitUsage, problem},
		{"wrapped problems", &exitError{exitUsage, problems}, exitUsage, problem},
		{"short, said already", &exitError{code: exitShort}, exitShort, ""},
		{"unfit, said already", &exitError{code: exitUnfit}, exitUnfit, ""},
		{"short, with a reason", &exitError{exitShort, broke}, exitShort, "seawall: it broke\n"},
		{"a code deep inside", fmt.Errorf("demo: %w", &exitError{exitUnfit, broke}), exitUnfit, "seawall: demo: it broke\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var stderr bytes.Buffer
			if got := exitCode(&stderr, tt.err); got != tt.code {
				t.Errorf("got code %d, want %d", got, tt.code)
			}
			if got := stderr.String(); got != tt.stderr {
				t.Errorf("got %q on stderr, want %q", got, tt.stderr)
			}
		})
	}
}

func TestExitErrorUnwraps(t *testing.T) {
	broke := errors.New("it broke")
	if err := error(&exitError{exitShort, broke}); !errors.Is(err, broke) {
		t.Error("the reason is lost")
	}
}

// TestErrorsAreSaidOnce tries what a person may get wrong: one line that says so, on stderr, with no stack and no page of usage.
func TestErrorsAreSaidOnce(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none")
	for _, tt := range []struct {
		args string
		code int
		want string // the line, or its beginning when it ends in "…"
	}{
		{"flood", exitUsage, `unknown command "flood" for "seawall"`},
		{"version now", exitUsage, `unknown command "now" for "seawall version"`},
		{"run --port 80", exitUsage, "unknown flag: --port"},
		{"run", exitUsage, "nothing to serve: give -c FILE, or --site NAME and --origin URL"},
		{"check", exitUsage, "nothing to serve: give -c FILE, or --site NAME and --origin URL"},
		{"run -c " + none + " --site www.example.org", exitUsage, "give either --config or the flags of one site, not both"},
		{"run -c " + none, exitUsage, "open config: open " + none + ": no such file or directory"},
		{"status --control " + none, exitShort, "ask " + none + ": dial unix " + none + ": connect: no such file or directory"},
		{"demo fast", exitUsage, `unknown command "fast" for "seawall demo"`},
		{"demo --seconds 0", exitUsage, "--seconds: give 1 to 3600"},
		{"demo --seconds 3601", exitUsage, "--seconds: give 1 to 3600"},
		{"demo --bots 0", exitUsage, "--bots: give 1 to 10000"},
		{"demo --bots 10001", exitUsage, "--bots: give 1 to 10000"},
		{"demo --intensity 0", exitUsage, "--intensity: give more than 0, at most 100"},
		{"demo --intensity -1", exitUsage, "--intensity: give more than 0, at most 100"},
		{"demo --intensity NaN", exitUsage, "--intensity: give more than 0, at most 100"},
		{"demo --seed 0", exitUsage, "--seed: give 1 or more"},
		{"demo --bots many", exitUsage, `invalid argument "many" for "--bots" flag: …`},
		{"demo --orders " + none, exitUsage, "attack orders: …"},
		{"demo --readers " + none, exitUsage, "readers: …"},
		{"demo --target other.example.org", exitUsage, "attack orders: …"},
		{"watch probes", exitUsage, `unknown command "probes" for "seawall watch"`},
		{"watch probe", exitUsage, "give one URL that begins with http:// or https://"},
		{"watch probe www.example.org", exitUsage, `"www.example.org": give one URL that begins with http:// or https://`},
		{"watch probe http://a.example/ http://b.example/", exitUsage, `"http://b.example/": give one URL that begins with http:// or https://`},
		{"watch probe ftp://a.example/", exitUsage, "URL ftp://a.example/: give one that begins with http:// or https://"},
		{"watch probe http://a..b/", exitUsage, "URL http://a..b/: host: no host name"},
		{"watch probe http://a.example/ --resolver dns", exitUsage, `--resolver: "dns" is no address, with or without a port`},
		{"watch probe http://a.example/ --contact=", exitUsage, `contact "": give a mail address or a URL, so that owners of sites know whom to ask`},
	} {
		var stdout, stderr bytes.Buffer
		if got := execute(t.Context(), strings.Fields(tt.args), &stdout, &stderr); got != tt.code {
			t.Errorf("%s: got code %d, want %d", tt.args, got, tt.code)
		}
		got, want := stderr.String(), "seawall: "+tt.want+"\n"
		if begin, open := strings.CutSuffix(tt.want, "…"); open && strings.HasPrefix(got, "seawall: "+begin) {
			want = got[:strings.IndexByte(got, '\n')+1]
		}
		if got != want || stdout.Len() > 0 {
			t.Errorf("%s: got %q on stderr and %q on stdout, want %q and nothing", tt.args, got, stdout.String(), want)
		}
	}
}

// silent are the commands that print nothing for a program to read: what they do is not over until they end, or is in files.
var silent = []string{"seawall run", "seawall watch run", "seawall watch agent", "seawall status serve", "seawall man"}

// TestJSON: every command that prints has --json.
func TestJSON(t *testing.T) {
	seen := 0
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
		path := cmd.CommandPath()
		if !cmd.Runnable() || cmd.HasSubCommands() && path != "seawall status" { // the others show their help
			return
		}
		seen++
		if flag := cmd.Flags().Lookup("json"); (flag == nil) != slices.Contains(silent, path) {
			t.Errorf("%s: --json is there: %v", path, flag != nil)
		}
	}
	walk(newRoot())
	if seen < 60 {
		t.Errorf("%d commands were looked at", seen)
	}
}

// TestAskJSON: what a running Seawall answers is printed as it is for programs, and in a sentence for people.
func TestAskJSON(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	ln, err := control.Listen(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: (&control.Server{
		Status: func() any { return map[string]int{"sites": 3} },
		Reload: func(context.Context) (int, error) { return 2, nil },
		Purge:  func(control.Purge) (int, error) { return 5, nil },
	}).Handler()}
	go func() { _ = server.Serve(ln) }()
	defer server.Close()
	for _, tt := range []struct{ args, plain, json string }{
		{"status", "{\"sites\":3}\n", "{\n  \"sites\": 3\n}\n"},
		{"reload", "The configuration was taken up: 2 site(s).\n", "{\n  \"sites\": 2\n}\n"},
		{"purge --tag front", "Forgotten: 5.\n", "{\n  \"forgotten\": 5\n}\n"},
	} {
		for flag, want := range map[string]string{"--json=false": tt.plain, "--json": tt.json} {
			var stdout, stderr bytes.Buffer
			code := execute(t.Context(), strings.Fields(tt.args+" "+flag+" --control "+path), &stdout, &stderr)
			if code != exitOK || stdout.String() != want {
				t.Errorf("%s %s: got code %d, %q %q, want %q", tt.args, flag, code, stdout.String(), stderr.String(), want)
			}
		}
	}
}
