package orders

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall/internal/intel"
)

// TestHostAndItsCompany: of who was listed together with a host there are numbers, of which no name comes out, and the grade is that of who is
// listed now.
func TestHostAndItsCompany(t *testing.T) {
	old := []string{"by.dk.example", "havn.example", "www.party.example", "bank.example", "avis.example"}
	for _, tt := range []struct {
		now        []string // listed now
		grade, why string
		listed     int
	}{
		{nil, "", "", 0},
		{[]string{"nobody.example.org"}, "", "", 0},
		{[]string{"bank.example"}, "pattern", "batch", 1},
		{[]string{"bank.example", "shop.party.example"}, "near", "domain", 1},
		{[]string{"partly.example"}, "near", "look_alike", 0},
		{[]string{"shop.party.example", "party.example"}, "named", "alias", 0},
		{old, "named", "host", 4},
	} {
		d := newDesk(t)
		d.Sectors = intel.Sectors{{Sector: "finance", Kind: "word", Pattern: "bank"}}
		folder := t.TempDir()
		for name, hosts := range map[string][]string{
			"2025-01-02_08-00-00.json": old, d.Now().Add(-time.Hour).Format("2006-01-02_15-04-05") + ".json": tt.now,
		} {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(listOf(hosts...)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if sum, err := d.importLists(t.Context(), Importing{Paths: []string{folder}}); err != nil || len(sum.Damaged) > 0 {
			t.Fatalf("import: %+v, %v", sum, err)
		}
		got, err := Host.Ask(t.Context(), d.here(), AskingHost{Host: "www.party.example"})
		if err != nil {
			t.Fatal(err)
		}
		want := Mates{Hosts: 4, Listed: tt.listed, Sectors: map[string]int{"": 3, "finance": 1}, Countries: map[string]int{"": 4}}
		if diff := cmp.Diff(want, got.Mates); diff != "" || got.Grade != tt.grade || got.Why != tt.why {
			t.Errorf("%v: grade %q for %q, want %q for %q; mates (-want +got):\n%s", tt.now, got.Grade, got.Why, tt.grade, tt.why, diff)
		}
		text, err := json.Marshal(got)
		for _, host := range append(old, tt.now...) {
			if err != nil || !strings.HasSuffix(host, "party.example") && strings.Contains(string(text), host) {
				t.Errorf("names another victim: %s, %v", text, err)
			}
		}
	}
}
