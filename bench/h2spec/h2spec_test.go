// Package h2spec holds the edge against h2spec, a conformance suite for HTTP/2.
package h2spec

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall/bench/rigtest"
	"github.com/seawall-project/seawall/internal/testkit/require"
)

// EnvDir names a checkout of the suite. Without it the released one is run, where SEAWALL_REQUIRE names it.
const EnvDir = "H2SPEC_DIR"

// minTests is how many tests the suite has at least, so that one which is cut short does not pass.
const minTests = 140

// TestConformance runs it over TLS. In plain text the same port speaks HTTP/1.1, and an HTTP/2 preface that is not one is answered as
// the malformed request it is there; the suite knows no such port.
func TestConformance(t *testing.T) {
	suite := build(t)
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(strings.Repeat("a page to be sent in frames\n", 64)))
	})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, suite, "--host", rigtest.Site, "--port", strconv.Itoa(rigtest.Start(t, page, "internal").Port),
		"--tls", "--insecure", "--strict", "--timeout", "5")
	out, err := cmd.CombinedOutput()
	total := regexp.MustCompile(`(\d+) tests, (\d+) passed, (\d+) skipped, (\d+) failed`).FindSubmatch(out)
	if total == nil || err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", total[0])
	if n, _ := strconv.Atoi(string(total[1])); n < minTests || !bytes.Equal(total[2], total[1]) {
		t.Errorf("%s\n%s", total[0], out)
	}
}

// build returns the suite as a program.
func build(t *testing.T) string {
	t.Helper()
	dir := os.Getenv(EnvDir)
	wanted := dir != "" || slices.Contains(require.Required(), require.H2SpecName)
	require.Need(t, require.H2SpecName, EnvDir+" is not set, and the released suite has to be fetched", wanted)
	program := filepath.Join(t.TempDir(), "h2spec")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", program, "github.com/summerwind/h2spec/cmd/h2spec")
	if cmd.Dir = dir; dir == "" {
		cmd.Dir = filepath.Join("..", "..", "tools")
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return program
}
