package orders

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/intel/ddosia"
	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/store/sqlite"
)

// silent is a channel on which nothing is sent: what counts here is what the outbox holds.
type silent struct{}

func (silent) Notify(context.Context, notify.Notice) (bool, error) { return false, nil }

// TestListingReadInWhileNothingRuns is told when the lookout starts, once; one that is over is not.
func TestListingReadInWhileNothingRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), sqlite.FileName)})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		folder := t.TempDir()
		for host, age := range map[string]time.Duration{"fresh.example": time.Hour, "old.example": 2 * current} {
			if _, err := db.PutSite(t.Context(), store.Site{Name: host, Host: host, URL: "https://" + host + "/", Source: store.SourceCLI, Added: time.Now()}); err != nil {
				t.Fatal(err)
			}
			name := filepath.Join(folder, time.Now().Add(-age).In(ddosia.Zone()).Format("2006-01-02_15-04-05")+".json")
			if err := os.WriteFile(name, []byte(listOf(host)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		d := &Desk{Store: db, Now: time.Now}
		if _, err := d.importLists(t.Context(), Importing{Paths: []string{folder}}); err != nil {
			t.Fatal(err)
		}
		want := []string{"listing/named/ddosia/fresh.example/" + time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)}
		for _, when := range []string{"start", "restart"} {
			runShortly(t, db)
			rows, err := db.Notices().List(t.Context(), "", "", 100)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range rows {
				got = append(got, r.Key)
			}
			if !slices.Equal(got, want) {
				t.Errorf("after the %s the outbox has %q, want %q", when, got, want)
			}
			time.Sleep(time.Minute)
		}
	})
}

// runShortly runs the room and whoever tells, from what db holds, until nothing is left to do.
func runShortly(t *testing.T, db *sqlite.Store) {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	telling, err := notify.New(t.Context(), notify.Options{
		Outbox: db.Notices(), Logger: quiet,
		Receivers: []notify.Receiver{{Name: "editor", Route: "house", Channels: []notify.Channel{{Name: "silent", Notifier: silent{}}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	house := lookout.House{
		Store: db, State: t.TempDir(), Logger: quiet, Now: time.Now, Post: telling.Post, Listed: func(time.Time, string) {},
		Reread: func(context.Context) error { return nil },
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- newRoom(house, nil, &Desk{Store: db, Now: time.Now}, nil).Run(ctx) }()
	synctest.Wait()
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}
