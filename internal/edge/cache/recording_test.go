package cache

import (
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
)

func TestRecordingLength(t *testing.T) {
	const fresh = "Cache-Control: max-age=60"
	big := strings.Repeat("x", 200_000)
	for _, c := range []struct {
		name   string
		body   string
		length string
		want   bool
	}{
		{"no length", "hello", "", true},
		{"as announced", "hello", "5", true},
		{"announced twice", "hello", "5, 5", true},
		{"short", "hell", "5", false},
		{"long", "hello!", "5", false},
		{"empty", "", "0", true},
		{"empty, no length", "", "", true},
		{"large", big, "", true},
		{"large, announced", big, strconv.Itoa(len(big)), true},
		{"too large", big + big, "", false},
	} {
		cache := newCache(t, Options{MemoryBytes: 1 << 20, MaxEntryBytes: 1 << 18})
		lines := []string{fresh}
		if c.length != "" {
			lines = append(lines, "Content-Length: "+c.length)
		}
		rec := cache.Begin(courier, request("/a"), response(noon, 200, lines...))
		for rest := c.body; rest != ""; {
			n := min(len(rest), 1000)
			_, _ = rec.Write([]byte(rest[:n]))
			rest = rest[n:]
		}
		e := rec.Commit()
		if got := e != nil; got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
			continue
		}
		state := Miss
		if c.want {
			state = Fresh
		}
		if got, body := bodyOf(cache, noon, request("/a")); got != state || c.want && body != c.body {
			t.Errorf("%s: got %v with %d bytes", c.name, got, len(body))
		}
		if e != nil && cap(e.Body) > len(e.Body)+len(e.Body)/8 {
			t.Errorf("%s: %d bytes of room for %d", c.name, cap(e.Body), len(e.Body))
		}
		if rec.Commit() != nil {
			t.Errorf("%s: committed twice", c.name)
		}
	}
}

func TestRecordingTakesLittleOnTrust(t *testing.T) {
	c := newCache(t, Options{MemoryBytes: 1 << 30})
	rec := c.Begin(courier, request("/a"), response(noon, 200, "Cache-Control: max-age=60", "Content-Length: 30000000"))
	if got := cap(rec.body); got != presizeBytes {
		t.Errorf("got %d, want %d", got, presizeBytes)
	}
}

func TestNilRecording(t *testing.T) {
	var rec *Recording
	if n, err := rec.Write([]byte("hello")); n != 5 || err != nil {
		t.Errorf("Write: got %d, %v", n, err)
	}
	if rec.Commit() != nil {
		t.Error("a nil recording holds something")
	}
	rec.Abandon()
}

func TestEntryFields(t *testing.T) {
	c := newCache(t, Options{})
	e := store(t, c, noon, request("/a"), "hello",
		"content-type: text/html", "Connection: close, X-Hop", "X-Hop: 1", "Keep-Alive: timeout=5", "Transfer-Encoding: chunked",
		"Upgrade: h2c", "Proxy-Connection: close", "Trailer: X", "TE: trailers", "Proxy-Authenticate: Basic",
		"Age: 10", "Content-Length: 5", "Set-Cookie: id=1", "Link: a", "Link: b", "Cache-Control: max-age=60, public")
	want := fields("content-type: text/html", "Link: a", "Link: b", "Cache-Control: max-age=60, public",
		"Date: Tue, 03 Nov 2026 12:00:00 GMT")
	if diff := cmp.Diff(want, e.Fields); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// The engine reuses the bytes that requests and responses point into.
func TestRecordingCopies(t *testing.T) {
	c := newCache(t, Options{})
	var owned [][]byte
	lend := func(s string) string {
		b := []byte(s)
		owned = append(owned, b)
		return unsafe.String(&b[0], len(b))
	}
	r := &seawall.Request{
		Method: "GET", Host: lend("www.example.org"), Path: lend("/a"), Query: lend("q=1"),
		Fields: seawall.Fields{{Name: lend("Accept"), Value: lend("text/html")}},
	}
	rec := c.Begin(courier, r, Response{Status: 200, RequestTime: noon, ResponseTime: noon, Fields: seawall.Fields{
		{Name: lend("Cache-Control"), Value: lend("max-age=60")},
		{Name: lend("Vary"), Value: lend("Accept")},
		{Name: lend("ETag"), Value: lend(`"1"`)},
		{Name: lend("Last-Modified"), Value: lend("Sun, 06 Nov 1994 08:49:37 GMT")},
	}})
	body := []byte("hello")
	_, _ = rec.Write(body)
	owned = append(owned, body)
	for _, b := range owned {
		clear(b)
	}
	e := rec.Commit()
	again := &seawall.Request{Method: "GET", Host: "www.example.org", Path: "/a", Query: "q=1", Fields: fields("Accept: text/html")}
	wantBody(t, c, noon, again, Fresh, "hello")
	want := fields("Cache-Control: max-age=60", "Vary: Accept", `ETag: "1"`, "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT",
		"Date: Tue, 03 Nov 2026 12:00:00 GMT")
	if diff := cmp.Diff(want, e.Fields); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff(want[2:3], fields("ETag: "+e.Conditional(nil)[0].Value)); diff != "" {
		t.Errorf("condition: -want +got:\n%s", diff)
	}
}
