package cachetests

import (
	"bufio"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seawall-project/seawall/bench/rigtest"
	"github.com/seawall-project/seawall/internal/testkit/require"
)

// EnvDir names a checkout of the suite. Without it the released one is run, where `npm ci` has put it beside this file.
const EnvDir = "CACHE_TESTS_DIR"

// suite is where the suite lies, and which golden file and floors are its.
type suite struct {
	dir    string
	golden string
	floors scores
}

// findSuite returns the suite that this machine has.
func findSuite(t *testing.T) suite {
	t.Helper()
	_, err := exec.LookPath("node")
	require.Need(t, require.CacheTestsName, "there is no node", err == nil)
	if dir := os.Getenv(EnvDir); dir != "" {
		return suite{dir, "testdata/full.golden", fullFloors}
	}
	dir, err := filepath.Abs("node_modules/http-cache-tests")
	if err != nil {
		t.Fatal(err)
	}
	_, err = os.Stat(dir)
	require.Need(t, require.CacheTestsName, EnvDir+" is not set, and `npm ci` in bench/cachetests has not been run", err == nil)
	return suite{dir, "testdata/released.golden", releasedFloors}
}

// serve starts the suite's origin with a Seawall in front of it, and returns the URL that the tests are to ask.
func (s suite) serve(t *testing.T) (base string) {
	t.Helper()
	server := filepath.Join(s.dir, "test-engine", "server", "server.mjs")
	if _, err := os.Stat(server); err != nil {
		server = filepath.Join(s.dir, "server", "server.mjs")
	}
	preload, err := filepath.Abs("loopback.mjs")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "--import", preload, server)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "npm_config_protocol=http", "npm_config_port=0", "npm_config_pidfile="+filepath.Join(t.TempDir(), "pid"))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if origin, ok := strings.CutPrefix(lines.Text(), "Listening on "); ok {
			go func() {
				for lines.Scan() {
				}
			}()
			return "http://" + net.JoinHostPort(rigtest.Site, rigtest.Port(rigtest.StartAt(t, strings.TrimSuffix(origin, "/"), "off")))
		}
	}
	t.Fatalf("the suite's server did not start: %v", lines.Err())
	return ""
}

// result is one test and what came of it, as run.mjs prints it.
type result struct {
	ID, Suite, Name, Kind string
	Depends               []string
	Ran, Passed           bool
	Failure               json.RawMessage // ["Assertion", "why"] and the like
}

// run runs the tests with these ids, or all.
func (s suite) run(t *testing.T, base string, ids ...string) []result {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", append([]string{"--no-warnings", "run.mjs", s.dir, base}, ids...)...)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("run the suite: %v\n%s", err, errs.String())
	}
	var all []result
	if err := json.Unmarshal(out, &all); err != nil {
		t.Fatalf("read what the suite printed: %v\n%.2000s", err, out)
	}
	return all
}
