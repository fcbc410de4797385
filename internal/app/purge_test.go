package app

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/edge/cache"
)

// TestPurge asks through the socket, and holds which sites are meant.
func TestPurge(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	a := build(t, Options{Config: parse(t, `
version: 1
listen: 127.0.0.1:0
admin: off
control: %s
access_log: {to: off}
sites:
  - {name: www.example.org, aliases: [example.org], origin: "http://127.0.0.1:1", tls: off}
  - {name: news.example.org, origin: "http://127.0.0.1:1", tls: off}
`, path)})
	var told []string
	var wrong error
	a.forget = func(c *cache.Cache, _ time.Time, site *seawall.Site, p control.Purge) (int, error) {
		if c != a.graph().cache {
			t.Error("another cache")
		}
		told = append(told, fmt.Sprint(site.Name, " ", p.URL, p.Prefix, p.Tag))
		return 3, wrong
	}
	startApp(t, a)
	client := &control.Client{Path: path}
	for _, tt := range []struct {
		p    control.Purge
		want []string
	}{
		{control.Purge{Tag: "front"}, []string{"www.example.org front", "news.example.org front"}},
		{control.Purge{Tag: "front", Site: "news.example.org"}, []string{"news.example.org front"}},
		{control.Purge{URL: "https://example.org/a?b"}, []string{"www.example.org https://example.org/a?b"}},
		{control.Purge{URL: "https://www.example.org/", Site: "example.org"}, []string{"www.example.org https://www.example.org/"}},
		{control.Purge{Prefix: "/news/"}, []string{"www.example.org /news/", "news.example.org /news/"}},
		{control.Purge{URL: "https://other.example.org/"}, nil},
		{control.Purge{URL: "https://www.example.org/", Site: "news.example.org"}, nil},
		{control.Purge{Prefix: "/", Site: "other.example.org"}, nil},
	} {
		told = nil
		got, err := client.Purge(t.Context(), tt.p)
		if diff := cmp.Diff(tt.want, told); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", tt.p, diff)
		}
		_, refused := errors.AsType[*control.RefusedError](err)
		if refused != (tt.want == nil) || !refused && got.Forgotten != 3*len(tt.want) {
			t.Errorf("%+v: got %v, %v", tt.p, got, err)
		}
	}
	wrong = errors.New("it broke")
	_, err := client.Purge(t.Context(), control.Purge{Tag: "front"})
	if refused, ok := errors.AsType[*control.RefusedError](err); !ok || refused.Text != "purge www.example.org: it broke" {
		t.Errorf("got %v", err)
	}
}

// TestMeant never names a site twice.
func TestMeant(t *testing.T) {
	g := build(t, Options{Config: oneSite(t, "http://127.0.0.1:1", "off")}).graph()
	sites, err := g.meant("example.org", "www.example.org")
	if err != nil || len(sites) != 1 || !slices.Contains(g.sites, sites[0]) {
		t.Errorf("got %v, %v", sites, err)
	}
}

// TestPurgeForgets: what was purged is asked of the origin again, and nothing else is.
func TestPurgeForgets(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	var asked atomic.Int64
	origin := serveOn(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.Header().Set("Cache-Control", "max-age=600")
		w.Header().Set("Cache-Groups", `"all"`)
		_, _ = io.WriteString(w, r.URL.Path)
	})
	a := start(t, Options{Config: parse(t, `
version: 1
listen: 127.0.0.1:0
admin: off
control: %s
access_log: {to: off}
sites: [{name: www.example.org, aliases: [example.org], origin: "%s", tls: off}]
`, path, origin)})
	c := reader(t, "HTTP/1.1", to(a.Addrs()[0]), nil)
	pages := []string{"/news/one", "/news/two?id=7", "/about"}
	read := func() int64 {
		t.Helper()
		before := asked.Load()
		for _, p := range pages {
			if got := get(t, c, "http://www.example.org"+p); got.StatusCode != http.StatusOK {
				t.Errorf("%s: got %d", p, got.StatusCode)
			}
		}
		return asked.Load() - before
	}
	client := &control.Client{Path: path}
	if n := read(); n != 3 {
		t.Fatalf("the origin was asked %d times for three pages", n)
	}
	for _, tt := range []struct {
		p         control.Purge
		forgotten int
	}{
		{control.Purge{URL: "/about"}, 1},
		{control.Purge{URL: "https://example.org/news/two?id=7#top"}, 1}, // an alias, under which nothing is stored
		{control.Purge{URL: "https://www.example.org/news/two"}, 0},
		{control.Purge{Prefix: "http://www.example.org/news/"}, 2},
		{control.Purge{Tag: "all"}, 3},
		{control.Purge{Tag: "none"}, 0},
	} {
		got, err := client.Purge(t.Context(), tt.p)
		if err != nil || got.Forgotten != tt.forgotten {
			t.Errorf("%+v: forgot %d, %v, want %d", tt.p, got.Forgotten, err, tt.forgotten)
		}
		if n := read(); n != int64(tt.forgotten) {
			t.Errorf("%+v: the origin was asked %d times, want %d", tt.p, n, tt.forgotten)
		}
	}
}
