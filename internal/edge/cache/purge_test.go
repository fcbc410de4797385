package cache

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall"
)

func TestPurge(t *testing.T) {
	other := &seawall.Site{Name: "www.example.net", MaxStale: time.Hour}
	site := *courier
	site.Aliases = []string{"example.org"}
	stored := []struct{ host, uri, tag string }{
		{"www.example.org", "/news", "front"},
		{"www.example.org", "/news/1", "front, story-1"},
		{"www.example.org", "/newsletter", ""},
		{"www.example.org", "/news?page=2", "front"},
		{"example.org", "/news", ""},
		{"www.example.net", "/news", "front"},
	}
	for _, tt := range []struct {
		p    Purge
		want []int // of stored
	}{
		{Purge{URL: "/news"}, []int{0, 4}},
		{Purge{URL: "/news?utm_source=x#top"}, []int{0, 4}},
		{Purge{URL: "/news?page=2"}, []int{3}},
		{Purge{URL: "/news?utm_source=x&page=2"}, []int{3}},
		{Purge{URL: "https://example.org/news"}, []int{4}},
		{Purge{URL: "http://WWW.example.org:8080/news"}, []int{0}},
		{Purge{URL: "/nothing"}, nil},
		{Purge{Prefix: "/news"}, []int{0, 1, 2, 3, 4}},
		{Purge{Prefix: "/news/"}, []int{1}},
		{Purge{Prefix: "https://www.example.org/"}, []int{0, 1, 2, 3}},
		{Purge{Prefix: "https://www.example.org"}, []int{0, 1, 2, 3}},
		{Purge{Tag: "front"}, []int{0, 1, 3}},
		{Purge{Tag: "story-1"}, []int{1}},
		{Purge{Tag: "story"}, nil},
	} {
		c := newCache(t, Options{})
		requests := make([]*seawall.Request, len(stored))
		for i, s := range stored {
			at := &site
			if s.host == other.Name {
				at = other
			}
			r := request(s.uri)
			r.Host, r.TLS = s.host, i%2 == 0
			requests[i] = r
			record(t, c.Begin(at, r, response(noon, 200, "Cache-Control: max-age=60", "Cache-Tag: "+s.tag)), "x")
		}
		n, err := c.Purge(noon, &site, tt.p)
		if err != nil || n != len(tt.want) {
			t.Errorf("%+v: got %d, %v, want %d", tt.p, n, err, len(tt.want))
		}
		for i, r := range requests {
			at := &site
			if stored[i].host == other.Name {
				at = other
			}
			if gone := c.Lookup(noon, at, r).State == Miss; gone != slices.Contains(tt.want, i) {
				t.Errorf("%+v: %s%s: gone %v", tt.p, stored[i].host, stored[i].uri, gone)
			}
		}
	}
}

func TestPurgeRefuses(t *testing.T) {
	c := newCache(t, Options{})
	for _, p := range []Purge{
		{},
		{URL: "/a", Tag: "b"},
		{URL: "news"},
		{URL: "https://www.example.net/"},
		{URL: "ftp://www.example.org/"},
		{URL: "https:///a"},
		{Prefix: "%zz"},
	} {
		if n, err := c.Purge(noon, courier, p); err == nil {
			t.Errorf("%+v: got %d and no error", p, n)
		}
	}
	if _, err := c.Purge(noon, nil, Purge{URL: "/a"}); err == nil {
		t.Error("no site, and no error")
	}
}

// TestPurgeOfWhatIsUnderWay: an answer that was asked for before a purge is not stored after it, however many purges there were since.
func TestPurgeOfWhatIsUnderWay(t *testing.T) {
	c := newCache(t, Options{})
	before := c.Begin(courier, request("/a"), response(noon, 200, "Cache-Control: max-age=60"))
	elsewhere := c.Begin(courier, request("/b"), response(noon, 200, "Cache-Control: max-age=60"))
	at := noon.Add(time.Second)
	purge := func(url string) {
		t.Helper()
		if n, err := c.Purge(at, courier, Purge{URL: url}); n != 0 || err != nil {
			t.Fatalf("got %d, %v", n, err)
		}
	}
	purge("/a")
	if record(t, before, "old") != nil {
		t.Error("an answer from before the purge was stored")
	}
	if record(t, elsewhere, "other") == nil {
		t.Error("an answer that was not meant is not stored")
	}
	if store(t, c, at.Add(time.Second), request("/a"), "new", "Cache-Control: max-age=60") == nil {
		t.Error("an answer from after the purge was not stored")
	}
	long := c.Begin(courier, request("/c"), response(noon, 200, "Cache-Control: max-age=60"))
	purge("/c")
	for i := range 2 * purgesMax {
		purge(fmt.Sprintf("/other/%d", i))
	}
	if s := c.Stats(); s.Purges != s.PurgesLimit {
		t.Errorf("purges remembered: got %d of %d", s.Purges, s.PurgesLimit)
	}
	if record(t, long, "old") != nil {
		t.Error("an answer from before a purge that was forgotten was stored")
	}
	at = at.Add(time.Hour)
	purge("/d")
	if s := c.Stats(); s.Purges != 1 {
		t.Errorf("after an hour: %d purges are remembered, want 1", s.Purges)
	}
}

func TestTags(t *testing.T) {
	many := make([]string, maxTags+5)
	for i := range many {
		many[i] = fmt.Sprintf("t%d", i)
	}
	for _, tt := range []struct {
		lines []string
		want  []string
		more  bool
	}{
		{nil, nil, false},
		{[]string{`Cache-Groups: "a", "b c";x=1`, `Cache-Groups: "d"`}, []string{"a", "b c", "d"}, false},
		{[]string{`Cache-Groups: "a", b, 7, ("c")`}, []string{"a"}, false},
		{[]string{`Cache-Groups: "a`}, nil, false},
		{[]string{"Cache-Tag: a,b c,,\td", "Cache-Tag: a"}, []string{"a", "b", "c", "d"}, false},
		{[]string{"Cache-Tag: " + strings.Join(many, ",")}, many[:maxTags], true},
		{[]string{"Cache-Tag: " + strings.Repeat("x", maxTagLen+1)}, nil, true},
	} {
		got := tagsOf(fields(tt.lines...))
		if !slices.Equal(got.list, tt.want) || got.more != tt.more {
			t.Errorf("%v: got %v", tt.lines, got)
		}
		if tt.more && !got.has("whatever") {
			t.Errorf("%v: what has more tags than are kept does not belong to every group", tt.lines)
		}
	}
}

func FuzzTags(f *testing.F) {
	for _, seed := range []string{"a,b c", "\t,,x", `"a", "b"`, strings.Repeat("a,", 200)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, name := range []string{"Cache-Tag: ", "Cache-Groups: "} {
			got := tagsOf(fields(name + s))
			if len(got.list) > maxTags || slices.ContainsFunc(got.list, func(tag string) bool { return tag == "" || len(tag) > maxTagLen }) {
				t.Errorf("%s%q: got %q", name, s, got.list)
			}
		}
	})
}
