package relational

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"github.com/seawall-project/seawall/internal/store"
)

// TestPlans holds that SQLite takes an index for what is asked for again and again, and goes through no whole table for it.
func TestPlans(t *testing.T) {
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "plans.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	migrations, err := filepath.Glob("../sqlite/migrations/*.sql")
	if err != nil || len(migrations) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	for _, path := range migrations {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), string(text)); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	type asked struct {
		query string
		args  []any
	}
	ask := func(query string, args []any) asked { return asked{query, args} }
	for name, tt := range map[string]struct {
		asked
		want string
	}{
		"sightings since":          {ask(sightingsQuery(store.SightingFilter{Since: day})), "INDEX intel_sighting_at (at>? AND at<?)"},
		"sightings until":          {ask(sightingsQuery(store.SightingFilter{Until: day})), "INDEX intel_sighting_at (at>? AND at<?)"},
		"sightings of a feed":      {ask(sightingsQuery(store.SightingFilter{Feed: "f"})), "PRIMARY KEY (feed=?)"},
		"sightings of a host":      {ask(sightingsQuery(store.SightingFilter{Host: "h"})), "INDEX intel_sighting_host (host=?)"},
		"a host's sightings since": {ask(sightingsQuery(store.SightingFilter{Host: "h", Since: day})), "INDEX intel_sighting_host (host=?)"},
		"lists of a feed":          {ask(listsQuery("f")), "PRIMARY KEY (feed=?)"},
		"last lists":               {asked{query: selectLastLists}, "SEARCH intel_list USING PRIMARY KEY (feed=?)"},
		"a verdict":                {ask(verdictsQuery("v", "", "")), "PRIMARY KEY (id=?)"},
		"verdicts on a claim":      {ask(verdictsQuery("", "c", "")), "INDEX verdict_claim (claim=?)"},
		"verdicts on a target":     {ask(verdictsQuery("", "", "t")), "INDEX verdict_target (target=?)"},
		"marks of a host":          {ask(marksQuery("h", 1)), "INDEX claim_mark_host (host=?)"},
		"what the ledger keeps":    {asked{selectKept, []any{"body", end(day), limit(1)}}, "INDEX ledger_entry_kind (kind=? AND at<?)"},
	} {
		if got := planOf(t, db, tt.query, tt.args); !strings.Contains(got, tt.want) {
			t.Errorf("%s: got plan\n%swant %s", name, got, tt.want)
		}
	}
}

// planOf returns how SQLite does a query, a step to a line.
func planOf(t *testing.T, db *sql.DB, query string, args []any) string {
	t.Helper()
	r, err := db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var plan strings.Builder
	for r.Next() {
		var id, parent, unused int
		var step string
		if err := r.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(step + "\n")
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return plan.String()
}
