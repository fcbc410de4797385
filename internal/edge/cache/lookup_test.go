package cache

import (
	"testing"
	"time"

	"github.com/seawall-project/seawall"
)

func TestLookupStates(t *testing.T) {
	c := newCache(t, Options{})
	r := request("/a")
	wantBody(t, c, noon, r, Miss, "")
	store(t, c, noon, r, "hello", "Cache-Control: max-age=60", `ETag: "1"`)
	wantBody(t, c, noon, r, Fresh, "hello")
	wantBody(t, c, noon.Add(59*time.Second), r, Fresh, "hello")
	wantBody(t, c, noon.Add(60*time.Second), r, Stale, "hello")
	wantBody(t, c, noon.Add(-time.Hour), r, Fresh, "hello") // a clock that went back
	wantBody(t, c, noon, withMethod("HEAD", request("/a")), Fresh, "hello")
	wantBody(t, c, noon, request("/a?utm_source=x"), Fresh, "hello")
	wantBody(t, c, noon, request("/a?q=x"), Miss, "")
	wantBody(t, c, noon, withMethod("POST", request("/a")), Bypass, "")
	wantBody(t, c, noon, request("/a", "Authorization: Basic eA=="), Miss, "")
	wantBody(t, c, noon, request("/a", "Cookie: id=1"), Fresh, "hello")
	wantBody(t, c, noon, request("/a", "Cache-Control: no-cache", "Pragma: no-cache"), Fresh, "hello")
	wantBody(t, c, noon, request("/a", "Cache-Control: no-store"), Fresh, "hello")
	if got := c.Lookup(noon, nil, r); got != (Hit{}) {
		t.Errorf("no site: got %+v, want bypass", got)
	}
}

// RFC 9111, section 3.5: who sends credentials gets what the origin meant for everyone.
func TestLookupWithAuthorization(t *testing.T) {
	for cc, want := range map[string]State{
		"max-age=60":                  Miss,
		"max-age=60, public":          Fresh,
		"max-age=60, must-revalidate": Fresh,
		"s-maxage=60":                 Fresh,
		"max-age=60, s-maxage=x":      Miss,
		"max-age=60, public=x":        Miss,
	} {
		c := newCache(t, Options{})
		store(t, c, noon, request("/a"), "hello", "Cache-Control: "+cc, `ETag: "1"`)
		if got, _ := bodyOf(c, noon, request("/a", "Authorization: Basic eA==")); got != want {
			t.Errorf("%s: got %v, want %v", cc, got, want)
		}
	}
}

// A Range gets the whole page while there is one to serve or to validate, and is forwarded only when there is none.
func TestLookupWithRange(t *testing.T) {
	c := newCache(t, Options{})
	ranged := request("/a", "Range: bytes=0-1")
	wantShared := func(now time.Time, state State, want bool) {
		t.Helper()
		if got := c.Lookup(now, courier, ranged); got.State != state || got.Collapsible != want || want && got.Key.IsZero() {
			t.Errorf("got %+v, want %v, shared %v", got, state, want)
		}
	}
	wantShared(noon, Bypass, false)
	store(t, c, noon, request("/a"), "hello", "Cache-Control: max-age=60")
	wantBody(t, c, noon, ranged, Fresh, "hello")
	wantShared(noon, Fresh, false)
	wantBody(t, c, noon.Add(time.Minute), ranged, Stale, "hello")
	wantShared(noon.Add(time.Minute), Stale, true)
	if !c.Lookup(noon.Add(time.Minute), courier, ranged).MayServeStale {
		t.Error("may not be served stale")
	}
	wantShared(noon.Add(2*time.Hour), Bypass, false) // too stale to serve, and nothing to validate with
	for _, status := range []int{200, 206} {
		if c.Begin(courier, ranged, response(noon, status, "Cache-Control: max-age=60")) != nil {
			t.Errorf("an answer of %d to a Range may be stored", status)
		}
	}
}

// What a body means to a GET only the origin knows, so it must neither get nor leave anything for others.
func TestBodyKeepsTheCacheOut(t *testing.T) {
	for _, size := range []int64{1, -1} {
		c := newCache(t, Options{})
		for _, method := range []string{"GET", "HEAD"} {
			r := withMethod(method, request("/a"))
			r.BodySize = size
			stale := store(t, c, noon, request("/a"), "hello", "Cache-Control: max-age=60", `ETag: "1"`)
			if got := c.Lookup(noon, courier, r); got != (Hit{}) {
				t.Errorf("%s with a body of %d: got %+v, want bypass", method, size, got)
			}
			if c.Begin(courier, r, response(noon, 200, "Cache-Control: max-age=60")) != nil {
				t.Errorf("an answer to %s with a body of %d may be stored", method, size)
			}
			if c.Refresh(courier, r, stale, response(noon, 304)) != nil {
				t.Errorf("%s with a body of %d renews", method, size)
			}
		}
	}
}

func TestCollapsibleAfterMarkPrivate(t *testing.T) {
	c := newCache(t, Options{})
	r := request("/a")
	hit := c.Lookup(noon, courier, r)
	if !hit.Collapsible {
		t.Fatal("a miss is not collapsible")
	}
	c.MarkPrivate(noon, hit.Key)
	c.MarkPrivate(noon, Key{})
	for after, want := range map[time.Duration]bool{
		-time.Second: true, 0: false, 9 * time.Second: false, 10 * time.Second: true, time.Hour: true,
	} {
		if got := c.Lookup(noon.Add(after), courier, r).Collapsible; got != want {
			t.Errorf("%v after: got %v, want %v", after, got, want)
		}
	}
	if !c.Lookup(noon, courier, request("/b")).Collapsible {
		t.Error("another key is not collapsible")
	}
	if !c.Lookup(noon, courier, withMethod("HEAD", request("/a"))).Collapsible {
		t.Error("HEAD is not collapsible")
	}
	store(t, c, noon.Add(time.Second), r, "hello", "Cache-Control: max-age=0", `ETag: "1"`)
	if got := c.Lookup(noon.Add(time.Second), courier, r); got.State != Stale || !got.Collapsible {
		t.Errorf("once something could be stored: got %+v", got)
	}
}

func TestMarksForgetOthers(t *testing.T) {
	var m marks
	a, b := Key{hi: 7, lo: 1 << 32}, Key{hi: 7 + markSlots, lo: 2 << 32}
	m.set(noon, a)
	m.clear(b)
	if age, ok := m.since(noon.Add(time.Second), a); !ok || age != time.Second {
		t.Errorf("got %v %v, want 1s true", age, ok)
	}
	m.set(noon, b)
	if _, ok := m.since(noon, a); ok {
		t.Error("remembered a key whose slot was taken")
	}
	m.clear(b)
	if _, ok := m.since(noon, b); ok {
		t.Error("remembered a cleared key")
	}
}

func TestLookupDoesNotAllocate(t *testing.T) {
	c := newCache(t, Options{})
	for name, r := range lookups(t, c) {
		if got := testing.AllocsPerRun(1000, func() { c.Lookup(noon, courier, r) }); got != 0 {
			t.Errorf("%s: got %v allocations, want 0", name, got)
		}
	}
}

func BenchmarkLookup(b *testing.B) {
	c := newCache(b, Options{})
	for name, r := range lookups(b, c) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.Lookup(noon, courier, r)
			}
		})
	}
}

// lookups are requests of an ordinary browser, with something stored for some of them.
func lookups(tb testing.TB, c *Cache) map[string]*seawall.Request {
	browser := []string{
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
		"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
		"Accept-Language: da,en-US;q=0.7,en;q=0.3",
		"Accept-Encoding: gzip, deflate, br, zstd",
		"Cookie: consent=1; theme=dark",
		"Cache-Control: max-age=0",
		"Sec-Fetch-Dest: document",
	}
	const tracking = "page=2&utm_source=letter&utm_medium=email&fbclid=IwAR0123456789"
	store(tb, c, noon, request("/news/harbour", browser...), "hello", "Cache-Control: max-age=60")
	store(tb, c, noon, request("/vary", browser...), "hello", "Cache-Control: max-age=60", "Vary: Accept-Encoding, Accept-Language")
	store(tb, c, noon, request("/news/list?page=2", browser...), "hello", "Cache-Control: max-age=60")
	store(tb, c, noon, request("/changed", browser...), "hello", "Cache-Control: max-age=60")
	c.Invalidate(courier, withMethod("POST", request("/changed")), response(noon, 200))
	return map[string]*seawall.Request{
		"hit":             request("/news/harbour", browser...),
		"hit vary":        request("/vary", browser...),
		"hit tracking":    request("/news/list?"+tracking, browser...),
		"miss":            request("/news/nothing", browser...),
		"miss tracking":   request("/news/nothing?"+tracking, browser...),
		"miss long query": request("/search?q="+string(make([]byte, 4000)), browser...),
		"hit range":       request("/news/harbour", append(browser, "Range: bytes=0-1")...),
		"hit invalidated": request("/changed", browser...),
		"bypass":          request("/news/nothing", append(browser, "Range: bytes=0-1")...),
	}
}
