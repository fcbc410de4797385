package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"
)

// TestMain makes "seawall" a command that scripts and tests can start as a process of its own.
func TestMain(m *testing.M) {
	testscript.Main(leakless{m}, map[string]func(){"seawall": main})
}

// leakless fails when tests leave goroutines behind. It does what goleak.VerifyTestMain does, which ends the process itself.
type leakless struct{ *testing.M }

func (m leakless) Run() int {
	code := m.M.Run()
	if code != 0 {
		return code
	}
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// TestScript plays the scripts in testdata/script. Beside the usual commands they have "exits CODE seawall ARGS" and "take
// NAME PATTERN", which keeps what the last command printed and the pattern matches as a variable; beside the usual
// variables $BUSY, an address in use, and $SITE, the URL of a small site on loopback. lists.tar.xz, an archive with lists/2025-11-17_20-00-00.json, lies at hand, and
// election.ics with an election in dk five days from now, five before $DAY.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup:               setup,
		Cmds:                map[string]func(ts *testscript.TestScript, neg bool, args []string){"exits": exits, "take": take},
	})
}

func setup(env *testscript.Env) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	env.Defer(func() { _ = ln.Close() })
	env.Setenv("BUSY", ln.Addr().String())
	site := httptest.NewServer(http.HandlerFunc(smallSite))
	env.Defer(site.Close)
	env.Setenv("SITE", site.URL)
	soon := time.Now().AddDate(0, 0, 5)
	env.Setenv("DAY", soon.AddDate(0, 0, 5).Format(time.DateOnly))
	if err := os.WriteFile(filepath.Join(env.WorkDir, "election.ics"), fmt.Appendf(nil, election, soon.Format("20060102")), 0o600); err != nil {
		return err
	}
	archive, err := os.ReadFile("testdata/lists.tar.xz")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(env.WorkDir, "lists.tar.xz"), archive, 0o600)
}

// election is a calendar with an election on a day that is left out.
const election = `BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example//EN
BEGIN:VEVENT
UID:one@example.org
DTSTART;VALUE=DATE:%s
SUMMARY:An invented election
CATEGORIES:ELECTION
X-SEAWALL-COUNTRY:dk
URL:https://example.org/elections
END:VEVENT
END:VCALENDAR
`

// smallSite has a page at each path that says in words what it does.
func smallSite(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<!doctype html><title>The Example</title><p>Asked by "+r.UserAgent())
	case "/private":
		http.Redirect(w, r, "http://10.0.0.1/", http.StatusFound)
	case "/again":
		http.Redirect(w, r, "/again", http.StatusFound)
	default:
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

// take keeps what a pattern matches in the last command's output as a variable.
func take(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: take NAME PATTERN")
	}
	pattern, err := regexp.Compile(args[1])
	ts.Check(err)
	found := pattern.FindString(ts.ReadFile("stdout"))
	if found == "" {
		ts.Fatalf("%q matches nothing", args[1])
	}
	ts.Setenv(args[0], found)
}

// exits runs a program and holds that it exits with a code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exited with %d, want %d", got, want)
	}
}
