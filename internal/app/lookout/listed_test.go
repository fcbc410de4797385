package lookout

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/store/sqlite"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// TestListed: what attack orders name is not asked, by nobody, and stays so while it cannot be read; who opts out meanwhile is heard.
func TestListed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), sqlite.FileName)})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		const host = "www.example.org"
		if _, err := db.PutSite(t.Context(), store.Site{Name: host, Host: host, URL: home, Page: "/news", Added: time.Now()}); err != nil {
			t.Fatal(err)
		}
		w := newWorld(t)
		named, failed := map[string]probe.Listed(nil), error(nil)
		l, err := New(t.Context(), Options{
			Store: db, Prober: w, Vantage: watch.Vantage{Name: "office", Network: "AS64496"}, Logger: slog.New(slog.DiscardHandler),
			Named: func(context.Context) (map[string]probe.Listed, error) { return named, failed },
		})
		if err != nil {
			t.Fatal(err)
		}
		page := func() string { return l.remoteSites()[0].Page }
		if page() != "/news" || len(w.rules.Listed) != 0 {
			t.Errorf("before: page %q, rules %+v", page(), w.rules)
		}
		named = map[string]probe.Listed{host: {Paths: []string{"/", "/News/"}}}
		if err := l.Reread(t.Context()); err != nil || page() != "" || !slices.Equal(w.rules.Listed[host].Paths, named[host].Paths) {
			t.Errorf("listed: %v, page %q, rules %+v", err, page(), w.rules)
		}
		failed = errors.New("the disk is gone")
		if err := db.OptOut(t.Context(), store.OptOut{Host: "quiet.example", At: time.Now()}); err != nil {
			t.Fatal(err)
		}
		if _, err := db.PutSite(t.Context(), store.Site{Name: "www", Host: "www.quiet.example", URL: "https://www.quiet.example/", Added: time.Now()}); err != nil {
			t.Fatal(err)
		}
		if _, err := db.PutSite(t.Context(), store.Site{Name: "new.example", Host: "new.example", URL: "https://new.example/", Added: time.Now()}); err != nil {
			t.Fatal(err)
		}
		if err := l.Reread(t.Context()); !errors.Is(err, failed) {
			t.Errorf("got %v, want %v", err, failed)
		}
		if n := len(l.remoteSites()); n != 2 {
			t.Errorf("%d sites are watched, want the new one too, and none below a host that opted out", n)
		}
		if len(w.rules.Listed[host].Paths) != 2 || !slices.Equal(w.rules.OptOut, []string{"quiet.example"}) {
			t.Errorf("unread: %+v", w.rules)
		}
	})
}
