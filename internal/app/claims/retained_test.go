package claims_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/app/claims"
	"github.com/seawall-project/seawall/internal/claim"
	"github.com/seawall-project/seawall/internal/store"
)

// retain forgets results as a lookout does.
func retain(t *testing.T, r *room) {
	t.Helper()
	if err := r.db.Roll(t.Context(), r.now); err != nil {
		t.Fatal(err)
	}
	if _, err := r.db.Retain(t.Context(), store.Usual(r.now)); err != nil {
		t.Fatal(err)
	}
}

// TestVerdictOutlivesResults: a verdict on what was seen stands when the results are gone, whoever asks again, for a claim and for a host; one that was never
// made says why nothing is known.
func TestVerdictOutlivesResults(t *testing.T) {
	r := newRoom(t)
	id := addOne(t, r, "+ party.example\n")
	for _, of := range []string{id, "party.example"} {
		ask(t, r, claims.Decide, claims.Deciding{Of: of})
	}
	r.now = midnight.AddDate(0, 0, 20)
	retain(t, r)
	for _, of := range []string{id, "party.example"} {
		got := ask(t, r, claims.Decide, claims.Deciding{Of: of})
		if v := got.Verdicts[0]; v.New || v.Version != 1 || v.Verdict.Verdict != claim.Confirmed {
			t.Errorf("%s: got version %d, %v", of, v.Version, v.Verdict.Verdict)
		}
		if len(got.Notes) != 1 || !strings.Contains(got.Notes[0], "what was said on 2025-11-18 stands") {
			t.Errorf("%s: got notes %q", of, got.Notes)
		}
	}
	path := filepath.Join(t.TempDir(), "out")
	ask(t, r, claims.Export, claims.Exporting{Of: "party.example", Format: "csv", To: "house", Path: path})
	if raw, err := os.ReadFile(path); err != nil || strings.Count(string(raw), "confirmed") != 2 {
		t.Errorf("error %v, what leaves is %s", err, raw)
	}

	second := post("+ party.example\nand before")
	second.Posted = midnight.AddDate(0, 0, -2).Format(time.RFC3339)
	got := ask(t, r, claims.Decide, claims.Deciding{Of: ask(t, r, claims.Add, second).Claims[0].ID})
	if v := got.Verdicts[0]; v.Verdict.Verdict != claim.Unknown || len(got.Notes) != 1 || !strings.Contains(got.Notes[0], "results are kept for 14 days") {
		t.Errorf("got %v, notes %q", v.Verdict.Verdict, got.Notes)
	}
}
