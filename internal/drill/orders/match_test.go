package orders

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/seawall-project/seawall/internal/drill/work"
	"github.com/seawall-project/seawall/internal/intel/ddosia"
)

func TestMatch(t *testing.T) {
	p := mustPlan(t,
		entry(ddosia.HTTP, "GET", "/", ""),
		entry(ddosia.HTTP, "GET", "/?s=$_1", ""),
		entry(ddosia.HTTP, "GET", "/search?q=$_1&page=$_2", ""),
		entry(ddosia.HTTP, "GET", "/news/$_1.html", ""),
		entry(ddosia.HTTP, "GET", "/news/elections.html", ""),
		entry(ddosia.HTTP, "GET", "/$_1", ""),
		entry(ddosia.HTTP, "POST", "/login?next=$_1", "a=1"),
		entry(ddosia.HTTP, "POST", "/contact", "a=1"),
		entry(ddosia.HTTP, "POST", "/contact", "a=$_1"),
		entry(ddosia.HTTP, "POST", "/user/$_1/edit?x", "a=1"),
		entry(ddosia.Loris, "", "/slow", ""),
	)
	tests := []struct {
		method, target string
		kind           work.Kind
		noStore, ok    bool
	}{
		{"GET", "/", work.Page, false, true},
		{"HEAD", "/", work.Page, false, true},
		{"GET", "/?s=abc123", work.Search, true, true},
		{"GET", "/?s=abc123d", work.Search, true, true},
		{"GET", "/?s=abc", 0, false, false}, // shorter than any word of a bot
		{"GET", "/?s=", 0, false, false},
		{"GET", "/?", 0, false, false},
		{"GET", "/search?q=abcdef&page=abcdef", work.Search, true, true},
		{"GET", "/search?q=abcdef", 0, false, false},
		{"GET", "/search?q=abc%20def&page=abcdef", 0, false, false},
		{"GET", "/news/elections.html", work.Page, false, true},
		{"GET", "/news/elections9.html", work.Search, true, true},
		{"GET", "/abcdefg", work.Search, true, true},
		{"POST", "/login", work.Form, true, true},
		{"POST", "/login?next=whatever", work.Form, true, true},
		{"POST", "/contact", work.Form, true, true},
		{"POST", "/user/abcdef/edit", work.Form, true, true},
		{"POST", "/user//edit", work.Form, false, false},
		{"POST", "/", work.Form, false, false},
		{"PUT", "/contact", 0, false, false},
		{"GET", "/slow", 0, false, false},
	}
	for _, tt := range tests {
		kind, noStore, ok := p.Match(tt.method, tt.target)
		if ok != tt.ok || ok && (kind != tt.kind || noStore != tt.noStore) {
			t.Errorf("%s %s: got %v, %t, %t, want %v, %t, %t", tt.method, tt.target, kind, noStore, ok, tt.kind, tt.noStore, tt.ok)
		}
	}
}

// The one-pass matcher agrees with a regular expression of the same shape.
func TestMatchesAsRegexp(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	known := newTokens([]ddosia.Random{{Digit: true, Min: 1, Max: 2}, {Lower: true, Min: 2, Max: 3}, {Digit: true, Upper: true, Lower: true, Min: 1, Max: 4}})
	draw := func(parts ...string) string {
		var b strings.Builder
		for range 1 + rng.IntN(8) {
			b.WriteString(parts[rng.IntN(len(parts))])
		}
		return b.String()
	}
	for range 20_000 {
		p := known.pattern("/"+draw("$_0", "$_1", "$_2", "&", "-a", "a-", "/"), MaxTargetBytes)
		if !p.tokenised() {
			continue
		}
		one := shape{p.merged()}
		want := asRegexp(p.merged())
		for _, text := range []string{p.fill(rng), "/" + draw("1", "22", "ab", "A", "&", "-a", "a-", "/")} {
			if got := one.matches(text); got != want.MatchString(text) {
				t.Fatalf("%q %v and %q: got %t, want %t", p.literals, p.tokens, text, got, !got)
			}
		}
		if text := p.fill(rng); !one.matches(text) {
			t.Fatalf("%q %v: %q is not known again", p.literals, p.tokens, text)
		}
	}
}

func asRegexp(p pattern) *regexp.Regexp {
	var b strings.Builder
	b.WriteString("^" + regexp.QuoteMeta(p.literals[0]))
	for i, t := range p.tokens {
		b.WriteString("[" + t.class.chars() + "]{" + itoa(t.min) + "," + itoa(t.max) + "}" + regexp.QuoteMeta(p.literals[i+1]))
	}
	return regexp.MustCompile(b.String() + "$")
}

func BenchmarkMatch(b *testing.B) {
	var entries []ddosia.Entry
	for dir := range strings.SplitSeq(strings.Repeat("abcdefghijklmnopqrst", 15), "") {
		entries = append(entries, entry(ddosia.HTTP, "GET", "/"+dir+itoa(len(entries))+"/$_1?q=$_1", ""))
	}
	p := mustPlan(b, entries...)
	b.Run("hit", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			p.Match("GET", "/t299/abcdef12?q=abcdef12")
		}
	})
	b.Run("miss", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			p.Match("GET", "/news/the-council-meets-1001")
		}
	})
}
