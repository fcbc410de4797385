package paper

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/quick"
)

var printed = New()

func TestTwoPrintsAreEqual(t *testing.T) {
	again := New()
	if !maps.EqualFunc(printed.pages, again.pages, same) {
		t.Error("pages differ")
	}
	if !maps.EqualFunc(printed.assets, again.assets, same) {
		t.Error("assets differ")
	}
}

func same(a, b Doc) bool {
	return a.Path == b.Path && a.Type == b.Type && a.ETag == b.ETag && bytes.Equal(a.Body, b.Body) && slices.Equal(a.Assets, b.Assets)
}

func TestCounts(t *testing.T) {
	if got, want := len(printed.ArticlePaths()), Articles; got != want {
		t.Errorf("got %d articles, want %d", got, want)
	}
	if got, want := len(printed.assets), Assets; got != want {
		t.Errorf("got %d assets, want %d", got, want)
	}
	// Front page, feed, forms, archive with and without its number.
	if got, want := len(printed.pages), Articles+2+len(forms)+ArchivePages+1; got != want {
		t.Errorf("got %d pages, want %d", got, want)
	}
}

func TestPagesKeepTheirBounds(t *testing.T) {
	for path, d := range printed.pages {
		if path == FeedPath {
			continue
		}
		if n := len(d.Body); n < 8_000 || n > 30_000 {
			t.Errorf("%s: got %d bytes, want 8,000 to 30,000", path, n)
		}
		if n := len(d.Assets); n < minLinks || n > maxLinks {
			t.Errorf("%s: got %d assets, want %d to %d", path, n, minLinks, maxLinks)
		}
		links := slices.Compact(slices.Sorted(slices.Values(d.Assets)))
		if len(links) != len(d.Assets) {
			t.Errorf("%s: an asset is linked twice", path)
		}
		for _, l := range d.Assets {
			if _, ok := printed.Asset(l); !ok || !bytes.Contains(d.Body, []byte(`"`+l+`"`)) {
				t.Errorf("%s: asset %s is missing from the paper or the page", path, l)
			}
		}
	}
}

func TestAssetsKeepTheirBounds(t *testing.T) {
	tags := make(map[string]bool)
	for path, d := range printed.assets {
		if n := len(d.Body); n < 900 || n > 20_000 {
			t.Errorf("%s: got %d bytes, want about 1,000 to 20,000", path, n)
		}
		if tags[d.ETag] {
			t.Errorf("%s: its bytes are another's too", path)
		}
		tags[d.ETag] = true
	}
}

func TestFrontPageLinksArticles(t *testing.T) {
	front, ok := printed.Page(FrontPath)
	if !ok {
		t.Fatal("no front page")
	}
	for _, path := range printed.ArticlePaths()[:50] {
		if !bytes.Contains(front.Body, []byte(`"`+path+`"`)) {
			t.Errorf("front page does not link %s", path)
		}
	}
}

func TestArchiveLinksEveryArticle(t *testing.T) {
	missing := make(map[string]bool)
	for _, path := range printed.ArticlePaths() {
		missing[path] = true
	}
	for n := range ArchivePages {
		d, ok := printed.Page(ArchiveTarget(n + 1))
		if !ok {
			t.Fatalf("no page %d", n+1)
		}
		maps.DeleteFunc(missing, func(path string, _ bool) bool { return bytes.Contains(d.Body, []byte(`"`+path+`"`)) })
	}
	if len(missing) > 0 {
		t.Errorf("archive lacks %d articles", len(missing))
	}
	if _, ok := printed.Page(ArchiveTarget(ArchivePages + 1)); ok {
		t.Error("archive has a page too many")
	}
}

func TestSearchFinds(t *testing.T) {
	for _, word := range SearchWords() {
		got := printed.Search(word)
		if !strings.Contains(strings.ToLower(string(hits(t, got))), word) {
			t.Errorf("search for %q finds nothing", word)
		}
		if n := len(got); n < 8_000 || n > 30_000 {
			t.Errorf("search for %q: got %d bytes, want 8,000 to 30,000", word, n)
		}
		if !bytes.Equal(got, printed.Search(word)) {
			t.Errorf("two searches for %q differ", word)
		}
	}
}

func TestSearchTakesAnyWord(t *testing.T) {
	bounded := func(word string) bool {
		n := len(printed.Search(word))
		return n >= 8_000 && n <= 30_000
	}
	if err := quick.Check(bounded, nil); err != nil {
		t.Error(err)
	}
	if got := printed.Search("<script>"); bytes.Contains(got, []byte("<q><script>")) {
		t.Error("the word is shown as markup")
	}
	if got := printed.Search(strings.Repeat("é", 200)); !bytes.Contains(got, []byte(strings.Repeat("é", 50)+"</q>")) {
		t.Error("a long word is not cut after a hundred bytes")
	}
}

func TestForm(t *testing.T) {
	for _, path := range printed.FormPaths() {
		page, ok := printed.Page(path)
		if !ok {
			t.Errorf("%s has no page", path)
		}
		for _, field := range printed.FormFields(path) {
			if !bytes.Contains(page.Body, []byte(`name="`+field+`"`)) {
				t.Errorf("%s does not ask for %s", path, field)
			}
		}
		a, b := printed.Form(path, []byte("a=1")), printed.Form(path, []byte("a=2"))
		if len(a) < 8_000 || bytes.Equal(a, b) {
			t.Errorf("%s: answers are short or do not depend on what was sent", path)
		}
	}
	if got := printed.Form("/nowhere", nil); got != nil {
		t.Errorf("got %d bytes for a form that is not there, want nil", len(got))
	}
}

// hits returns the part of a search page that lists what was found.
func hits(t *testing.T, page []byte) []byte {
	t.Helper()
	_, rest, ok := bytes.Cut(page, []byte("<ul>"))
	if !ok {
		t.Fatal("no list")
	}
	found, _, _ := bytes.Cut(rest, []byte("</ul>"))
	return found
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		New()
	}
}

func BenchmarkSearch(b *testing.B) {
	for b.Loop() {
		printed.Search("sea wall")
	}
}
