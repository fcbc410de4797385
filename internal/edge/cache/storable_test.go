package cache

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestStorable(t *testing.T) {
	const fresh, etag = "Cache-Control: max-age=60", `ETag: "1"`
	auth, cookie, noStore := "Authorization: Basic eA==", "Cookie: id=1", "Cache-Control: no-store"
	for _, c := range []struct {
		name    string
		request []string
		answer  []string
		want    bool
	}{
		{"fresh", nil, []string{fresh}, true},
		{"nothing said", nil, nil, false},
		{"validator only", nil, []string{etag}, true},
		{"last-modified only", nil, []string{"Last-Modified: " + formatDate(noon)}, true},
		{"malformed validators only", nil, []string{"ETag: 1", "Last-Modified: 0"}, false},
		{"explicitly stale", nil, []string{"Cache-Control: max-age=0"}, true},
		{"explicitly stale, never to be used so", nil, []string{"Cache-Control: max-age=0, must-revalidate"}, false},
		{"the same with a validator", nil, []string{"Cache-Control: max-age=0, must-revalidate", etag}, true},
		{"no-cache", nil, []string{"Cache-Control: max-age=60, no-cache"}, false},
		{"no-cache with a validator", nil, []string{"Cache-Control: no-cache", etag}, true},
		{"no-store", nil, []string{fresh, "Cache-Control: no-store", etag}, false},
		{"private", nil, []string{fresh, "Cache-Control: private"}, false},
		{"private field", nil, []string{fresh, `Cache-Control: private="x"`}, false},
		{"torn", nil, []string{fresh, `Cache-Control: x="`}, false},
		{"must-understand", nil, []string{fresh, "Cache-Control: no-store, must-understand"}, true},
		{"vary on everything", nil, []string{fresh, "Vary: Accept, *"}, false},
		{"vary malformed", nil, []string{fresh, "Vary: a b"}, false},
		{"set-cookie", nil, []string{fresh, "Set-Cookie: id=1"}, false},
		{"set-cookie and public", nil, []string{"Cache-Control: max-age=60, public", "Set-Cookie: id=1"}, true},
		{"set-cookie and s-maxage", nil, []string{"Cache-Control: s-maxage=60", "Set-Cookie: id=1"}, true},
		{"length malformed", nil, []string{fresh, "Content-Length: +5"}, false},
		{"lengths differ", nil, []string{fresh, "Content-Length: 5, 6"}, false},
		{"length too large", nil, []string{fresh, "Content-Length: 999999999"}, false},
		{"request no-store", []string{noStore}, []string{fresh}, false},
		{"request no-cache", []string{"Cache-Control: no-cache"}, []string{fresh}, true},
		{"cookie", []string{cookie}, []string{fresh}, true},
		{"cookie, validator only", []string{cookie}, []string{etag}, true},
		{"cookie, explicitly stale", []string{cookie}, []string{"Cache-Control: max-age=0"}, false},
		{"authorization", []string{auth}, []string{fresh, etag}, false},
		{"authorization and public", []string{auth}, []string{fresh, "Cache-Control: public"}, true},
		{"authorization and must-revalidate", []string{auth}, []string{fresh, "Cache-Control: must-revalidate"}, true},
		{"authorization and proxy-revalidate", []string{auth}, []string{fresh, "Cache-Control: proxy-revalidate"}, false},
		{"authorization and s-maxage", []string{auth}, []string{"Cache-Control: s-maxage=60"}, true},
	} {
		cache := newCache(t, Options{})
		got := cache.Begin(courier, request("/a", c.request...), response(noon, 200, c.answer...))
		if (got != nil) != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got != nil, c.want)
		}
	}
}

func TestStorableStatus(t *testing.T) {
	c := newCache(t, Options{})
	shared := []int{
		200, 201, 203, 204, 299, 300, 301, 302, 303, 307, 308, 403, 404, 405, 410, 451, 500, 501, 502, 503, 504, 599,
	}
	explicit := slices.DeleteFunc(slices.Clone(shared), func(status int) bool { return status == 403 })
	for name, line := range map[string]struct {
		line string
		want []int
	}{
		"validator":  {`ETag: "1"`, []int{200, 203, 204, 300, 301, 308, 404, 405, 410}},
		"public":     {"Cache-Control: public", nil},
		"explicit":   {"Cache-Control: max-age=60", explicit},
		"shared":     {"Cache-Control: s-maxage=60", shared},
		"everyone's": {"Cache-Control: max-age=60, public", shared},
		"understood": {"Cache-Control: max-age=60, must-understand, no-store", []int{
			200, 201, 203, 204, 300, 301, 302, 303, 307, 308, 404, 405, 410, 451, 500, 501, 502, 503, 504,
		}},
	} {
		for _, status := range []int{
			0, 100, 101, 103, 199, 200, 201, 203, 204, 206, 226, 299, 300, 301, 302, 303, 304, 307, 308,
			400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 425, 426, 428, 429,
			431, 451, 499, 500, 501, 502, 503, 504, 505, 511, 599, 600,
		} {
			got := c.Begin(courier, request("/a"), response(noon, status, line.line)) != nil
			if want := slices.Contains(line.want, status); got != want {
				t.Errorf("%s, %d: got %v, want %v", name, status, got, want)
			}
		}
	}
}

func TestStorableMethod(t *testing.T) {
	c := newCache(t, Options{})
	for _, method := range []string{"", "get", "HEAD", "POST", "PUT", "OPTIONS"} {
		r := withMethod(method, request("/a"))
		if c.Begin(courier, r, response(noon, 200, "Cache-Control: max-age=60")) != nil {
			t.Errorf("an answer to %q may be stored", method)
		}
	}
}

func TestMayServeStale(t *testing.T) {
	const cookie = "Cookie: id=1"
	for _, c := range []struct {
		name    string
		request string
		answer  string
		after   time.Duration
		want    bool
	}{
		{"just stale", "", "max-age=60", time.Minute, true},
		{"at the limit", "", "max-age=60", time.Minute + time.Hour, true},
		{"beyond", "", "max-age=60", time.Minute + time.Hour + 1, false},
		{"its own word is longer", "", "max-age=60, stale-if-error=7200", 2 * time.Hour, true},
		{"its own word is shorter", "", "max-age=60, stale-if-error=5", time.Hour, true},
		{"its own word is malformed", "", "max-age=60, stale-if-error=-7200", 2 * time.Hour, false},
		{"must-revalidate", "", "max-age=60, must-revalidate, stale-if-error=7200", time.Minute, false},
		{"proxy-revalidate", "", "max-age=60, proxy-revalidate", time.Minute, false},
		{"s-maxage", "", "s-maxage=60", time.Minute, false},
		{"no-cache", "", "max-age=60, no-cache", 0, false},
		{"no word", "", "x", 0, true},
		{"no word, cookie", cookie, "x", 0, false},
		{"explicitly stale, cookie", cookie, "max-age=0", 0, false},
		{"public, cookie", cookie, "public", 0, true},
		{"once fresh, cookie", cookie, "max-age=60", time.Minute, true},
	} {
		cache := newCache(t, Options{})
		r := request("/a")
		if c.request != "" {
			r = request("/a", c.request)
		}
		store(t, cache, noon, r, "hello", "Cache-Control: "+c.answer, `ETag: "1"`)
		got := cache.Lookup(noon.Add(c.after), courier, request("/a"))
		if got.State != Stale || got.MayServeStale != c.want {
			t.Errorf("%s: got %v %v, want stale %v", c.name, got.State, got.MayServeStale, c.want)
		}
	}
}

func TestNothingStaleWhereTheOwnerWantsNone(t *testing.T) {
	c := newCache(t, Options{})
	none := *courier
	none.MaxStale = 0
	store(t, c, noon, request("/a"), "hello", "Cache-Control: max-age=60, stale-if-error=600")
	if got := c.Lookup(noon.Add(time.Minute), &none, request("/a")); got.State != Miss || got.Entry != nil {
		t.Errorf("got %+v, want a miss", got)
	}
}

func TestErrorDoesNotTakeTheLastGoodPage(t *testing.T) {
	const aMinute, strict = "Cache-Control: max-age=60", "Cache-Control: max-age=60, must-revalidate"
	for _, c := range []struct {
		page   Response
		status int
		after  time.Duration // when the error comes
		vary   string        // of the error
		want   string
	}{
		{response(noon, 200, aMinute), 503, 2 * time.Minute, "Vary: Accept", "page"},
		{response(noon, 200, aMinute), 503, 2 * time.Minute, "", "page"},
		{response(noon, 200, strict), 503, 2 * time.Minute, "", "oops"},
		{response(noon, 200, strict), 503, time.Second, "", "page"},
		{response(noon, 200, aMinute), 503, 2 * time.Hour, "", "oops"},
		{response(noon, 404, aMinute), 503, time.Second, "", "page"},
		{response(noon, 500, aMinute), 503, time.Second, "", "oops"},
		{response(noon, 200, aMinute), 403, 2 * time.Minute, "", "page"},
		{response(noon, 200, strict), 405, time.Second, "", "page"},
		{response(noon, 301, aMinute), 405, time.Second, "", "page"},
		{response(noon, 200, aMinute), 451, time.Second, "", "page"},
		{response(noon, 200, strict), 403, 2 * time.Minute, "", "oops"},
		{response(noon, 404, aMinute), 403, time.Second, "", "oops"},
		{response(noon, 500, aMinute), 405, time.Second, "", "oops"},
		{response(noon, 200, aMinute), 404, time.Second, "", "oops"},
		{response(noon, 200, aMinute), 410, time.Second, "", "oops"},
	} {
		cache := newCache(t, Options{})
		r := request("/a", "Accept: a")
		c.page.Fields = append(c.page.Fields, fields("Vary: Accept")...)
		record(t, cache.Begin(courier, r, c.page), "page")
		lines := []string{"Cache-Control: max-age=5, public"}
		if c.vary != "" {
			lines = append(lines, c.vary)
		}
		later := noon.Add(c.after)
		record(t, cache.Begin(courier, r, response(later, c.status, lines...)), "oops")
		if _, got := bodyOf(cache, later, r); got != c.want {
			t.Errorf("%d after %d: got %q, want %q", c.status, c.page.Status, got, c.want)
		}
	}
}

func ExampleState_String() {
	fmt.Println(Bypass, Miss, Fresh, Stale, State(9))
	// Output: bypass miss fresh stale unknown
}
