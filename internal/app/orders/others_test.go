package orders

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/intel/ddosia"
	"github.com/seawall-project/seawall/internal/intel/draft"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/store/sqlite"
)

// TestOtherHostsOfASiteCount: what was aimed at a host that the configuration or the operator's table calls a site's is prepared for, beforehand and when
// a list comes.
func TestOtherHostsOfASiteCount(t *testing.T) {
	state := t.TempDir()
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(state, sqlite.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	site := store.Site{Name: "party", Host: "party.example", URL: "https://party.example/", Source: store.SourceCLI, Added: now}
	if _, err := db.PutSite(t.Context(), site); err != nil {
		t.Fatal(err)
	}
	table := "host,site\nby-name.example,party\nby-host.example,party.example\n"
	if err := os.WriteFile(filepath.Join(state, lookout.AliasesName), []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
	others := OthersOf(db, state, map[string][]string{"party.example": {"given.example"}})
	for _, host := range []string{"by-name.example", "by-host.example", "given.example", "nobody.example"} {
		t.Run(host, func(t *testing.T) {
			one, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), sqlite.FileName)})
			if err != nil {
				t.Fatal(err)
			}
			defer one.Close()
			d := &Desk{Store: one, Now: func() time.Time { return now }, Others: others}
			list := filepath.Join(t.TempDir(), now.Add(-time.Hour).In(ddosia.Zone()).Format("2006-01-02_15-04-05")+".json")
			if err := os.WriteFile(list, []byte(listOf(host)), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := d.importLists(t.Context(), Importing{Paths: []string{list}}); err != nil {
				t.Fatal(err)
			}
			want := 1
			if host == "nobody.example" {
				want = 0
			}
			if got, err := d.prepare(t.Context(), AskingHost{Host: "party.example"}); err != nil || len(got) != want {
				t.Errorf("prepared %d drafts, %v, want %d", len(got), err, want)
			}
			var offered int
			o := offerer{
				db: one, others: others, logger: slog.New(slog.DiscardHandler), now: d.Now, offered: make(map[string]time.Time),
				Edge: Edge{Sites: []string{"party.example"}, Offer: func(_ context.Context, drafts []draft.Draft) error {
					offered += len(drafts)
					return nil
				}},
			}
			if err := o.look(t.Context()); err != nil || offered != want {
				t.Errorf("offered %d drafts, %v, want %d", offered, err, want)
			}
		})
	}
}
