package cache

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestAtOnce has everything done to the cache at once, for the race detector and the books.
func TestAtOnce(t *testing.T) {
	c := newCache(t, Options{MemoryBytes: 512 << 10})
	body := strings.Repeat("all the news ", 100)
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := range 300 {
				now := noon.Add(time.Duration(i) * time.Second)
				r := request(fmt.Sprintf("/%d?%d", i%20, i%3), "Accept-Encoding: br, gzip")
				if i%2 == 0 {
					r.Query = ""
				}
				e := store(t, c, now, r, body, "Cache-Control: max-age=60", "Content-Type: text/plain", `ETag: "1"`, "Cache-Tag: a")
				if hit := c.Lookup(now, courier, r); hit.Entry != nil {
					c.Prepare(hit.Entry, r)
					if _, got := hit.Entry.Select(request("/")); string(got) != body {
						t.Errorf("got %d bytes of %d", len(got), len(body))
					}
					c.Refresh(courier, r, hit.Entry, response(now, 304))
				}
				if e != nil {
					e.Select(r)
				}
				switch (i + worker) % 50 {
				case 0:
					c.Invalidate(courier, withMethod("POST", request(r.Path)), response(now, 200))
				case 25:
					if _, err := c.Purge(now, courier, Purge{Tag: "a"}); err != nil {
						t.Error(err)
					}
				}
				c.Stats()
			}
		})
	}
	wg.Wait()
	if _, err := c.Purge(noon.Add(time.Hour), courier, Purge{Prefix: "/"}); err != nil {
		t.Fatal(err)
	}
	if s := c.Stats(); s.Variants != 0 || s.Tags != 0 || s.Bytes != 0 {
		t.Errorf("after all is forgotten: got %+v", s)
	}
}
