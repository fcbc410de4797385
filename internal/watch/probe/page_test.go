package probe

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTitle(t *testing.T) {
	for _, tt := range []struct{ name, page, contentType, want string }{
		{"plain", "<title>The Example</title>", "text/html", "The Example"},
		{"white space", "<title>\n  The\tExample \u0085</title>", "text/html", "The Example"},
		{"entities", "<title>A &amp; B</title>", "text/html", "A & B"},
		{"the first", "<title>One</title><svg><title>Two</title></svg>", "text/html", "One"},
		{"upper case", "<HTML><HEAD><TITLE>One</TITLE>", "TEXT/HTML", "One"},
		{"not closed", "<title>One", "text/html", "One"},
		{"in a comment", "<!-- <title>No</title> --><p>x", "text/html", ""},
		{"in a script", "<script>'<title>No</title>'</script>", "text/html", ""},
		{"no HTML", "<title>No</title>", "text/plain", ""},
		{"no type", "<!doctype html><title>Yes</title>", "", "Yes"},
		{"another character set", "<title>R\xf8dgr\xf8d</title>", "text/html; charset=iso-8859-1", "Rødgrød"},
		{"a character set named in the page", "<meta charset=windows-1252><title>R\xf8d</title>", "text/html", "Rød"},
		{"broken characters", "<title>R\xf8d</title>", "text/html; charset=utf-8", "R\ufffdd"},
	} {
		if got, _ := readPage([]byte(tt.page), tt.contentType); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestSimhash holds that pages which differ in a little have near hashes, and others do not.
func TestSimhash(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	words := func(n int) []string {
		all := make([]string, n)
		for i := range all {
			all[i] = fmt.Sprintf("word%d", random.IntN(5000))
		}
		return all
	}
	hash := func(words []string) uint64 { return Simhash(strings.Join(words, " ")) }
	for range 50 {
		page := words(800)
		changed := append(append([]string{}, page[:400]...), page[410:]...)
		if d := Distance(hash(page), hash(changed)); d > 8 {
			t.Errorf("a page without ten of its words is %d bits away", d)
		}
		if d := Distance(hash(page), hash(words(800))); d < 16 {
			t.Errorf("two pages are only %d bits apart", d)
		}
	}
	_, a := readPage([]byte("<p>All the news<script>var t=1</script> of today<style>b{}</style>"), "text/html")
	_, b := readPage([]byte("<div>all THE news,<script>var t=2</script> of today!"), "text/html")
	if a != b {
		t.Error("what is not read by people counts")
	}
	if Simhash("... !") != 0 || Simhash("") != 0 {
		t.Error("no words have a hash")
	}
}

func FuzzPage(f *testing.F) {
	for _, s := range []string{
		"", "<title>x</title>", "<title>\xff\x00", strings.Repeat("<b>", 1000), "<script><title>", "<!--", "<meta charset=utf-16><title>x", "\xef\xbb\xbf<title>x</title>",
		"<title>" + strings.Repeat("å", 300),
	} {
		f.Add([]byte(s), "text/html")
	}
	f.Add([]byte("<title>x</title>"), "text/html; charset=\xff")
	f.Add([]byte("x"), "")
	f.Fuzz(func(t *testing.T, content []byte, contentType string) {
		title, hash := readPage(content, contentType)
		if len(title) > maxTitle || !utf8.ValidString(title) || strings.ContainsAny(title, "\r\n\t\x00") || title != strings.TrimSpace(title) {
			t.Errorf("got the title %q", title)
		}
		if again, h := readPage(content, contentType); again != title || h != hash {
			t.Error("the same page reads differently")
		}
	})
}

func FuzzMarks(f *testing.F) {
	f.Add(403, "Server", "cloudflare", []byte("error code: 1020"))
	f.Add(403, "X-Azure-Ref", "0", []byte("The request is blocked."))
	f.Add(200, "Set-Cookie", "__cfwaitingroom=1", []byte(`id="time-remaining"`))
	f.Add(403, "X", "", []byte("Reference&#32;&#35;18&#46;a"))
	f.Fuzz(func(t *testing.T, status int, name, value string, body []byte) {
		s := sight{status: status, header: http.Header{}, title: "Access Denied", body: bytes.Clone(body)}
		s.header.Set(name, value)
		m, ok := s.marked()
		if ok != (m.product != "") {
			t.Errorf("got %v with %q", ok, m.product)
		}
		if ok && status == 200 && m.class == EdgeBlock {
			t.Errorf("%s at status 200", m.product)
		}
		for name, kept := range kept(s.header) {
			if len(kept) > maxHeader || strings.ContainsAny(kept, "\r\n") {
				t.Errorf("%s: got %q", name, kept)
			}
		}
	})
}
