package orders

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/config"
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
	}
	from := config.Feed{Name: "tracker", From: server.URL + "/last.json", Every: time.Minute, TLP: config.TLPClear}
	r := newRoom(house, []config.Feed{from}, &Desk{Store: db, Now: house.Now}, new(net.Dialer).DialContext)
	f := r.feeds[0]
	look := func(tell bool) []notify.Message {
		t.Helper()
		told = nil
		if err := f.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := r.warner.look(t.Context(), tell); err != nil {
			t.Fatal(err)
		}
		return told
	}

	if got := look(false); len(got) != 0 {
		t.Errorf("told of what was listed before it began: %+v", got)
	}
	now = now.Add(2 * time.Hour)
	if got := look(true); len(got) != 0 || feed.news != 1 {
		t.Errorf("nothing is new, but told %+v; read %d times", got, feed.news)
	}
	feed.hosts = []string{"one.example", "party.example", "partei2.example", "shop.press.example"}
	now = now.Add(time.Hour)
	got := look(true)
	if len(got) != 3 {
		t.Fatalf("told %d times, want 3: %+v", len(got), got)
	}
	var named, near int
	for _, m := range got {
		text := fmt.Sprintf("%+v", m)
		if m.Kind != notify.Listing || strings.Contains(text, "one.example") || strings.Contains(text, "anna") || strings.Contains(text, "shop.") ||
			strings.Contains(text, "partei2") {
			t.Errorf("names what it must not: %s", text)
		}
		switch {
		case m.Sites[0].Name == "www.party.example" && !m.Wait && !m.Staff && strings.Contains(m.Answer.English, "http2 GET /search?person={email}&q={token}"):
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
	if got := look(true); len(got) != 0 {
		t.Errorf("told again: %+v", got)
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
	look(true)
	since := feeds().Alarmed
	if since.IsZero() {
		t.Error("a silent feed raises no alarm")
	}
	now = now.Add(time.Hour)
	look(true)
	if again := feeds().Alarmed; !again.Equal(since) {
		t.Errorf("alarmed again at %v, first at %v", again, since)
	}
	feed.hosts = []string{"one.example"}
	look(true)
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
