package cache

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Whatever is stored in whatever order: the budget holds, and nobody gets another's page.
func TestBudgetAndKeysHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, err := New(Options{MemoryBytes: MinMemoryBytes, MaxEntryBytes: 32 << 10})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		now := noon
		t.Repeat(map[string]func(*rapid.T){
			"store": func(t *rapid.T) {
				uri, language := drawTarget(t)
				body := wantedBody(uri, language) + strings.Repeat("x", rapid.IntRange(0, 20_000).Draw(t, "size"))
				r := request(uri, "Accept-Language: "+language)
				rec := c.Begin(courier, r, response(now, 200, "Cache-Control: max-age=60", `ETag: "1"`, "Vary: accept-language"))
				_, _ = rec.Write([]byte(body))
				rec.Commit()
			},
			"invalidate": func(t *rapid.T) {
				uri, _ := drawTarget(t)
				c.Invalidate(courier, withMethod("POST", request(uri)), response(now, 200))
			},
			"pass time": func(*rapid.T) { now = now.Add(7 * time.Second) },
			"refresh": func(t *rapid.T) {
				uri, language := drawTarget(t)
				r := request(uri, "Accept-Language: "+language)
				c.Refresh(courier, r, c.Lookup(now, courier, r).Entry, response(now, 304))
			},
			"": func(t *rapid.T) {
				for i := range 20 {
					uri, language := fmt.Sprintf("/p?q=%d", i/2), fmt.Sprint(i%2)
					hit := c.Lookup(now, courier, request(uri+"&utm_source=x", "Accept-Language: "+language))
					if hit.Entry != nil && !strings.HasPrefix(string(hit.Entry.Body), wantedBody(uri, language)) {
						t.Fatalf("%s for %s: got %.40q", uri, language, hit.Entry.Body)
					}
				}
				if got := c.Stats(); got.Bytes > got.BytesLimit || got.Recording != 0 {
					t.Fatalf("got %+v", got)
				}
			},
		})
	})
}

func drawTarget(t *rapid.T) (uri, language string) {
	return fmt.Sprintf("/p?q=%d", rapid.IntRange(0, 9).Draw(t, "page")), fmt.Sprint(rapid.IntRange(0, 1).Draw(t, "language"))
}

func wantedBody(uri, language string) string { return uri + " for " + language + "." }

func TestManyAtOnce(t *testing.T) {
	c := newCache(t, Options{MemoryBytes: MinMemoryBytes, MaxEntryBytes: 16 << 10})
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(worker)))
			for range 500 {
				uri := fmt.Sprintf("/p?q=%d", random.IntN(20))
				r := request(uri)
				hit := c.Lookup(noon, courier, r)
				switch {
				case hit.Entry != nil && !strings.HasPrefix(string(hit.Entry.Body), uri+"."):
					t.Errorf("%s: got %.20q", uri, hit.Entry.Body)
				case random.IntN(10) == 0:
					c.Invalidate(courier, withMethod("POST", request(uri)), response(noon.Add(-time.Second), 200))
				case hit.Entry != nil:
					c.Refresh(courier, r, hit.Entry, response(noon, 304))
				default:
					store(t, c, noon, r, uri+"."+strings.Repeat("x", random.IntN(8000)), "Cache-Control: max-age=60")
					c.MarkPrivate(noon, hit.Key)
				}
			}
		})
	}
	wg.Wait()
	if got := c.Stats(); got.Bytes > got.BytesLimit || got.Recording != 0 {
		t.Errorf("got %+v", got)
	}
}

// An answer that everybody asks for outlives a stream of addresses that are asked for once.
func TestOneHitKeysDoNotFlushTheFrontPage(t *testing.T) {
	c := newCache(t, Options{MemoryBytes: 1 << 20})
	front := request("/")
	store(t, c, noon, front, strings.Repeat("f", 10_000), "Cache-Control: max-age=600")
	lost := 0
	for i := range 2000 {
		for range 5 {
			c.Lookup(noon, courier, front)
		}
		store(t, c, noon, request(fmt.Sprintf("/search?q=%d", i)), strings.Repeat("s", 10_000), "Cache-Control: max-age=600")
		if state, _ := bodyOf(c, noon, front); state != Fresh {
			lost++
			store(t, c, noon, front, strings.Repeat("f", 10_000), "Cache-Control: max-age=600")
		}
	}
	if lost > 20 {
		t.Errorf("the front page was lost %d times in 2,000", lost)
	}
}
