package orders

import (
	"context"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/store/sqlite"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// listing returns a store in which example.org is watched, and a list names other hosts of its domain, and one of another.
func listing(t *testing.T) lookout.Store {
	t.Helper()
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), sqlite.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	site := store.Site{Name: "example.org", Host: "example.org", URL: "http://example.org/", Source: store.SourceCLI, Added: time.Now()}
	if _, err := db.PutSite(t.Context(), site); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "2025-01-01_08-00-00.json")
	if err := os.WriteFile(file, []byte(listOf("www.example.org", "shop.example.org", "other.example")), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (&Desk{Store: db, Now: time.Now}).importLists(t.Context(), Importing{Paths: []string{file}}); err != nil {
		t.Fatal(err)
	}
	return db
}

// TestPathsOfADomain: what orders name of any host in a watched site's domain is known, under both spellings of the host, and of no other.
func TestPathsOfADomain(t *testing.T) {
	db := listing(t)
	around := func(host string) func() (map[string]probe.Listed, error) {
		return func() (map[string]probe.Listed, error) { return PathsAround(t.Context(), db, host) }
	}
	own := []string{"example.org", "shop.example.org", "www.example.org", "www.shop.example.org"}
	for name, c := range map[string]struct {
		read func() (map[string]probe.Listed, error)
		want []string
	}{
		"watched":      {func() (map[string]probe.Listed, error) { return Paths(t.Context(), db) }, own},
		"one host":     {around("shop.example.org"), own},
		"its domain":   {around("example.org"), own},
		"none watched": {around("www.other.example"), []string{"other.example", "www.other.example"}},
		"none named":   {around("quiet.example"), nil},
	} {
		got, err := c.read()
		if hosts := slices.Sorted(maps.Keys(got)); err != nil || !slices.Equal(hosts, c.want) {
			t.Errorf("%s: paths of %q, %v, want of %q", name, hosts, err, c.want)
		}
		for host, x := range got {
			if !slices.Equal(x.Paths, []string{"/search"}) {
				t.Errorf("%s: %s: %q", name, host, x.Paths)
			}
		}
	}
}

// TestRedirectToAListedPath: where a watched site redirects to a path that orders name for another host of its domain, that is not asked.
func TestRedirectToAListedPath(t *testing.T) {
	db := listing(t)
	for _, to := range []string{"www.example.org", "shop.example.org"} {
		asked := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Host == "example.org" {
				http.Redirect(w, r, "http://"+to+"/search", http.StatusFound)
				return
			}
			asked++
		}))
		t.Cleanup(server.Close)
		there := []netip.Addr{netip.MustParseAddr("192.0.2.1")}
		p, err := probe.New(probe.Options{
			Contact: "it@example.org", AllowHosts: []string{"example.org", to}, Addresses: map[string][]netip.Addr{"example.org": there, to: there},
			Connect: func(ctx context.Context, network string, _ netip.AddrPort) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		listed, err := Paths(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.SetRules(probe.Rules{Listed: listed}); err != nil {
			t.Fatal(err)
		}
		if r := p.Probe(t.Context(), probe.Target{URL: "http://example.org/"}); r.Class != probe.RefusedTarget || len(r.Evidence.Redirects) != 1 || asked != 0 {
			t.Errorf("%s: %v, %q, asked %d times", to, r.Class, r.Evidence.Error, asked)
		}
	}
}
