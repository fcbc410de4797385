package cache

import (
	"hash/maphash"
	"slices"
	"strings"
	"testing"
)

func TestQueryLeavesOutTrackingKeys(t *testing.T) {
	c := newCache(t, Options{})
	for query, want := range map[string]string{
		"":                             "",
		"q=harbour":                    "q=harbour",
		"utm_source=x":                 "",
		"utm_source=x&utm_medium=y":    "",
		"fbclid=1&q=harbour":           "q=harbour",
		"q=harbour&fbclid=1":           "q=harbour",
		"a=1&utm_source=x&b=2":         "a=1&b=2",
		"a=1&&b=2":                     "a=1&&b=2",
		"gclid":                        "",
		"gclidx=1":                     "gclidx=1",
		"UTM_source=x":                 "UTM_source=x",
		"utm%5fsource=x":               "utm%5fsource=x",
		"a=utm_source=x":               "a=utm_source=x",
		"utm_=&a&utm_campaign=1&b&_gl": "a&b",
	} {
		if got := c.Query(query); got != want {
			t.Errorf("%q: got %q, want %q", query, got, want)
		}
	}
}

func TestQueryWithoutIgnoredKeys(t *testing.T) {
	c := newCache(t, Options{IgnoredQueryKeys: []string{}})
	if got, want := c.Query("utm_source=x"), "utm_source=x"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// slowQuery is the obvious way.
func slowQuery(ig *ignoredKeys, query string) string {
	params := strings.Split(query, "&")
	return strings.Join(slices.DeleteFunc(params, ig.has), "&")
}

func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"", "&", "utm_a&", "&utm_a", "a=1&utm_a=2&b=3", "a&&fbclid&&b", "=", "utm_"} {
		f.Add(seed, "a=1")
	}
	ignored, err := newIgnoredKeys(nil)
	if err != nil {
		f.Fatal(err)
	}
	c := &Cache{ignored: ignored, seedHi: maphash.MakeSeed(), seedLo: maphash.MakeSeed()}
	f.Fuzz(func(t *testing.T, query, other string) {
		got := c.Query(query)
		if want := slowQuery(c.ignored, query); got != want {
			t.Fatalf("%q: got %q, want %q", query, got, want)
		}
		if again := c.Query(got); again != got {
			t.Fatalf("%q: not the same twice: %q, then %q", query, got, again)
		}
		a, b := target{site: "s", path: "/p", query: query}, target{site: "s", path: "/p", query: other}
		uri := c.uri(&a)
		if !c.names(&a, uri) {
			t.Fatalf("%q does not name itself, %q", query, uri)
		}
		same := c.uri(&b) == uri
		if got := c.names(&b, uri); got != same {
			t.Fatalf("%q against %q: got %v, want %v", other, uri, got, same)
		}
		if got := c.key(&a) == c.key(&b); got != same {
			t.Fatalf("keys of %q and %q: equal %v, want %v", query, other, got, same)
		}
	})
}
