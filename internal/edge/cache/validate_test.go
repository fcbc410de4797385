package cache

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
)

func TestConditional(t *testing.T) {
	lm := formatDate(noon.Add(-time.Hour))
	for _, c := range []struct {
		answer, want []string
	}{
		{[]string{`ETag: "1"`}, []string{"A: b", `If-None-Match: "1"`}},
		{[]string{`ETag: W/"1"`, "Last-Modified: " + lm}, []string{"A: b", `If-None-Match: W/"1"`, "If-Modified-Since: " + lm}},
		{[]string{"ETag: 1", "Last-Modified: " + lm}, []string{"A: b", "If-Modified-Since: " + lm}},
		{[]string{`ETag: "1"`, `ETag: "2"`, "Last-Modified: never"}, []string{"A: b"}},
	} {
		e := store(t, newCache(t, Options{}), noon, request("/a"), "x", append(c.answer, "Cache-Control: max-age=60")...)
		if diff := cmp.Diff(fields(c.want...), e.Conditional(fields("A: b"))); diff != "" {
			t.Errorf("%v (-want +got):\n%s", c.answer, diff)
		}
	}
}

func TestNotModified(t *testing.T) {
	at := func(d time.Duration) string { return "If-Modified-Since: " + formatDate(noon.Add(d)) }
	lm := "Last-Modified: " + formatDate(noon.Add(-time.Hour))
	for _, c := range []struct {
		name      string
		answer    []string
		condition []string
		want      bool
	}{
		{"no condition", []string{`ETag: "1"`, lm}, nil, false},
		{"same", []string{`ETag: "1"`}, []string{`If-None-Match: "1"`}, true},
		{"weak compare", []string{`ETag: "1"`}, []string{`If-None-Match: W/"1"`}, true},
		{"weak compare back", []string{`ETag: W/"1"`}, []string{`If-None-Match: "1"`}, true},
		{"in a list", []string{`ETag: "2,3"`}, []string{`If-None-Match: "1", W/"2,3" ,"4"`}, true},
		{"in another field", []string{`ETag: "2"`}, []string{`If-None-Match: "1"`, `If-None-Match: "2"`}, true},
		{"other", []string{`ETag: "1"`}, []string{`If-None-Match: "2"`}, false},
		{"any", nil, []string{"If-None-Match: *"}, true},
		{"unquoted", []string{`ETag: "1"`}, []string{"If-None-Match: 1"}, false},
		{"unquoted etag", []string{"ETag: 1"}, []string{"If-None-Match: 1"}, false},
		{"small w", []string{`ETag: "1"`}, []string{`If-None-Match: w/"1"`}, false},
		{"no comma", []string{`ETag: "2"`}, []string{`If-None-Match: "1" "2"`}, false},
		{"tag wins", []string{`ETag: "1"`, lm}, []string{`If-None-Match: "2"`, at(0)}, false},
		{"since", []string{lm}, []string{at(-time.Hour)}, true},
		{"since later", []string{lm}, []string{at(0)}, true},
		{"since earlier", []string{lm}, []string{at(-time.Hour - time.Second)}, false},
		{"since in another form", []string{lm}, []string{"If-Modified-Since: Tuesday, 03-Nov-26 11:00:00 GMT"}, true},
		{"since nonsense", []string{lm}, []string{"If-Modified-Since: 0"}, false},
		{"since two that differ", []string{lm}, []string{at(0), at(time.Second)}, false},
		{"since the date", nil, []string{at(0)}, true},
		{"since before the date", nil, []string{at(-time.Second)}, false},
	} {
		e := store(t, newCache(t, Options{}), noon, request("/a"), "x", append(c.answer, "Cache-Control: max-age=60")...)
		if got := e.NotModified(request("/a", c.condition...)); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
		if e.NotModified(withMethod("POST", request("/a", c.condition...))) {
			t.Errorf("%s: 304 for POST", c.name)
		}
	}
	e := record(t, newCache(t, Options{}).Begin(courier, request("/a"), response(noon, 404, "Cache-Control: max-age=60", `ETag: "1"`)), "x")
	if e.NotModified(request("/a", `If-None-Match: "1"`)) {
		t.Error("304 for a stored 404")
	}
}

func FuzzETags(f *testing.F) {
	for _, seed := range []string{`"1"`, `W/"1", "2"`, `"1" "2"`, `"`, `W/`, `,,"1",`, `"a,b"`} {
		f.Add(seed, `"1"`)
	}
	f.Fuzz(func(t *testing.T, list, tag string) {
		opaque, rest, _, ok := cutTag(tag)
		if !ok || rest != "" {
			return
		}
		if listsTag(list, opaque) && !strings.Contains(list, opaque) {
			t.Errorf("%q is said to list %q", list, tag)
		}
		if !listsTag(tag+", "+list, opaque) || !listsTag(`"x",`+tag, opaque) {
			t.Errorf("%q is not found at the beginning", tag)
		}
	})
}

func revalidate(c *Cache, now time.Time, r *seawall.Request, lines ...string) *Entry {
	hit := c.Lookup(now, courier, r)
	return c.Refresh(courier, r, hit.Entry, response(now, 304, lines...))
}

func TestRefresh(t *testing.T) {
	c := newCache(t, Options{})
	r := request("/a", "Accept: a")
	old := store(t, c, noon, r, "hello", "Cache-Control: max-age=60", `ETag: "1"`, "Vary: Accept", "X: old", "X: older",
		"Content-Encoding: gzip", "Age: 5")
	later := noon.Add(2 * time.Minute)
	got := revalidate(c, later, r, `ETag: "1"`, "X: new", "Content-Length: 0", "Content-Encoding: br", "Age: 7", "Connection: close",
		"Set-Cookie: id=1")
	want := fields("Cache-Control: max-age=60", "Vary: Accept", "Content-Encoding: gzip", `ETag: "1"`, "X: new",
		"Date: "+formatDate(later))
	if diff := cmp.Diff(want, got.Fields); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got.Age(later) != 7*time.Second || !got.Stored.Equal(later) || string(got.Body) != "hello" || got.Status != 200 {
		t.Errorf("got age %v, stored %v, %d %q", got.Age(later), got.Stored, got.Status, got.Body)
	}
	if old.Age(later) != 2*time.Minute+5*time.Second {
		t.Errorf("the old entry changed: age %v", old.Age(later))
	}
	if hit := c.Lookup(later, courier, r); hit.State != Fresh || hit.Entry != got {
		t.Errorf("got %v", hit.State)
	}
	wantBody(t, c, later, request("/a", "Accept: b"), Miss, "")
}

func TestRefreshOfAnother(t *testing.T) {
	for _, c := range []struct {
		stored, answer []string
		want           bool
	}{
		{[]string{`ETag: "1"`}, nil, true},
		{[]string{`ETag: "1"`}, []string{`ETag: "1"`}, true},
		{[]string{`ETag: "1"`}, []string{`ETag: W/"1"`}, true},
		{[]string{`ETag: W/"1"`}, []string{`ETag: W/"1"`}, true},
		{[]string{`ETag: W/"1"`}, []string{`ETag: "1"`}, false},
		{[]string{`ETag: "1"`}, []string{`ETag: "2"`}, false},
		{[]string{`ETag: "1"`}, []string{"ETag: 1"}, false},
		{[]string{"Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT"}, []string{"Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT"}, true},
		{[]string{"Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT"}, []string{"Last-Modified: Sun, 06 Nov 1994 08:49:38 GMT"}, false},
		{[]string{"Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT"}, []string{`ETag: "1"`}, false},
	} {
		cache := newCache(t, Options{})
		store(t, cache, noon, request("/a"), "hello", append(c.stored, "Cache-Control: max-age=60")...)
		got := revalidate(cache, noon.Add(time.Hour), request("/a"), c.answer...)
		if (got != nil) != c.want {
			t.Errorf("stored %v, answer %v: got %v, want %v", c.stored, c.answer, got != nil, c.want)
		}
	}
}

func TestRefreshThatForbids(t *testing.T) {
	later := noon.Add(2 * time.Minute)
	for _, c := range []struct {
		name    string
		request []string
		answer  string
		state   State
	}{
		{"no-store", nil, "Cache-Control: no-store", Miss},
		{"private", nil, "Cache-Control: private", Miss},
		{"vary on everything", nil, "Vary: *", Miss},
		{"too large", nil, "X: " + strings.Repeat("x", 1<<18), Miss},
		{"a stranger's no-store", []string{"Cache-Control: no-store"}, "X: y", Stale},
		{"no-cache", nil, "Cache-Control: no-cache", Stale},
		{"fresh", nil, "X: y", Fresh},
	} {
		cache := newCache(t, Options{MemoryBytes: 1 << 20})
		store(t, cache, noon, request("/a"), "hello", "Cache-Control: max-age=60", `ETag: "1"`)
		if got := revalidate(cache, later, request("/a", c.request...), c.answer); got == nil || string(got.Body) != "hello" {
			t.Errorf("%s: nothing to serve", c.name)
		}
		if got, _ := bodyOf(cache, later, request("/a")); got != c.state {
			t.Errorf("%s: got %v, want %v", c.name, got, c.state)
		}
	}
}

func TestRefreshOfWhatIsGone(t *testing.T) {
	c := newCache(t, Options{})
	r := request("/a")
	stale := store(t, c, noon, r, "old", "Cache-Control: max-age=60", `ETag: "1"`)
	a := targetOf(courier, r)
	c.replace(c.key(&a), c.uri(&a), stale, nil)
	later := noon.Add(time.Hour)
	if got := c.Refresh(courier, r, stale, response(later, 304)); got == nil || string(got.Body) != "old" {
		t.Error("nothing to serve")
	}
	wantBody(t, c, later, r, Miss, "")
	store(t, c, later, r, "new", "Cache-Control: max-age=60", `ETag: "2"`)
	c.Refresh(courier, r, stale, response(later, 304))
	wantBody(t, c, later, r, Fresh, "new")
}

func TestRefreshKeepsOneReadersPage(t *testing.T) {
	c := newCache(t, Options{})
	store(t, c, noon, request("/a", "Cookie: id=1"), "hello", `ETag: "1"`)
	revalidate(c, noon, request("/a"))
	if c.Lookup(noon, courier, request("/a")).MayServeStale {
		t.Error("may be served stale once somebody without a cookie revalidated it")
	}
}

func TestRefreshRefuses(t *testing.T) {
	c := newCache(t, Options{})
	e := store(t, c, noon, request("/a"), "hello", "Cache-Control: max-age=60")
	if c.Refresh(courier, request("/a"), e, response(noon, 200)) != nil {
		t.Error("took a 200 for a 304")
	}
	if c.Refresh(courier, request("/a"), nil, response(noon, 304)) != nil {
		t.Error("made an entry from a 304 alone")
	}
}
