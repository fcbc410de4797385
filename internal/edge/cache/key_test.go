package cache

import (
	"testing"

	"github.com/seawall-project/seawall"
)

func TestKeysTellResourcesApart(t *testing.T) {
	c := newCache(t, Options{})
	other := &seawall.Site{Name: "www.example.com"}
	plain := request("/a?q=1")
	plain.TLS = false
	alias := request("/a?q=1")
	alias.Host = "example.org"
	keys := map[Key]string{}
	for name, key := range map[string]Key{
		"a":          c.Lookup(noon, courier, request("/a")).Key,
		"a?q=1":      c.Lookup(noon, courier, request("/a?q=1")).Key,
		"a?q=2":      c.Lookup(noon, courier, request("/a?q=2")).Key,
		"HEAD a":     c.Lookup(noon, courier, withMethod("HEAD", request("/a"))).Key,
		"A":          c.Lookup(noon, courier, request("/A")).Key,
		"not TLS":    c.Lookup(noon, courier, plain).Key,
		"alias":      c.Lookup(noon, courier, alias).Key,
		"other site": c.Lookup(noon, other, request("/a?q=1")).Key,
	} {
		if key.IsZero() {
			t.Errorf("%s: zero key", name)
		}
		if twin, ok := keys[key]; ok {
			t.Errorf("%s and %s share a key", name, twin)
		}
		keys[key] = name
	}
}

func TestKeysAgree(t *testing.T) {
	c := newCache(t, Options{})
	want := c.Lookup(noon, courier, request("/a?q=1")).Key
	for _, r := range []*seawall.Request{
		request("/a?q=1&utm_source=letter"),
		request("/a?fbclid=x&q=1"),
		request("/a?q=1", "Cookie: a=b", "Accept-Language: da"),
	} {
		if got := c.Lookup(noon, courier, r).Key; got != want {
			t.Errorf("%s %v: another key", r.Query, r.Fields)
		}
	}
}

func TestKeyIsSecret(t *testing.T) {
	a, b := newCache(t, Options{}), newCache(t, Options{})
	if a.Lookup(noon, courier, request("/a")).Key == b.Lookup(noon, courier, request("/a")).Key {
		t.Error("two caches agree on a key")
	}
}

func TestRequestsThatShareWithNobody(t *testing.T) {
	c := newCache(t, Options{})
	for name, r := range map[string]*seawall.Request{
		"POST":          withMethod("POST", request("/a")),
		"lower case":    withMethod("get", request("/a")),
		"Authorization": request("/a", "Authorization: Basic eA=="),
		"Range alone":   request("/a", "range: bytes=0-1"),
		"no-store":      request("/a", "Cache-Control: max-age=0, No-Store"),
	} {
		if got := c.Lookup(noon, courier, r); !got.Key.IsZero() || got.Collapsible {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

func TestCollisionIsAMiss(t *testing.T) {
	c := newCache(t, Options{})
	e := store(t, c, noon, request("/a"), "a", "Cache-Control: max-age=60")
	b := targetOf(courier, request("/b"))
	c.put(&Recording{key: c.key(&b), uri: "what another URI left here"}, e)
	wantBody(t, c, noon, request("/b"), Miss, "")
}
