package status

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
)

func TestParseWords(t *testing.T) {
	for in, want := range map[string][]string{
		"":                         nil,
		" \n\n\t\n":                nil,
		"one":                      {"one"},
		"\ufeffone\r\n  two \r\n":  {"one\ntwo"},
		"one\n\n\n two\n\nthree\n": {"one", "two", "three"},
		"old\rMac\r\rfile":         {"old\nMac", "file"},
		"soft\u00adhyphen, 👩‍👧":    {"soft\u00adhyphen, 👩‍👧"},
	} {
		got, err := ParseWords([]byte(in))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%q: %v\n%s", in, err, diff)
		}
	}
	for in, want := range map[string]string{
		"a\nb\x00c":                     "line 2 of the words has the character U+0000",
		"a\u202eb":                      "U+202E",
		"\x1b[31m":                      "U+001B",
		"a\xff":                         "not UTF-8",
		strings.Repeat("a", MaxWords+1): "at most 8192",
	} {
		if _, err := ParseWords([]byte(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: got %v, want %q", in, err, want)
		}
	}
}

func FuzzParseWords(f *testing.F) {
	f.Add([]byte("one\n\ntwo\r\nthree"))
	f.Add([]byte("\ufeff\u202e"))
	f.Fuzz(func(t *testing.T, in []byte) {
		all, err := ParseWords(in)
		if err != nil {
			return
		}
		again, err := ParseWords([]byte(strings.Join(all, "\n\n")))
		if diff := cmp.Diff(all, again); diff != "" || err != nil {
			t.Fatalf("read again: %v\n%s", err, diff)
		}
		for _, p := range all {
			if p == "" || !utf8.ValidString(p) || strings.ContainsAny(p, "\r\t\x00\u202e") {
				t.Fatalf("%q", p)
			}
		}
	})
}

// TestWordings: every language says everything.
func TestWordings(t *testing.T) {
	for _, l := range seawall.Languages() {
		w := wordings[l]
		if w == nil {
			t.Fatalf("%s has no words", l)
		}
		for _, s := range []string{
			w.language, w.choose, w.sites, w.site, w.stateOf, w.ownWords, w.frozen, w.overview, w.counted, w.sector, w.measured, w.disturbed, w.undisturbed,
			w.other, w.total, w.withheld, w.nothing, w.summary, w.at, w.due, w.notDue, w.feeds, w.json, w.atom, w.moment, w.maker, w.missing,
		} {
			if s == "" {
				t.Errorf("%s lacks words: %+v", l, w)
			}
		}
		for s := range states {
			if w.state[s] == "" || w.headline[s] == "" || w.legend[s] == "" {
				t.Errorf("%s lacks words for %v", l, s)
			}
		}
		if len(w.explain) != 3 {
			t.Errorf("%s explains in %d paragraphs", l, len(w.explain))
		}
	}
}
