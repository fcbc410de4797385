package app

import (
	"testing"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/edge/cache"
)

// TestPurgeSite: what the owner asks for through the socket reaches the cache.
func TestPurgeSite(t *testing.T) {
	c, err := cache.New(cache.Options{MemoryBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	site := &seawall.Site{Name: "www.example.org"}
	now := time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)
	for _, p := range []control.Purge{{URL: "/a"}, {Prefix: "/"}, {Tag: "front"}} {
		now = now.Add(time.Second)
		r := &seawall.Request{Method: "GET", Host: site.Name, Path: "/a"}
		c.Begin(site, r, cache.Response{
			Status: 200, RequestTime: now, ResponseTime: now,
			Fields: seawall.Fields{{Name: "Cache-Control", Value: "max-age=60"}, {Name: "Cache-Tag", Value: "front"}},
		}).Commit()
		if n, err := purgeSite(c, now, site, p); n != 1 || err != nil {
			t.Errorf("%+v: got %d, %v, want 1", p, n, err)
		}
	}
}
