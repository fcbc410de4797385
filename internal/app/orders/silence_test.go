package orders

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/intel/ddosia"
	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/store/sqlite"
)

// TestEveryFeedsSilenceIsTold: a running lookout tells the staff, once for each silence, that a feed is silent whose lists somebody imports; not of one
// that it follows, which tells by itself, of an archive, of what gives no orders, nor of a feed that was removed.
func TestEveryFeedsSilenceIsTold(t *testing.T) {
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), sqlite.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	began := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	now, lists := began, 0
	list := func(feed string, at time.Time) {
		t.Helper()
		lists++
		l := store.OrderList{Feed: feed, At: at, Hash: fmt.Sprintf("%064x", lists), Place: "x"}
		if err := db.PutLists(t.Context(), []store.OrderList{l}, nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []store.Feed{
		{Name: "cron"},
		{Name: "followed"},
		{Name: "archive"},
		{Name: "gone", Removed: began},
		{Name: "networks", Format: FormatPrefixes},
	} {
		if f.Format == "" {
			f.Format = FormatDDoSia
		}
		at := began
		if f.Name == "archive" {
			at = began.Add(-20 * 24 * time.Hour)
		}
		if err := db.PutFeed(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		list(f.Name, at)
	}
	var told []notify.Message
	busy := true
	r := newRoom(lookout.House{
		Store: db, State: t.TempDir(), Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return now },
		Post: func(_ context.Context, m notify.Message) error {
			if busy {
				busy = false
				return io.ErrUnexpectedEOF
			}
			told = append(told, m)
			return nil
		},
	}, []config.Feed{{Name: "followed", From: "https://tracker.example/", Every: time.Minute}}, &Desk{Store: db, Now: func() time.Time { return now }},
		new(net.Dialer).DialContext)
	known := map[string]time.Time{}
	look := func(at time.Time, want ...string) {
		t.Helper()
		now, told = at, nil
		err := r.listen(t.Context(), known)
		var got []string
		for _, m := range told {
			if m.Kind != notify.FeedSilent || !m.Staff || !m.Wait {
				t.Errorf("told %+v", m)
			}
			got = append(got, m.Key)
		}
		if !slices.Equal(got, want) {
			t.Errorf("at %v told %q, want %q; %v", at, got, want, err)
		}
	}
	look(began.Add(Silence))
	look(began.Add(Silence + time.Hour)) // it could not be told
	look(began.Add(Silence+2*time.Hour), "feed-silent-cron-20260301T080000Z")
	look(began.Add(Silence + 3*time.Hour))
	again := began.Add(40 * time.Hour)
	list("cron", again)
	look(again.Add(time.Hour))
	look(again.Add(Silence+time.Hour), "feed-silent-cron-20260303T000000Z")
	clear(known) // as after a restart, which comes when nobody has relied on it for long
	look(again.Add(alive + time.Hour))
}

// TestSilenceIsHeardWhileItRuns: nobody has to ask.
func TestSilenceIsHeardWhileItRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), sqlite.FileName)})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		l := store.OrderList{Feed: "cron", At: time.Now(), Hash: fmt.Sprintf("%064x", 1), Place: "x"}
		if err := db.PutLists(t.Context(), []store.OrderList{l}, nil, nil); err != nil {
			t.Fatal(err)
		}
		if err := db.PutFeed(t.Context(), store.Feed{Name: "cron", Format: FormatDDoSia}); err != nil {
			t.Fatal(err)
		}
		told := make(chan time.Duration, 10)
		began := time.Now()
		r := newRoom(lookout.House{
			Store: db, State: t.TempDir(), Logger: slog.New(slog.DiscardHandler), Now: time.Now,
			Reread: func(context.Context) error { return nil },
			Post:   func(context.Context, notify.Message) error { told <- time.Since(began); return nil },
		}, nil, &Desk{Store: db, Now: time.Now}, nil)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- r.Run(ctx) }()
		time.Sleep(3 * 24 * time.Hour)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if len(told) != 1 {
			t.Fatalf("told %d times, want once", len(told))
		}
		if at := <-told; at <= Silence || at > Silence+silenceEvery {
			t.Errorf("told after %v", at)
		}
	})
}

// TestFeedOfListsAndBundlesFallsSilent: a followed folder that has given lists is told to be silent, whatever else it goes on giving.
func TestFeedOfListsAndBundlesFallsSilent(t *testing.T) {
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), sqlite.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	bundle, err := os.ReadFile(someSTIX)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	folder := t.TempDir()
	put := func(name string, data []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	told := 0
	f := &follower{
		feed: config.Feed{Name: "folder", From: folder, Every: time.Minute}, logger: slog.New(slog.DiscardHandler),
		desk: &Desk{Store: db, Now: func() time.Time { return now }, Claim: (&taker{known: map[string]bool{}}).take},
		post: func(context.Context, notify.Message) error { told++; return nil },
	}
	look := func(format string, want int) {
		t.Helper()
		if err := f.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		if feed, err := f.desk.feed(t.Context(), "folder"); err != nil || feed.Format != format || told != want {
			t.Errorf("told %d times, want %d; got %+v, %v", told, want, feed, err)
		}
	}
	put("first-bundle.json", bundle)
	look(FormatSTIX, 0)
	put(now.Add(-time.Hour).In(ddosia.Zone()).Format("2006-01-02_15-04-05")+".json", []byte(listOf("party.example")))
	look(FormatDDoSia, 0)
	now = now.Add(27 * time.Hour)
	put("last-bundle.json", append(bundle, '\n'))
	look(FormatDDoSia, 1)
}
