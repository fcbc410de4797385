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
		{"post", "POST", 200, nil, Miss, Fresh},
		{"see other", "POST", 303, []string{"Location: b?q=1"}, Miss, Miss},
		{"absolute", "PUT", 201, []string{"Location: https://WWW.example.org/news/b?q=1#top"}, Miss, Miss},
		{"with port", "PUT", 201, []string{"Location: https://www.example.org:8443/news/b?q=1"}, Miss, Miss},
		{"content-location", "PATCH", 200, []string{"Content-Location: /news/b?q=1&utm_source=x"}, Miss, Miss},
		{"other host", "POST", 303, []string{"Location: https://www.example.com/news/b?q=1"}, Miss, Fresh},
		{"other scheme", "POST", 303, []string{"Location: http://www.example.org/news/b?q=1"}, Miss, Fresh},
		{"malformed", "POST", 303, []string{"Location: https://[/", "Location: %zz", "Location: mailto:x"}, Miss, Fresh},
		{"unknown method", "FROBNICATE", 200, nil, Miss, Fresh},
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

func TestInvalidateStopsAnswersOnTheirWay(t *testing.T) {
	c := newCache(t, Options{})
	before := c.Begin(courier, request("/a"), response(noon, 200, "Cache-Control: max-age=600"))
	c.Invalidate(courier, withMethod("POST", request("/a")), response(noon.Add(time.Second), 204))
	if record(t, before, "old") != nil {
		t.Error("stored an answer from before")
	}
	later := noon.Add(2 * time.Second)
	if store(t, c, later, request("/a"), "new", "Cache-Control: max-age=600") == nil {
		t.Error("did not store an answer from after")
	}
	wantBody(t, c, later, request("/a"), Fresh, "new")
}
