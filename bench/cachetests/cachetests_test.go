// Package cachetests holds the edge against http-tests/cache-tests, the suite behind https://cache-tests.fyi.
package cachetests

import (
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write the golden file of the suite that is run anew")

// reruns is how often tests that came out otherwise are given another chance.
const reruns = 2

// TestCacheTests runs the suite. Each test's outcome is held in a golden file, so that a change shows, and the scores have floors.
// A test that comes out otherwise is run again with the others that do: a busy machine can make an answer older than the suite meant it
// to be, and so many tests at once can press the origin so hard that the edge no longer follows what requests wish for.
func TestCacheTests(t *testing.T) {
	s := findSuite(t)
	base := s.serve(t)
	results := s.run(t, base)
	text, err := os.ReadFile(s.golden)
	if err != nil && !*update {
		t.Fatal(err)
	}
	golden := parseGolden(string(text))
	for range reruns {
		if ids := judge(results).differing(golden); len(ids) > 0 {
			results = merge(results, s.run(t, base, ids...))
		}
	}
	got := judge(results)
	for _, id := range got.differing(golden) {
		t.Logf("%s: %q, golden %q: %s", id, got[id], golden[id], failureOf(results, id))
		if !*update {
			t.Fail()
		}
	}
	score, most := got.count(results)
	t.Logf("%v", score)
	t.Logf("of %v", most)
	if score.Required < s.floors.Required || score.Optimal < s.floors.Optimal || score.Checks < s.floors.Checks || score.All < s.floors.All {
		t.Errorf("below the floors: %v", s.floors)
	}
	if *update {
		if err := os.WriteFile(s.golden, []byte(got.golden(results)), 0o644); err != nil { //nolint:gosec // G306: a file of the project
			t.Fatal(err)
		}
	}
}

// merge puts what a second run found in the place of the first.
func merge(first, second []result) []result {
	for i := range second {
		if second[i].Ran {
			first[i] = second[i]
		}
	}
	return first
}

func failureOf(results []result, id string) string {
	for i := range results {
		if results[i].ID == id {
			return string(results[i].Failure)
		}
	}
	return ""
}
