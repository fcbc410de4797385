package cache

import (
	"testing"
	"time"
)

func TestInvalidate(t *testing.T) {
	const fresh = "Cache-Control: max-age=600"
	for _, c := range []struct {
		name   string
		method string
		status int
		answer []string
		page   State // of the target, /news/a
		other  State // of /news/b?q=1
	}{
		{"post", "POST", 200, nil, Stale, Fresh},
		{"see other", "POST", 303, []string{"Location: b?q=1"}, Stale, Stale},
		{"absolute", "PUT", 201, []string{"Location: https://WWW.example.org/news/b?q=1#top"}, Stale, Stale},
		{"with port", "PUT", 201, []string{"Location: https://www.example.org:8443/news/b?q=1"}, Stale, Stale},
		{"content-location", "PATCH", 200, []string{"Content-Location: /news/b?q=1&utm_source=x"}, Stale, Stale},
		{"other host", "POST", 303, []string{"Location: https://www.example.com/news/b?q=1"}, Stale, Fresh},
		{"other scheme", "POST", 303, []string{"Location: http://www.example.org/news/b?q=1"}, Stale, Fresh},
		{"malformed", "POST", 303, []string{"Location: https://[/", "Location: %zz", "Location: mailto:x"}, Stale, Fresh},
		{"unknown method", "FROBNICATE", 200, nil, Stale, Fresh},
		{"failed", "POST", 500, []string{"Location: b?q=1"}, Fresh, Fresh},
		{"refused", "POST", 403, nil, Fresh, Fresh},
		{"safe", "GET", 200, []string{"Content-Location: b?q=1"}, Fresh, Fresh},
		{"options", "OPTIONS", 200, nil, Fresh, Fresh},
	} {
		cache := newCache(t, Options{})
		store(t, cache, noon, request("/news/a"), "a", fresh)
		store(t, cache, noon, request("/news/b?q=1"), "b", fresh)
		cache.Invalidate(courier, withMethod(c.method, request("/news/a")), response(noon, c.status, c.answer...))
		if got, _ := bodyOf(cache, noon, request("/news/a")); got != c.page {
			t.Errorf("%s: target: got %v, want %v", c.name, got, c.page)
		}
		if got, _ := bodyOf(cache, noon, request("/news/b?q=1")); got != c.other {
			t.Errorf("%s: other: got %v, want %v", c.name, got, c.other)
		}
	}
}

// Readers keep the page that was invalidated for when the origin fails, for as long as if it had become stale then.
func TestInvalidatedMayBeServedStale(t *testing.T) {
	const posted = 10 * time.Minute
	for _, c := range []struct {
		name   string
		answer string
		after  time.Duration // after noon
		want   bool
	}{
		{"at once", "max-age=3600", posted, true},
		{"at the limit", "max-age=3600", posted + time.Hour, true},
		{"beyond", "max-age=3600", posted + time.Hour + 1, false},
		{"its own word is longer", "max-age=3600, stale-if-error=7200", posted + 2*time.Hour, true},
		{"stale before", "max-age=60", time.Minute + time.Hour, true},
		{"stale before, beyond", "max-age=60", time.Minute + time.Hour + 1, false},
		{"must-revalidate", "max-age=3600, must-revalidate", posted, false},
		{"no-cache", "max-age=3600, no-cache", posted, false},
	} {
		cache := newCache(t, Options{})
		store(t, cache, noon, request("/a"), "hello", "Cache-Control: "+c.answer, `ETag: "1"`)
		cache.Invalidate(courier, withMethod("POST", request("/a")), response(noon.Add(posted), 200))
		got := cache.Lookup(noon.Add(c.after), courier, request("/a"))
		if got.State != Stale || !got.Collapsible || got.MayServeStale != c.want {
			t.Errorf("%s: got %+v, want stale, may be served %v", c.name, got, c.want)
		}
	}
}

// at is a head received at noon and received, to a request sent at noon and asked.
func at(asked, received time.Duration, status int, lines ...string) Response {
	return Response{
		Status: status, Fields: fields(lines...), RequestTime: noon.Add(asked), ResponseTime: noon.Add(received),
	}
}

func TestOnlyWhatWasAskedAfterRenews(t *testing.T) {
	const fresh, etag = "Cache-Control: max-age=600", `ETag: "1"`
	for _, c := range []struct {
		name   string
		answer Response
		want   State
	}{
		{"answer from before", at(0, 2*time.Second, 200, fresh, etag), Stale},
		{"answer from the same moment", at(time.Second, 2*time.Second, 200, fresh, etag), Stale},
		{"answer from after", at(time.Second+time.Millisecond, 2*time.Second, 200, fresh, etag), Fresh},
		{"304 from before", at(0, 2*time.Second, 304), Stale},
		{"304 from after", at(time.Second+time.Millisecond, 2*time.Second, 304), Fresh},
	} {
		cache := newCache(t, Options{})
		r := request("/a")
		old := store(t, cache, noon, r, "hello", fresh, etag)
		cache.Invalidate(courier, withMethod("POST", request("/a")), at(0, time.Second, 200))
		e := cache.Refresh(courier, r, old, c.answer)
		if e == nil {
			e = record(t, cache.Begin(courier, r, c.answer), "hello")
		}
		if e == nil || !e.Asked.Equal(c.answer.RequestTime) {
			t.Fatalf("%s: got %+v", c.name, e)
		}
		if got := cache.Lookup(noon.Add(2*time.Second), courier, r); got.State != c.want || got.Entry != e {
			t.Errorf("%s: got %+v, want %v", c.name, got, c.want)
		}
	}
}

// Somebody who sends forms all the time does not keep a page from being stored: also not the first time.
func TestAnswerFromBeforeIsStoredAndSuspect(t *testing.T) {
	c := newCache(t, Options{})
	before := c.Begin(courier, request("/a"), response(noon, 200, "Cache-Control: max-age=600"))
	c.Invalidate(courier, withMethod("POST", request("/a")), response(noon.Add(time.Second), 204))
	if record(t, before, "old") == nil {
		t.Error("did not store an answer from before")
	}
	if got := c.Lookup(noon.Add(time.Second), courier, request("/a")); got.State != Stale || !got.MayServeStale {
		t.Errorf("got %+v, want stale that may be served", got)
	}
	late := c.Begin(courier, request("/a"), at(0, 3*time.Second, 200, "Cache-Control: max-age=600"))
	later := noon.Add(2 * time.Second)
	store(t, c, later, request("/a"), "new", "Cache-Control: max-age=600")
	wantBody(t, c, later, request("/a"), Fresh, "new")
	if record(t, late, "old") != nil {
		t.Error("stored an answer from before in the place of one from after")
	}
	wantBody(t, c, later, request("/a"), Fresh, "new")
}

func TestInvalidateWhatIsNotStoredTakesNoRoom(t *testing.T) {
	c := newCache(t, Options{})
	for _, uri := range []string{"/a", "/b", "/c"} {
		c.Invalidate(courier, withMethod("POST", request(uri)), response(noon, 200))
	}
	if got := c.Stats(); got.Entries != 0 || got.Bytes != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestRenewingOneVariantLeavesTheOthersSuspect(t *testing.T) {
	c := newCache(t, Options{})
	later := noon.Add(time.Second)
	a, b := request("/a", "Accept: a"), request("/a", "Accept: b")
	store(t, c, noon, a, "a", "Cache-Control: max-age=600", "Vary: Accept", `ETag: "1"`)
	store(t, c, noon, b, "b", "Cache-Control: max-age=600", "Vary: Accept", `ETag: "1"`)
	c.Invalidate(courier, withMethod("POST", request("/a")), response(noon, 200))
	revalidate(c, later, a)
	wantBody(t, c, later, a, Fresh, "a")
	wantBody(t, c, later, b, Stale, "b")
	store(t, c, later, request("/a", "Accept: c"), "c", "Cache-Control: max-age=600", "Vary: Accept")
	wantBody(t, c, later, b, Stale, "b")
}

// RFC 9875, section 3.
func TestInvalidateGroups(t *testing.T) {
	for _, tt := range []struct {
		method string
		status int
		line   string
		want   bool // whether /list has to be confirmed
	}{
		{"POST", 200, `Cache-Group-Invalidation: "other", "news"`, true},
		{"POST", 303, `Cache-Group-Invalidation: "news";x`, true},
		{"POST", 200, `Cache-Group-Invalidation: "new"`, false},
		{"POST", 200, `Cache-Group-Invalidation: news`, false},
		{"POST", 200, `Cache-Group-Invalidation: "news`, false},
		{"POST", 200, `Cache-Groups: "news"`, false},
		{"POST", 500, `Cache-Group-Invalidation: "news"`, false},
		{"GET", 200, `Cache-Group-Invalidation: "news"`, false},
	} {
		c := newCache(t, Options{})
		const fresh = "Cache-Control: max-age=600"
		store(t, c, noon, request("/list"), "list", fresh, `Cache-Groups: "news"`)
		store(t, c, noon, request("/search?q=a"), "found", fresh, `Cache-Groups: "news"`)
		store(t, c, noon, request("/about"), "about", fresh, `Cache-Groups: "rest"`)
		plain := request("/list")
		plain.TLS = false
		store(t, c, noon, plain, "plain", fresh, `Cache-Groups: "news"`)
		c.Invalidate(courier, withMethod(tt.method, request("/form")), response(noon.Add(time.Second), tt.status, tt.line))
		state := map[bool]State{true: Stale, false: Fresh}[tt.want]
		now := noon.Add(2 * time.Second)
		wantBody(t, c, now, request("/list"), state, "list")
		wantBody(t, c, now, request("/search?q=a"), state, "found")
		wantBody(t, c, now, request("/about"), Fresh, "about")
		wantBody(t, c, now, plain, Fresh, "plain") // another origin: the groups of each are its own
	}
}
