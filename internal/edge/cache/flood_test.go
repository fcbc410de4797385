package cache

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall"
)

// flooded plays readers who ask for pages, the popular ones more often, with a flood of URLs between them that nobody asks for twice, and
// returns how many of the readers' requests were hits. One page in eight has a query, as one request in eight has in the server log of a
// small site. All pages together are four fifths of what the cache holds.
func flooded(tb testing.TB, perAccess int) (hits int) {
	tb.Helper()
	const pages, body = 400, 8000
	c := newCache(tb, Options{MemoryBytes: pages * (body + 1200) * 5 / 4})
	random := rand.New(rand.NewPCG(1, 2))
	popular := rand.NewZipf(random, 1.1, 8, pages-1)
	text := strings.Repeat("x", body)
	ask := func(r *seawall.Request) bool {
		if hit := c.Lookup(noon, courier, r); hit.State == Fresh {
			return true
		}
		store(tb, c, noon, r, text, "Cache-Control: max-age=3600")
		return false
	}
	for i := range readersAccesses {
		page := int(popular.Uint64())
		uri := fmt.Sprintf("/news/%d", page)
		if page%8 == 3 {
			uri = fmt.Sprintf("/news?page=%d", page)
		}
		if ask(request(uri)) {
			hits++
		}
		for n := range perAccess {
			ask(request(fmt.Sprintf("/search?q=%d", i*perAccess+n)))
		}
	}
	return hits
}

const readersAccesses = 1500

// TestFloodKeepsReadersPages: a flood of URLs that are asked for once must not take readers' pages out of the cache.
func TestFloodKeepsReadersPages(t *testing.T) {
	peace := flooded(t, 0)
	for _, perAccess := range []int{5, 20, 100} {
		got := flooded(t, perAccess)
		ratio := float64(got) / float64(peace)
		t.Logf("%d one-hit keys for each access of a reader: %d hits of %d in peace: %.3f", perAccess, got, peace, ratio)
		if ratio < 0.95 {
			t.Errorf("%d one-hit keys for each access: readers keep %.3f of their hits, want 0.95", perAccess, ratio)
		}
	}
}

// TestTrial follows one URL with a query: on trial at first, among the others when it is stored again.
func TestTrial(t *testing.T) {
	c := newCache(t, Options{})
	r := request("/news?page=2")
	store(t, c, noon, r, "one", "Cache-Control: max-age=60")
	if s := c.Stats(); s.Trial == 0 || s.Trial != s.Bytes || s.Trial > s.TrialLimit {
		t.Errorf("at first: got %+v", s)
	}
	later := noon.Add(time.Hour)
	store(t, c, later, r, "two", "Cache-Control: max-age=60")
	if s := c.Stats(); s.Trial != 0 || s.Variants != 1 || s.Entries != 1 {
		t.Errorf("the second time: got %+v", s)
	}
	wantBody(t, c, later, r, Fresh, "two")
	record(t, c.Begin(courier, request("/gone"), response(noon, 404)), "gone")
	if s := c.Stats(); s.Trial == 0 {
		t.Errorf("an error: got %+v", s)
	}
	// What is on trial is worth as much as anything else when the origin breaks down.
	a := request("/a?b")
	store(t, c, noon, a, "good", "Cache-Control: max-age=60", `ETag: "1"`)
	record(t, c.Begin(courier, a, response(later, 500, "Cache-Control: max-age=60")), "broken")
	wantBody(t, c, later, a, Stale, "good")
}

// TestTally holds the gauges against what is stored, after much has come and gone.
func TestTally(t *testing.T) {
	c := newCache(t, Options{MemoryBytes: 256 << 10})
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 3000 {
		r := request(fmt.Sprintf("/%d?%d", random.IntN(40), random.IntN(3)), fmt.Sprintf("A: %d", random.IntN(12)))
		if i%3 == 0 {
			r.Query = ""
		}
		store(t, c, noon.Add(time.Duration(i)), r, strings.Repeat("x", random.IntN(3000)), "Cache-Control: max-age=60", "Vary: A",
			fmt.Sprintf("Cache-Tag: t%d,all", i%7))
		switch i % 100 {
		case 50:
			c.Invalidate(courier, withMethod("POST", r), response(noon.Add(time.Duration(i)), 200))
		case 99:
			if _, err := c.Purge(noon.Add(time.Duration(i)), courier, Purge{Tag: fmt.Sprintf("t%d", i%7)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	variants, tags := 0, 0
	for _, s := range []*segment{c.main, c.trial} {
		s.CleanUp()
		for _, res := range s.All() {
			variants += len(res.variants)
			for _, e := range res.variants {
				tags += len(e.tags.list)
			}
		}
	}
	if s := c.Stats(); s.Variants != variants || s.Tags != tags || variants == 0 || s.Bytes > s.BytesLimit || s.Variants > s.VariantsLimit {
		t.Errorf("got %+v, want %d variants with %d tags", s, variants, tags)
	}
	if n, err := c.Purge(noon.Add(time.Hour), courier, Purge{Prefix: "/"}); err != nil || n != variants {
		t.Errorf("purge: got %d, %v, want %d", n, err, variants)
	}
	if s := c.Stats(); s.Variants != 0 || s.Tags != 0 || s.Bytes != 0 || math.Abs(float64(s.Entries)) != 0 {
		t.Errorf("when all is forgotten: got %+v", s)
	}
}
