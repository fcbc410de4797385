package orders

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/store/sqlite"
)

// TestNetworksThatAttacked are kept for 48 hours after they were seen, and shown with the address that they hold.
func TestNetworksThatAttacked(t *testing.T) {
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), sqlite.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	folder := t.TempDir()
	put := func(name, text string) string {
		t.Helper()
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	now := time.Date(2025, 11, 18, 8, 0, 0, 0, time.UTC)
	d := &Desk{Store: db, Now: func() time.Time { return now }}
	fresh := put("fresh.csv", "cidr,as_number,as_name,geolocation,last_seen_utc\n198.51.100.0/24,64500,EXAMPLE,dk,2025-11-17 08:00:00\n"+
		"198.51.100.7/32,64500,EXAMPLE,,\n203.0.113.0/24,64501,,,2025-11-01 08:00:00\n")
	old := put("2025-11-10_08-00-00.csv", "192.0.2.0/24\n")
	for range 2 {
		got, err := d.importGiven(t.Context(), Importing{Paths: []string{fresh, old}, Feed: "bots", TLP: "green"})
		if err != nil || got.Prefixes != 4 || got.Skipped["over"] != 2 {
			t.Fatalf("got %+v, %v", got, err)
		}
	}
	expect := func(host string, want ...NetworkShown) {
		t.Helper()
		got, err := d.host(t.Context(), AskingHost{Host: host})
		if diff := cmp.Diff(want, got.Networks, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", host, err, diff)
		}
	}
	seen := time.Date(2025, 11, 17, 8, 0, 0, 0, time.UTC)
	net := NetworkShown{
		Network: "198.51.100.0/24", AS: 64500, ASName: "EXAMPLE", Country: "DK", Seen: seen, Until: seen.Add(48 * time.Hour), Feed: "bots", TLP: "TLP:GREEN",
	}
	one := NetworkShown{Network: "198.51.100.7/32", AS: 64500, ASName: "EXAMPLE", Seen: now, Until: now.Add(48 * time.Hour), Feed: "bots", TLP: "TLP:GREEN"}
	expect("198.51.100.7", one, net)
	expect("198.51.100.8", net)
	expect("192.0.2.1")
	expect("203.0.113.1")
	expect("www.party.example")
	if feeds, err := d.feeds(t.Context(), struct{}{}); err != nil || len(feeds) != 1 || feeds[0].Networks != 2 || feeds[0].Silent {
		t.Errorf("got %+v, %v", feeds, err)
	}
	now = seen.Add(48 * time.Hour)
	expect("198.51.100.7", one)
}

// TestListThatIsShownForEver: what a server goes on giving, which says nothing of when it changed, does not become younger by that.
func TestListThatIsShownForEver(t *testing.T) {
	list := "198.51.100.0/24\n"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, list) }))
	t.Cleanup(server.Close)
	state := t.TempDir()
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(state, sqlite.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := time.Date(2025, 11, 18, 8, 0, 0, 0, time.UTC)
	d := &Desk{Store: db, Now: func() time.Time { return now }}
	f := &follower{
		feed: config.Feed{Name: "bots", From: server.URL, Every: time.Minute}, desk: d, client: server.Client(), logger: slog.New(slog.DiscardHandler), state: state,
	}
	look := func(address string, want int) {
		t.Helper()
		if err := f.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, err := d.networks(t.Context(), netip.MustParseAddr(address)); err != nil || len(got) != want {
			t.Errorf("at %v: %+v, %v, want %d", now, got, err, want)
		}
	}
	look("198.51.100.1", 1)
	for range 2 {
		now = now.Add(24 * time.Hour)
		look("203.0.113.1", 0)
	}
	look("198.51.100.1", 0)
	list += "203.0.113.0/24\n"
	look("203.0.113.1", 1)
}
