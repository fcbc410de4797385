package cache

import (
	"testing"
	"time"
)

func TestWishes(t *testing.T) {
	c := newCache(t, Options{})
	store(t, c, noon, request("/a"), "x", "Cache-Control: max-age=60", "Age: 10")
	for line, want := range map[string]bool{
		"X: y":                            false,
		"Cache-Control: no-cache":         true,
		"Cache-Control: NO-CACHE=x":       true,
		"Cache-Control: max-age=0":        true,
		"Cache-Control: max-age=9":        true,
		"Cache-Control: max-age=10":       false,
		"Cache-Control: max-age=x":        false,
		"Cache-Control: max-age=0, x":     true,
		"Cache-Control: min-fresh=50":     false,
		"Cache-Control: min-fresh=51":     true,
		"Cache-Control: no-store":         false, // which forbids to store and not to serve
		"Cache-Control: max-stale":        false,
		"Cache-Control: nothing-to-see":   false,
		"Pragma: no-cache":                true,
		"Pragma: x, no-cache":             true,
		"Pragma: foo":                     false,
		"Cache-Control: only-if-cached":   false,
		"Cache-Control: max-age=\"0":      false, // advice that cannot be read is not followed
		"Cache-Control: x=\"no-cache\"":   false,
		"Cache-Control: max-age=99999999": false,
	} {
		got := c.Lookup(noon, courier, request("/a", line))
		if got.State != Fresh || got.WantsNewer != want || got.Collapsible != want {
			t.Errorf("%s: got %v, newer %v, collapsible %v; want %v", line, got.State, got.WantsNewer, got.Collapsible, want)
		}
	}
	if c.Lookup(noon, courier, request("/a", "Cache-Control: x", "Pragma: no-cache")).WantsNewer {
		t.Error("Pragma counts beside Cache-Control")
	}
	store(t, c, noon, request("/now"), "x", "Cache-Control: max-age=60")
	if c.Lookup(noon.Add(900*time.Millisecond), courier, request("/now", "Cache-Control: max-age=0")).WantsNewer {
		t.Error("a copy made in this second is too old for who reloads")
	}
	for line, want := range map[string]bool{
		"X: y":                                false,
		"Cache-Control: max-stale":            true,
		"Cache-Control: max-stale=20":         true,
		"Cache-Control: max-stale=19":         false,
		"Cache-Control: max-stale=x":          false,
		"Cache-Control: max-stale=":           false,
		"Cache-Control: max-stale, no-cache":  false,
		"Cache-Control: max-stale, max-age=0": false,
	} {
		got := c.Lookup(noon.Add(70*time.Second), courier, request("/a", line))
		if got.State != Stale || got.TakesStale != want {
			t.Errorf("%s: got %v, takes stale %v; want %v", line, got.State, got.TakesStale, want)
		}
	}
	if !c.Lookup(noon, courier, request("/b", "Cache-Control: only-if-cached")).OnlyIfCached {
		t.Error("only-if-cached was not heard")
	}
}

func TestTakesStaleOnlyWhatMayBeServed(t *testing.T) {
	c := newCache(t, Options{})
	store(t, c, noon, request("/a"), "x", "Cache-Control: max-age=60, must-revalidate", `ETag: "1"`)
	store(t, c, noon, request("/b"), "x", "Cache-Control: max-age=60")
	c.Invalidate(courier, withMethod("POST", request("/b")), response(noon, 200))
	for _, path := range []string{"/a", "/b"} {
		if c.Lookup(noon.Add(time.Hour), courier, request(path, "Cache-Control: max-stale")).TakesStale {
			t.Errorf("%s is served for the asking", path)
		}
	}
}

func TestWhileRevalidate(t *testing.T) {
	const swr = "Cache-Control: max-age=60, stale-while-revalidate=30"
	for _, tt := range []struct {
		name  string
		line  string
		after time.Duration
		want  bool
	}{
		{"just past", swr, 60 * time.Second, true},
		{"the last moment", swr, 90*time.Second - 1, true},
		{"over", swr, 90 * time.Second, false},
		{"not said", "Cache-Control: max-age=60", 61 * time.Second, false},
		{"no-cache", swr + ", no-cache", time.Second, false},
		{"must-revalidate", swr + ", must-revalidate", 61 * time.Second, false},
		{"s-maxage", "Cache-Control: s-maxage=60, stale-while-revalidate=30", 61 * time.Second, false},
		{"malformed", "Cache-Control: max-age=60, stale-while-revalidate=-30", 61 * time.Second, false},
		{"targeted", "CDN-Cache-Control: max-age=60, stale-while-revalidate=30", 61 * time.Second, true},
	} {
		c := newCache(t, Options{})
		store(t, c, noon, request("/a"), "x", tt.line, `ETag: "1"`)
		if got := c.Lookup(noon.Add(tt.after), courier, request("/a")); got.WhileRevalidate != tt.want || got.State != Stale {
			t.Errorf("%s: got %v %v, want %v", tt.name, got.State, got.WhileRevalidate, tt.want)
		}
		never := *courier
		never.MaxStale = 0
		if c.Lookup(noon.Add(tt.after), &never, request("/a")).WhileRevalidate {
			t.Errorf("%s: stale in spite of the owner", tt.name)
		}
		c.Invalidate(courier, withMethod("POST", request("/a")), response(noon, 200))
		if c.Lookup(noon.Add(tt.after), courier, request("/a")).WhileRevalidate {
			t.Errorf("%s: stale in spite of an invalidation", tt.name)
		}
	}
}

// What the origin says is not there is remembered for a moment, if it says nothing else and nobody said who asks.
func TestNegative(t *testing.T) {
	for _, tt := range []struct {
		name    string
		status  int
		request []string
		answer  []string
		want    State
	}{
		{"404", 404, nil, nil, Fresh},
		{"410", 410, nil, nil, Fresh},
		{"405", 405, nil, nil, Miss},
		{"200", 200, nil, nil, Miss},
		{"says something", 404, nil, []string{"Cache-Control: must-revalidate"}, Miss},
		{"says it has expired", 404, nil, []string{"Expires: 0"}, Stale},
		{"pragma", 404, nil, []string{"Pragma: no-cache"}, Miss},
		{"sets a cookie", 404, nil, []string{"Set-Cookie: a=b"}, Miss},
		{"cookie", 404, []string{"Cookie: a=b"}, nil, Miss},
		{"authorization", 404, []string{"Authorization: Basic eA=="}, nil, Miss},
		{"no-store", 404, []string{"Cache-Control: no-store"}, nil, Miss},
	} {
		c := newCache(t, Options{})
		record(t, c.Begin(courier, request("/a", tt.request...), response(noon, tt.status, tt.answer...)), "gone")
		if got, _ := bodyOf(c, noon.Add(9*time.Second), request("/a", tt.request...)); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
		if got, _ := bodyOf(c, noon.Add(10*time.Second), request("/a", tt.request...)); got == Fresh {
			t.Errorf("%s: still fresh after 10 s", tt.name)
		}
	}
}

func TestNegativeYields(t *testing.T) {
	c := newCache(t, Options{})
	store(t, c, noon, request("/a"), "page", "Cache-Control: max-age=60")
	later := noon.Add(2 * time.Minute)
	if record(t, c.Begin(courier, request("/a"), response(later, 404)), "gone") != nil {
		t.Error("a 404 that says nothing took the place of a page")
	}
	wantBody(t, c, later, request("/a"), Stale, "page")
	if record(t, c.Begin(courier, request("/a"), response(later, 404, "Cache-Control: max-age=60")), "gone") == nil {
		t.Error("a 404 that says how long it holds did not take the place of a page")
	}
	record(t, c.Begin(courier, request("/b"), response(noon, 404, `ETag: "1"`)), "gone")
	if c.Lookup(later, courier, request("/b")).MayServeStale {
		t.Error("an absence is served stale")
	}
}

// An owner who wants stale answers at all costs gets them, but for what may be one reader's own page.
func TestStaleAlways(t *testing.T) {
	always := *courier
	always.StaleAlways = true
	for line, want := range map[string]bool{
		"Cache-Control: max-age=60, must-revalidate": true,
		"Cache-Control: s-maxage=60":                 true,
		"Cache-Control: no-cache":                    true,
		"Cache-Control: private":                     false,
		"Cache-Control: no-store":                    false,
	} {
		for _, cookie := range []bool{false, true} {
			c := newCache(t, Options{})
			r := request("/a", "X: y")
			if cookie {
				r = request("/a", "Cookie: id=1")
			}
			record(t, c.Begin(&always, r, response(noon, 200, line, `ETag: "1"`)), "x")
			got := c.Lookup(noon.Add(10*time.Minute), &always, request("/a")).MayServeStale
			if w := want && (!cookie || line != "Cache-Control: no-cache"); got != w {
				t.Errorf("%s, cookie %v: got %v, want %v", line, cookie, got, w)
			}
		}
	}
}

func TestLasting(t *testing.T) {
	for line, want := range map[string]bool{
		"X: y":                                   false,
		"Cache-Control: max-age=60":              true,
		"Cache-Control: max-age=60, private":     false,
		"Cache-Control: no-cache":                false,
		"Cache-Control: no-store, max-age=0":     false,
		"Expires: " + formatDate(noon.Add(3600)): true,
	} {
		if got := Lasting(response(noon, 503, line)); got != want {
			t.Errorf("%s: got %v, want %v", line, got, want)
		}
	}
}
