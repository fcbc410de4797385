package orders

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
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

// publisher is a feed on loopback.
type publisher struct {
	mu    sync.Mutex
	hosts []string
	asked int
	news  int // answers that were no 304
}

func (p *publisher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	tag := fmt.Sprintf("%q", strings.Join(p.hosts, ","))
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	p.news++
	w.Header().Set("ETag", tag)
	_, _ = io.WriteString(w, listOf(p.hosts...))
}

// listOf writes a list in which every host's site search is aimed at.
func listOf(hosts ...string) string {
	type order map[string]any
	var targets []order
	for _, h := range hosts {
		targets = append(targets, order{
			"target_id": "65a0f0000000000000000001", "request_id": "65a0f0000000000000000002", "host": h, "type": "http2", "method": "GET", "port": 443,
			"use_ssl": true, "path": "/search?q=$_1&person=anna@example.org",
		})
	}
	text, _ := json.Marshal(order{"targets": targets, "randoms": []order{}})
	return string(text)
}

func TestNamedSiteIsWarned(t *testing.T) {
	feed := &publisher{hosts: []string{"one.example", "two.example"}}
	server := httptest.NewServer(feed)
	t.Cleanup(server.Close)
	state := t.TempDir()
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(state, sqlite.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	if err := os.WriteFile(filepath.Join(state, lookout.AliasesName), []byte("host,site\nthe-press.example,press.example\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"two.example", "www.party.example", "partei.example", "press.example"} {
		if _, err := db.PutSite(t.Context(), store.Site{Name: host, Host: host, URL: "https://" + host + "/", Source: store.SourceCLI, Added: now}); err != nil {
			t.Fatal(err)
		}
	}
	var told []notify.Message
	var listed []string
	house := lookout.House{
		Store: db, State: state, Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return now },
		Post:   func(_ context.Context, m notify.Message) error { told = append(told, m); return nil },
		Listed: func(_ time.Time, host string) { listed = append(listed, host) },
		Reread: func(context.Context) error { return nil },
	}
	from := config.Feed{Name: "tracker", From: server.URL + "/last.json", Every: time.Minute, TLP: config.TLPClear}
	r := newRoom(house, []config.Feed{from}, &Desk{Store: db, Now: house.Now}, new(net.Dialer).DialContext)
	f := r.feeds[0]
	look := func() []notify.Message {
		t.Helper()
		told = nil
		if err := f.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := r.warner.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		return told
	}

	if got := look(); len(got) != 1 || got[0].Sites[0].Name != "two.example" {
		t.Errorf("at first told %+v", got)
	}
	now = now.Add(2 * time.Hour)
	if got := look(); len(got) != 0 || feed.news != 1 {
		t.Errorf("nothing is new, but told %+v; read %d times", got, feed.news)
	}
	feed.hosts = []string{"one.example", "party.example", "partei2.example", "shop.press.example"}
	now = now.Add(time.Hour)
	got := look()
	if len(got) != 3 {
		t.Fatalf("told %d times, want 3: %+v", len(got), got)
	}
	var named, near int
	for _, m := range got {
		if m.Label != "TLP:CLEAR" || !slices.Contains(m.Routes, "community") {
			t.Errorf("labelled %q, for %q", m.Label, m.Routes)
		}
		text := fmt.Sprintf("%+v", m)
		if m.Kind != notify.Listing || strings.Contains(text, "one.example") || strings.Contains(text, "anna") || strings.Contains(text, "shop.") ||
			strings.Contains(text, "partei2") {
			t.Errorf("names what it must not: %s", text)
		}
		switch {
		case m.Sites[0].Name == "www.party.example" && !m.Wait && !m.Staff && strings.Contains(m.Answer.English, "http2 GET /search?person={email}&q={token}; port 443. The orders are of 2024-01-12."):
			named++
		case m.Wait && m.Staff:
			near++
		}
	}
	if named != 1 || near != 2 {
		t.Errorf("named %d, near %d, want 1 and 2: %+v", named, near, got)
	}
	if !slices.Contains(listed, "www.party.example") || slices.Contains(listed, "partei.example") {
		t.Errorf("the lookout heard of %q", listed)
	}
	now = now.Add(time.Minute)
	if got := look(); len(got) != 0 {
		t.Errorf("told again: %+v", got)
	}

	feed.hosts = append(feed.hosts, "the-press.example", "party-alias.example")
	r.warner.edge.Aliases = map[string][]string{"partei.example": {"party-alias.example"}}
	now = now.Add(time.Minute)
	if got := look(); len(got) != 2 || got[0].Wait || got[1].Wait {
		t.Errorf("by its aliases: %+v", got)
	}

	paths, err := Paths(t.Context(), db)
	if err != nil || !slices.Equal(paths["www.party.example"].Paths, []string{"/search"}) || len(paths["press.example"].Paths) != 0 {
		t.Errorf("paths that are not asked for: %+v, %v", paths, err)
	}

	// The feed falls silent; that is told once, and ends with the next list.
	feeds := func() store.Feed {
		all, err := db.Feeds(t.Context())
		if err != nil || len(all) != 1 {
			t.Fatalf("feeds: %+v, %v", all, err)
		}
		return all[0]
	}
	if got := feeds(); !got.Alarmed.IsZero() || got.TLP != "TLP:CLEAR" || got.Error != "" {
		t.Errorf("the feed: %+v", got)
	}
	now = now.Add(Silence + time.Hour)
	look()
	since := feeds().Alarmed
	if since.IsZero() {
		t.Error("a silent feed raises no alarm")
	}
	now = now.Add(time.Hour)
	look()
	if again := feeds().Alarmed; !again.Equal(since) {
		t.Errorf("alarmed again at %v, first at %v", again, since)
	}
	feed.hosts = []string{"one.example"}
	look()
	if !feeds().Alarmed.IsZero() {
		t.Error("the alarm outlives the silence")
	}
}

// TestFeedFails: what goes wrong is noted in the feed and asked for again; no file is left behind.
func TestFeedFails(t *testing.T) {
	answers := []func(w http.ResponseWriter){
		func(w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) },
		func(w http.ResponseWriter) { w.Header().Set("ETag", `"1"`); _, _ = io.WriteString(w, "no list") },
		func(w http.ResponseWriter) {
			w.Header().Set("ETag", `"2"`)
			_, _ = io.WriteString(w, listOf("one.example"))
		},
	}
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answers[asked](w); asked++ }))
	t.Cleanup(server.Close)
	state := t.TempDir()
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(state, sqlite.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	f := &follower{
		feed: config.Feed{Name: "tracker", From: server.URL + "/last.json", Every: time.Minute}, desk: &Desk{Store: db, Now: time.Now},
		client: server.Client(), logger: slog.New(slog.DiscardHandler), state: state,
	}
	for i, want := range []string{"it answered 500", "what it gave is no list", ""} {
		_ = f.look(t.Context())
		all, err := db.Feeds(t.Context())
		if err != nil || len(all) != 1 || all[0].Error != want {
			t.Errorf("look %d: %+v, %v, want error %q", i, all, err, want)
		}
	}
	if lists, err := db.OrderLists(t.Context(), "tracker"); err != nil || len(lists) != 1 {
		t.Errorf("lists: %+v, %v", lists, err)
	}
	if left, _ := filepath.Glob(filepath.Join(state, "feed-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestLongListingIsToldOnce: a host that is named for a week is told of once, though what is looked at slides over the listing's beginning.
func TestLongListingIsToldOnce(t *testing.T) {
	state := t.TempDir()
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(state, sqlite.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	if _, err := db.PutSite(t.Context(), store.Site{Name: "party.example", Host: "party.example", URL: "https://party.example/", Source: store.SourceCLI, Added: now}); err != nil {
		t.Fatal(err)
	}
	told, failing := 0, true
	w := newWarner(lookout.House{
		Store: db, State: state, Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }, Listed: func(time.Time, string) {},
		Post: func(context.Context, notify.Message) error {
			if failing {
				return io.ErrUnexpectedEOF
			}
			told++
			return nil
		},
	})
	folder := t.TempDir()
	for range 14 {
		name := filepath.Join(folder, now.In(ddosia.Zone()).Format("2006-01-02_15-04-05")+".json")
		if err := os.WriteFile(name, []byte(listOf("party.example")), 0o600); err != nil {
			t.Fatal(err)
		}
		d := &Desk{Store: db, Now: w.Now}
		if _, err := d.importLists(t.Context(), Importing{Paths: []string{name}}); err != nil {
			t.Fatal(err)
		}
		if err := w.look(t.Context()); (err != nil) != failing {
			t.Fatalf("error %v where posting fails: %v", err, failing)
		}
		failing = false // so the second look tells what the first could not
		now = now.Add(12 * time.Hour)
	}
	if told != 1 {
		t.Errorf("told %d times, want 1", told)
	}
}

// TestFolderIsReadOnce: of a folder only what is new or was changed is read.
func TestFolderIsReadOnce(t *testing.T) {
	state, folder := t.TempDir(), t.TempDir()
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(state, sqlite.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	imports := 0
	f := &follower{
		feed:   config.Feed{Name: "folder", From: folder, Every: time.Minute},
		desk:   &Desk{Store: db, Now: time.Now, Imported: func() { imports++ }},
		logger: slog.New(slog.DiscardHandler), state: state,
	}
	put := func(name string, hosts ...string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, name+".json"), []byte(listOf(hosts...)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	look := func(wantImports, wantLists int) {
		t.Helper()
		if err := f.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		lists, err := db.OrderLists(t.Context(), "folder")
		if err != nil || imports != wantImports || len(lists) != wantLists {
			t.Errorf("%d imports, %d lists, want %d and %d (%v)", imports, len(lists), wantImports, wantLists, err)
		}
	}
	put("2026-01-02_08-00-00", "one.example")
	look(1, 1)
	look(1, 1)
	put("2026-01-03_08-00-00", "one.example", "two.example")
	look(2, 2)
	put("2026-01-02_08-00-00", "one.example", "three.example") // another list under the old name
	look(3, 3)
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(folder, "2026-01-03_08-00-00.json"), old, old); err != nil {
		t.Fatal(err)
	}
	news, err := f.changed(t.Context(), &store.Feed{Name: "folder"})
	if err != nil || len(news) != 1 || filepath.Base(news[0]) != "2026-01-02_08-00-00.json" {
		t.Errorf("would read %v, %v, want the one changed just now", news, err)
	}
}

func TestSectorsThatAreMissing(t *testing.T) {
	state := t.TempDir()
	if _, err := ReadSectors(state, ""); err != nil {
		t.Errorf("no table of one's own: %v", err)
	}
	if _, err := ReadSectors(state, filepath.Join(state, "none.csv")); err == nil {
		t.Error("a table that is named and not there is passed over")
	}
}

// TestWarnerGoesOn: a list that comes while the room begins is told, one site's failure keeps no other from being told, a look that failed is made
// again, and whenever it looks, the lookout takes up what orders name.
func TestWarnerGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), sqlite.FileName)})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		for _, host := range []string{"one.example", "two.example"} {
			if _, err := db.PutSite(t.Context(), store.Site{Name: host, Host: host, URL: "https://" + host + "/", Source: store.SourceCLI, Added: time.Now()}); err != nil {
				t.Fatal(err)
			}
		}
		var mu sync.Mutex // guards what follows
		told, rereads, failing := map[string]int{}, 0, true
		folder := t.TempDir()
		r := newRoom(lookout.House{
			Store: db, State: t.TempDir(), Logger: slog.New(slog.DiscardHandler), Now: time.Now, Listed: func(time.Time, string) {},
			Reread: func(context.Context) error {
				mu.Lock()
				defer mu.Unlock()
				rereads++
				return nil
			},
			Post: func(_ context.Context, m notify.Message) error {
				mu.Lock()
				defer mu.Unlock()
				site := m.Sites[0].Name
				if site == "one.example" && failing {
					return io.ErrUnexpectedEOF
				}
				told[site]++
				return nil
			},
		}, []config.Feed{{Name: "folder", From: folder, Every: time.Hour}}, &Desk{Store: db, Now: time.Now}, nil)
		name := filepath.Join(folder, time.Now().Add(-time.Minute).In(ddosia.Zone()).Format("2006-01-02_15-04-05")+".json")
		if err := os.WriteFile(name, []byte(listOf("one.example", "two.example")), 0o600); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- r.Run(ctx) }()
		synctest.Wait()
		expect := func(when string, one, two, read int) {
			t.Helper()
			mu.Lock()
			defer mu.Unlock()
			if told["two.example"] != two || told["one.example"] != one || rereads != read {
				t.Errorf("%s: told %v, %d rereads", when, told, rereads)
			}
			failing = false
		}
		time.Sleep(time.Second)
		synctest.Wait()
		expect("at first", 0, 1, 1)
		time.Sleep(2 * again)
		synctest.Wait()
		expect("after a while", 1, 1, 2)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// TestImportThatBreaksOffWakes: what was written before an import failed is warned of.
func TestImportThatBreaksOffWakes(t *testing.T) {
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), sqlite.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	folder, woken := t.TempDir(), 0
	for i := range batchLists + 1 {
		name := time.Date(2026, 1, 1, 8, i, 0, 0, time.UTC).Format("2006-01-02_15-04-05") + ".json"
		if err := os.WriteFile(filepath.Join(folder, name), []byte(listOf(fmt.Sprintf("h%d.example", i))), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d := &Desk{Store: db, Now: time.Now, Imported: func() { woken++ }}
	if _, err := d.importLists(t.Context(), Importing{Paths: []string{folder, filepath.Join(folder, "none")}}); err == nil || woken != 1 {
		t.Errorf("woken %d times, error %v", woken, err)
	}
}

// TestOrdersOfTheFuture: whoever writes a list cannot have it thrown away, or moved, by saying that its orders were made later than they are read.
func TestOrdersOfTheFuture(t *testing.T) {
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), sqlite.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	now := time.Date(2026, 7, 1, 10, 0, 30, 0, time.UTC) // noon in Luxembourg
	text := strings.ReplaceAll(listOf("one.example"), "65a0f0000000000000000001", fmt.Sprintf("%08x0000000000000001", now.Add(5*time.Second).Unix()))
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "2026-07-01_12-00-00.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	d := &Desk{Store: db, Now: func() time.Time { return now }}
	for i, in := range []Importing{{Paths: []string{folder}, Feed: "folder"}, {Paths: []string{folder}, Feed: "url", at: now}} {
		sum, err := d.importLists(t.Context(), in)
		lists, errLists := db.OrderLists(t.Context(), in.Feed)
		want := []time.Time{now.Truncate(time.Minute), now}[i]
		if err != nil || errLists != nil || len(sum.Damaged) > 0 || len(lists) != 1 || !lists[0].At.Equal(want) {
			t.Errorf("%s: %+v, lists %+v, %v", in.Feed, sum, lists, err)
		}
	}
}

// TestSameListIsNoNews: a server that says nothing of what it gave before, and gives the same, brings nothing new, and its feed falls silent.
func TestSameListIsNoNews(t *testing.T) {
	hosts := "one.example"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, listOf(hosts)) }))
	t.Cleanup(server.Close)
	state := t.TempDir()
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(state, sqlite.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	f := &follower{
		feed: config.Feed{Name: "tracker", From: server.URL + "/last.json?of=all", Every: time.Minute}, client: server.Client(),
		desk: &Desk{Store: db, Now: func() time.Time { return now }}, logger: slog.New(slog.DiscardHandler), state: state,
	}
	for range 40 {
		if err := f.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Hour)
	}
	lists, err := db.OrderLists(t.Context(), "tracker")
	feeds, errFeeds := db.Feeds(t.Context())
	if err != nil || errFeeds != nil || len(lists) != 1 || feeds[0].Alarmed.IsZero() {
		t.Errorf("%d lists, feed %+v, %v", len(lists), feeds, err)
	}
	if left, _ := filepath.Glob(filepath.Join(state, "feed-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestSilentFeedIsTold: whether a feed gives nothing new or cannot be reached, the staff hears of it once, and again when it falls silent again.
func TestSilentFeedIsTold(t *testing.T) {
	lists, down := 1, false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if down {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		_, _ = io.WriteString(w, listOf(fmt.Sprintf("party%d.example", lists)))
	}))
	t.Cleanup(server.Close)
	state := t.TempDir()
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(state, sqlite.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	var told []notify.Message
	failing := true
	f := &follower{
		feed: config.Feed{Name: "tracker", From: server.URL + "/last.json", Every: time.Minute}, client: server.Client(),
		desk: &Desk{Store: db, Now: func() time.Time { return now }}, logger: slog.New(slog.DiscardHandler), state: state,
		post: func(_ context.Context, m notify.Message) error {
			if failing {
				failing = false
				return io.ErrUnexpectedEOF
			}
			told = append(told, m)
			return nil
		},
	}
	pass := func(hours, want int) {
		t.Helper()
		for range hours {
			_ = f.look(t.Context()) // fails while the feed is down
			now = now.Add(time.Hour)
		}
		if len(told) != want {
			t.Fatalf("told %d times, want %d", len(told), want)
		}
	}
	pass(27, 0)
	pass(10, 1) // the first time it could not be told
	if m := told[0]; m.Kind != notify.FeedSilent || !m.Staff || !strings.Contains(m.Words.English, "tracker") {
		t.Errorf("told %+v", m)
	}
	lists, down = 2, false
	pass(2, 1)
	down = true
	pass(40, 2)
	if told[0].Key == told[1].Key {
		t.Error("two silences are told as one")
	}
}

// TestFeedThatBringsTooMuch is stopped before it fills the disk, says so, and goes on when the day is over.
func TestFeedThatBringsTooMuch(t *testing.T) {
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), sqlite.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	if err := db.PutLists(t.Context(), []store.OrderList{{Feed: "tracker", At: now, Hash: "aa", Place: "x", Hosts: maxDay + 1}}, nil, nil); err != nil {
		t.Fatal(err)
	}
	f := &follower{feed: config.Feed{Name: "tracker"}, desk: &Desk{Store: db}}
	if err := f.bounded(t.Context(), now.Add(time.Hour)); !errors.Is(err, errFull) {
		t.Errorf("got %v", err)
	}
	if err := f.bounded(t.Context(), now.Add(25*time.Hour)); err != nil {
		t.Errorf("a day later: %v", err)
	}
}
