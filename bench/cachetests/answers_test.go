package cachetests

import (
	"os"
	"strings"
	"testing"
)

// TestAnswers holds docs/cache-answers.md against what came out of the full suite: every question has our answer and why, and every test
// that is not passed has a reason.
func TestAnswers(t *testing.T) {
	page, err := os.ReadFile("../../docs/cache-answers.md")
	if err != nil {
		t.Fatal(err)
	}
	golden, err := os.ReadFile("testdata/full.golden")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{}
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(strings.Trim(line, "| \n"), " | ")
		if len(cells) != 3 || !strings.HasPrefix(line, "|") {
			continue
		}
		if rows[cells[0]] != nil {
			t.Errorf("%s has two rows", cells[0])
		}
		rows[cells[0]] = cells
	}
	wanted := 2 // the heads of both tables
	for line := range strings.Lines(string(golden)) {
		f := strings.Fields(line)
		kind, id, outcome := f[0], f[1], f[2]
		want := kind
		switch {
		case kind == "check" && (outcome == "yes" || outcome == "no"):
			want = outcome
		case kind == "check":
			want = "does not arise"
		case outcome == "pass":
			continue
		}
		wanted++
		switch row := rows[id]; {
		case row == nil:
			t.Errorf("%s has no row", id)
		case row[1] != want:
			t.Errorf("%s: the page says %q, the suite found %q", id, row[1], want)
		case len(row[2]) < 20:
			t.Errorf("%s: no reason", id)
		}
	}
	if len(rows) != wanted {
		t.Errorf("the page has %d rows, of which %d are about something", len(rows), wanted)
	}
}
