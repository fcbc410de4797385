package cache

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

var page = strings.Repeat("<p>The harbour bridge will be closed on Sunday.</p>\n", 200)

// prepared stores page and has it compressed for one who takes these codings.
func prepared(t *testing.T, c *Cache, taken string, lines ...string) *Entry {
	t.Helper()
	e := store(t, c, noon, request("/a"), page, append([]string{"Cache-Control: max-age=60", `ETag: "1"`}, lines...)...)
	c.Prepare(e, request("/a", "Accept-Encoding: "+taken))
	c.presses.all.Wait()
	return e
}

func plain(t *testing.T, coding string, body []byte) string {
	t.Helper()
	var r io.Reader
	var err error
	switch coding {
	case "br":
		r = brotli.NewReader(bytes.NewReader(body))
	case "gzip":
		r, err = gzip.NewReader(bytes.NewReader(body))
	case "zstd":
		r, err = zstd.NewReader(bytes.NewReader(body), zstd.WithDecoderMaxWindow(8<<20))
	default:
		return string(body)
	}
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestCompress(t *testing.T) {
	for _, tt := range []struct {
		prepare, ask, want string
	}{
		{"gzip, br, zstd", "gzip, br, zstd", "br"},
		{"gzip, zstd", "gzip, zstd", "zstd"},
		{"gzip", "gzip", "gzip"},
		{"gzip", "gzip, br", "gzip"}, // what is there
		{"br", "gzip", ""},
		{"br", "br;q=0, gzip", ""},
		{"br", "", ""},
		{"", "br", ""},
	} {
		c := newCache(t, Options{})
		e := prepared(t, c, tt.prepare, "Content-Type: text/html; charset=utf-8")
		f, body := e.Select(request("/a", "Accept-Encoding: "+tt.ask))
		if f.Get("Content-Encoding") != tt.want || f.Get("Vary") != "Accept-Encoding" || plain(t, tt.want, body) != page {
			t.Errorf("%+v: got %v, %d bytes", tt, f, len(body))
		}
		tag := map[bool]string{true: `"1"`, false: `W/"1"`}[tt.want == ""]
		if f.Get("ETag") != tag || tt.want != "" && len(body) > len(page)/10 {
			t.Errorf("%+v: ETag %s, %d bytes", tt, f.Get("ETag"), len(body))
		}
		if !e.NotModified(request("/a", "If-None-Match: "+tag)) {
			t.Errorf("%+v: %s is not known again", tt, tag)
		}
		if f, body := e.Select(request("/a", "Accept-Encoding: "+tt.ask, "Range: bytes=0-1")); f.Has("Content-Encoding") || string(body) != page {
			t.Errorf("%+v: part of what we made", tt)
		}
		if f, _ := e.Select(request("/a", "Accept-Encoding: "+tt.ask, "Cache-Control: no-transform")); f.Has("Content-Encoding") {
			t.Errorf("%+v: transformed against the reader's wish", tt)
		}
	}
}

func TestCompressOnce(t *testing.T) {
	c := newCache(t, Options{})
	e := prepared(t, c, "br", "Content-Type: text/html")
	first := e.coded.made[0].Load()
	for range 3 {
		c.Prepare(e, request("/a", "Accept-Encoding: br"))
	}
	c.presses.all.Wait()
	if e.coded.made[0].Load() != first || e.coded.made[1].Load() != nil || e.coded.made[2].Load() != nil {
		t.Error("compressed again, or in a coding that nobody asked for")
	}
	later := noon.Add(2 * time.Minute)
	renewed := revalidate(c, later, request("/a"), `ETag: "1"`)
	if renewed.coded.made[0].Load() != first {
		t.Error("what was made is lost when the origin confirms the body")
	}
	if got := revalidate(c, later.Add(2*time.Minute), request("/a"), "Cache-Control: no-transform, max-age=60"); got.coded.made[0].Load() != nil {
		t.Error("the origin forbade it, and it is still there")
	}
	if s := c.Stats(); s.Compressions != 0 || s.CompressionsLimit == 0 {
		t.Errorf("got %+v", s)
	}
	c.Close()
	after := store(t, c, noon, request("/b"), page, "Cache-Control: max-age=60", "Content-Type: text/html")
	c.Prepare(after, request("/b", "Accept-Encoding: br"))
	if c.presses.running.Load() != 0 {
		t.Error("a closed cache compresses")
	}
}

func TestNotCompressed(t *testing.T) {
	const html = "Content-Type: text/html"
	for name, tt := range map[string]struct {
		body  string
		lines []string
	}{
		"an image":            {page, []string{"Content-Type: image/png"}},
		"no type":             {page, nil},
		"short":               {page[:minCompress-1], []string{html}},
		"by the origin":       {page, []string{html, "Content-Encoding: gzip"}},
		"no-transform":        {page, []string{html, "Cache-Control: no-transform"}},
		"targeted":            {page, []string{html, "Cache-Control: no-transform", "CDN-Cache-Control: max-age=60"}},
		"summed":              {page, []string{html, "Content-MD5: x"}},
		"digest":              {page, []string{html, "Repr-Digest: x"}},
		"signed":              {page, []string{html, "Signature: x"}},
		"longer than allowed": {strings.Repeat("x", maxCompress+1), []string{html}},
	} {
		c := newCache(t, Options{MemoryBytes: 256 << 20})
		e := store(t, c, noon, request("/a"), tt.body, append(tt.lines, "Cache-Control: max-age=60")...)
		c.Prepare(e, request("/a", "Accept-Encoding: br"))
		c.presses.all.Wait()
		f, body := e.Select(request("/a", "Accept-Encoding: br"))
		if len(body) != len(tt.body) || f.Has("Vary") || f.Get("Content-Encoding") == "br" {
			t.Errorf("%s: got %v", name, f)
		}
	}
	for kind, want := range map[string]bool{
		"text/plain": true, "TEXT/css ; charset=x": true, "image/svg+xml": true, "application/ld+json": true, "application/json": true,
		"font/woff2": false, "video/mp4": false, "application/zip": false, "": false,
	} {
		if compressible(kind) != want {
			t.Errorf("%s: want %v", kind, want)
		}
	}
}

// What is compressed has its room from the beginning, so the memory bound holds.
func TestCompressedWithinBounds(t *testing.T) {
	c := newCache(t, Options{})
	e := prepared(t, c, "br", "Content-Type: text/html")
	for _, coding := range []string{"zstd", "gzip"} {
		c.Prepare(e, request("/a", "Accept-Encoding: "+coding))
		c.presses.all.Wait()
	}
	sum := int64(0)
	for i := range preferred {
		if body := e.coded.made[i].Load(); body != nil {
			sum += int64(len(*body))
		}
	}
	if sum == 0 || sum != e.coded.taken.Load() || sum > int64(reserve(len(e.Body))) || e.weight() < int64(len(e.Body))+sum {
		t.Errorf("forms take %d, book says %d, reserve %d, weight %d", sum, e.coded.taken.Load(), reserve(len(e.Body)), e.weight())
	}
	small := newCache(t, Options{MemoryBytes: 64 << 10, MaxEntryBytes: 12 << 10})
	if e := store(t, small, noon, request("/a"), page, "Cache-Control: max-age=60", "Content-Type: text/html"); e == nil || e.mayCode() {
		t.Errorf("an answer without room for its forms: got %v", e)
	}
}
