package inside

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/claims"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/store/sqlite"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// minutes plays minutes at a witness, each with so many requests of which some gave way, and returns what is to be told after the last.
func minutes(w *witness, from, n, all, felt int) (told []span) {
	for i := range n {
		for j := range all {
			o := &seawall.Outcome{Site: "www.example.org"}
			if j < felt {
				o.Rule, o.Effect = "orders-1/2", seawall.Effect{Weight: seawall.WeightLater}
			}
			w.observe(o)
		}
		at := noon.Add(time.Duration(from+i) * time.Minute)
		told = w.look(at, at.Add(time.Minute), func(_, set string) bool { return set == "orders-1" })
	}
	return told
}

// TestWitness: an edge that meets listed requests says from when until when, and takes no crowd for them.
func TestWitness(t *testing.T) {
	for _, tt := range []struct {
		name      string
		all, felt int
		want      bool
	}{
		{"flood", 3000, 2000, true},
		{"just so many", 3000, 300, true},
		{"too few of all", 3001, 300, false},
		{"too few", 299, 299, false},
		{"peace", 5000, 0, false},
	} {
		w := newWitness()
		minutes(w, 0, 5, 1000, 0)
		minutes(w, 5, 7, tt.all, tt.felt)
		got := minutes(w, 12, 11, 1000, 0)
		if (len(got) == 1) != tt.want {
			t.Errorf("%s: told %v", tt.name, got)
		}
		if want := (span{"www.example.org", noon.Add(5 * time.Minute), noon.Add(12 * time.Minute)}); len(got) == 1 && got[0] != want {
			t.Errorf("%s: told %v, want %v", tt.name, got[0], want)
		}
	}

	long := newWitness()
	if got := minutes(long, 0, 75, 1000, 900); len(got) != 2 || got[1].from != got[0].until || got[0].until.Sub(got[0].from) != metMost {
		t.Errorf("of a long one: %v", got)
	}
	wide := newWitness()
	for range 1000 {
		wide.observe(&seawall.Outcome{Site: "www.example.org", Rule: "front-page/1", Effect: seawall.Effect{Weight: seawall.WeightLater}})
	}
	wide.look(noon, noon.Add(time.Minute), func(string, string) bool { return false })
	if len(wide.open) != 0 {
		t.Error("what readers ask for all the time is no evidence")
	}
}

// TestWitnessTells: what was met is a mark in the ledger.
func TestWitnessTells(t *testing.T) {
	state := t.TempDir()
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(state, sqlite.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	w := newWitness()
	minutes(w, 0, 5, 1000, 900)
	minutes(w, 5, 12, 10, 0)
	way := desk.Here(&claims.Desk{Store: db, State: state, Now: func() time.Time { return noon.Add(time.Hour) }})
	for range 2 {
		if err := w.tell(t.Context(), way); err != nil {
			t.Fatal(err)
		}
	}
	marks, err := db.Marks(t.Context(), "www.example.org", 10)
	if err != nil || len(marks) != 1 || marks[0].Seen != "templates" || marks[0].Role != claims.RoleEdge || !marks[0].From.Equal(noon) || marks[0].Entry == 0 {
		t.Errorf("got %+v, %v", marks, err)
	}
}
