package orders

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/store/sqlite"
)

// TestFeedThatClaimsTooMuch brings so many claims a day, says how many wait, and is asked for them again until all are taken.
func TestFeedThatClaimsTooMuch(t *testing.T) {
	bundle, err := os.ReadFile(someSTIX)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(bundle) }))
	t.Cleanup(server.Close)
	state := t.TempDir()
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(state, sqlite.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	const all = 2*maxDayClaims + 1
	known, asked := 0, 0
	claim := func(_ context.Context, c Claiming) (Claimed, error) { // a file that claims more than a day holds
		asked++
		fresh := min(c.Room, all-known)
		known += fresh
		return Claimed{Claims: known, New: fresh, Skipped: map[string]int{ClaimsBeyond: all - known}}, nil
	}
	f := &follower{
		feed: config.Feed{Name: "partner", From: server.URL, Every: time.Minute}, client: server.Client(),
		desk: &Desk{Store: db, Now: func() time.Time { return now }, Claim: claim}, logger: slog.New(slog.DiscardHandler), state: state,
	}
	for _, want := range []struct {
		later time.Duration
		known int
		full  bool
		asked int
	}{
		{0, maxDayClaims, true, 1},
		{time.Hour, maxDayClaims, true, 2},
		{16 * time.Hour, 2 * maxDayClaims, true, 3},
		{24 * time.Hour, all, false, 4},
		{time.Hour, all, false, 4}, // and from now on it is no news
	} {
		now = now.Add(want.later)
		err := f.look(t.Context())
		feed, errFeed := f.desk.feed(t.Context(), "partner")
		if errFeed != nil || errors.Is(err, errManyClaims) != want.full || !want.full && err != nil || (feed.Error != "") != want.full {
			t.Errorf("at %v: error %v, kept as %q, want it full: %t", now, err, feed.Error, want.full)
		}
		if known != want.known || asked != want.asked {
			t.Errorf("at %v: %d claims, asked %d times, want %+v", now, known, asked, want)
		}
	}
}
