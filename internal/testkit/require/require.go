// Package require decides what becomes of a test that this machine cannot run.
//
// A test that needs root, a kernel feature, a database, a browser or the data folder calls [Need] first. When the need is not
// met the test skips and its reason is printed; where the environment variable SEAWALL_REQUIRE names the need, in a list
// separated by commas, the test fails instead, so that a machine that ought to run it cannot pass by skipping.
//
//	SEAWALL_REQUIRE=data,netns go test ./...
package require

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// The environment variables that this package reads.
const (
	// EnvRequire lists, separated by commas, the needs without which a test fails instead of skipping.
	EnvRequire = "SEAWALL_REQUIRE"
	// EnvData is the folder with the public data that some tests read. It is not part of the project.
	EnvData = "SEAWALL_DATA"
)

// The names of needs. The set is closed: a test that needs something else adds its name here.
const (
	DataName     = "data"     // the folder named by [EnvData]
	NetnsName    = "netns"    // the right to make network namespaces
	KernelName   = "kernel"   // a feature of the kernel
	PostgresName = "postgres" // a PostgreSQL server
	BrowserName  = "browser"  // a browser that can be driven
	H2SpecName   = "h2spec"   // the conformance suite for HTTP/2

	CacheTestsName = "cachetests" // the suite http-cache-tests and node, which it runs on
)

// Names returns every name of a need, in order.
func Names() []string {
	return []string{DataName, NetnsName, KernelName, PostgresName, BrowserName, H2SpecName, CacheTestsName}
}

// Need returns when have is true. Else it ends the test, as skipped, or as failed where [EnvRequire] names the need. name is one of
// [Names]; reason is what is missing, in words, and is printed either way. A name that is not in the set, here or in [EnvRequire],
// fails the test, because a misspelt need would never be required of anyone. Call it from the test's own goroutine.
func Need(t testing.TB, name, reason string, have bool) {
	t.Helper()
	required := Required()
	for _, n := range append(required, name) {
		if !slices.Contains(Names(), n) {
			t.Fatalf("need %q is unknown; the needs are %s", n, strings.Join(Names(), ", "))
			return
		}
	}
	switch {
	case have:
	case slices.Contains(required, name):
		t.Fatalf("%s is required here: %s", name, reason)
	default:
		t.Skipf("needs %s: %s", name, reason)
	}
}

// Required returns what [EnvRequire] lists, without white space and empty names.
func Required() []string {
	var names []string
	for name := range strings.SplitSeq(os.Getenv(EnvRequire), ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// Data returns the data folder named by [EnvData]; without it the test ends as [Need] says.
func Data(t testing.TB) string {
	t.Helper()
	dir := os.Getenv(EnvData)
	Need(t, DataName, EnvData+" is not set", dir != "")
	info, err := os.Stat(dir)
	Need(t, DataName, EnvData+" does not name a folder: "+dir, err == nil && info.IsDir())
	return dir
}
