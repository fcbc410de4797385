package rules

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall"
)

var now = time.Date(2025, 11, 17, 18, 0, 0, 0, time.UTC)

// set returns a set of rules, each written as "METHOD /path?key&key".
func set(id string, lines ...string) seawall.RuleSet {
	s := seawall.RuleSet{ID: id, Site: "www.example.org", Since: now, Until: now.Add(seawall.RuleSetLife)}
	for i, line := range lines {
		method, target, _ := strings.Cut(line, " ")
		path, query, _ := strings.Cut(target, "?")
		r := seawall.Rule{ID: fmt.Sprint(i + 1), Method: method, Path: path, Effect: seawall.Effect{Weight: seawall.WeightLater}}
		if query != "" {
			r.Query = strings.Split(query, "&")
		}
		s.Rules = append(s.Rules, r)
	}
	return s
}

func compile(tb testing.TB, sets ...seawall.RuleSet) *Matcher {
	tb.Helper()
	for i := range sets {
		if err := sets[i].Check(); err != nil {
			tb.Fatal(err)
		}
	}
	m, err := Compile(sets)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func request(line string) *seawall.Request {
	method, target, _ := strings.Cut(line, " ")
	path, query, _ := strings.Cut(target, "?")
	return &seawall.Request{Method: method, Path: path, Query: query}
}

func TestMatch(t *testing.T) {
	m := compile(t, set("a",
		"GET /", "GET /?s", "GET /search?q&page", "GET /news/{number}", "GET /news/{word}/", "POST /login", "GET /u/{email}",
		"GET /x/{token}", "GET /x/special", "GET /list/page-{number}.html", "GET /list/{word}-{number}", "GET /%7Btoken%7D", "GET /{odd}",
		"GET /a?k&k"))
	for _, tt := range []struct{ line, want string }{
		{"GET /", "a/1"},
		{"HEAD /", "a/1"},
		{"POST /", ""},
		{"GET //", ""},
		{"GET /?s=abc", "a/2"},
		{"GET /?s", "a/2"},
		{"GET /?&s=&", "a/2"},
		{"GET /?s=1&s=2", ""},
		{"GET /?S=abc", ""},
		{"GET /search?page=1&q=a", "a/3"},
		{"GET /search?q=a", ""},
		{"GET /search?q=a&page=1&x=2", ""},
		{"GET /news/123", "a/4"},
		{"GET /news/-1,5", "a/4"},
		{"GET /news/12a", ""},
		{"GET /news/", ""},
		{"GET /news/local/", "a/5"},
		{"GET /news/gr%C3%B8n-by/", "a/5"},
		{"GET /news/local", ""},
		{"GET /news/local2/", ""},
		{"POST /login", "a/6"},
		{"GET /login", ""},
		{"GET /u/a@example.org", "a/7"},
		{"GET /u/a%40example.org", "a/7"},
		{"GET /x/anything7", "a/8"},
		{"GET /x/special", "a/9"},
		{"GET /x/", ""},
		{"GET /list/page-7.html", "a/10"},
		{"GET /list/page-html", "a/11"}, // between literals, any class is anything
		{"GET /list/7", "a/11"},         // ends in classes on both sides
		{"GET /%7Btoken%7D", "a/12"},
		{"GET /abc", ""},
		{"GET /{odd}", "a/13"},
		{"GET /a?k=1&k=2", "a/14"},
		{"GET /a?k=1", ""},
		{"GET ", ""},
		{"OPTIONS *", ""},
	} {
		got := ""
		if r := m.Match(now, request(tt.line)); r != nil {
			got = r.Name
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.line, got, tt.want)
		}
	}
}

func TestPartsAreNotNothing(t *testing.T) {
	m := compile(t, set("a", "GET /list/page-{number}.html"))
	for segment, want := range map[string]bool{"page-7.html": true, "page-x7.html": true, "page-.html": false, "page.html": false, "page-7": false} {
		if got := m.Match(now, request("GET /list/"+segment)) != nil; got != want {
			t.Errorf("%s: got %v", segment, got)
		}
	}
}

func TestMatchEnds(t *testing.T) {
	early, late := set("early", "GET /a"), set("late", "GET /a")
	early.Until = now.Add(time.Hour)
	m := compile(t, early, late)
	for at, want := range map[time.Duration]string{0: "early/1", time.Hour - 1: "early/1", time.Hour: "late/1", seawall.RuleSetLife - 1: "late/1", seawall.RuleSetLife: ""} {
		got := ""
		if r := m.Match(now.Add(at), request("GET /a")); r != nil {
			got = r.Name
		}
		if got != want {
			t.Errorf("after %v: got %q, want %q", at, got, want)
		}
	}
	if (*Matcher)(nil).Match(now, request("GET /a")) != nil || (*Matcher)(nil).Len() != 0 || m.Len() != 2 {
		t.Error("a nil matcher has rules, or two rules are not two")
	}
}

// TestMatchAgainstReference compares with regular expressions on random rules and requests made of few words.
func TestMatchAgainstReference(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	pick := func(from ...string) string { return from[rng.IntN(len(from))] }
	path := func(from ...string) string {
		var b strings.Builder
		for range 1 + rng.IntN(4) {
			b.WriteString("/" + pick(from...))
		}
		return b.String()
	}
	query := func() string { return pick("", "?a", "?a&b", "?b&a", "?c", "?a&a") }
	for range 400 {
		var lines []string
		for range 1 + rng.IntN(12) {
			lines = append(lines, pick("GET", "POST")+" "+path("", "a", "b", "{word}", "{number}", "{email}", "{token}", "a-{token}", "{number}.b")+query())
		}
		m, err := Compile([]seawall.RuleSet{set("s", lines...)})
		if err != nil {
			t.Fatal(err)
		}
		for range 100 {
			line := pick("GET", "HEAD", "POST") + " " + path("", "a", "b", "c", "7", "-8.5", "a@b", "a%40", "x7", "a-", "a-1", "1.b", ".b", "%C3%A6") + query()
			want := slices.ContainsFunc(lines, func(rule string) bool { return fits(rule, line) })
			if got := m.Match(now, request(line)) != nil; got != want {
				t.Fatalf("%s with rules %q: got %v", line, lines, got)
			}
		}
	}
}

// fits is the slow and obvious way.
func fits(rule, line string) bool {
	split := func(s string) (method, path string, keys []string) {
		method, target, _ := strings.Cut(s, " ")
		path, query, _ := strings.Cut(target, "?")
		if query != "" {
			keys = strings.Split(query, "&")
		}
		slices.Sort(keys)
		return strings.Replace(method, "HEAD", "GET", 1), path, keys
	}
	m1, p1, k1 := split(rule)
	m2, p2, k2 := split(line)
	if m1 != m2 || !slices.Equal(k1, k2) {
		return false
	}
	expr := regexp.QuoteMeta(p1)
	for _, class := range [][2]string{
		{"word", `(?:%[0-9A-F]{2}|[^/@0-9%])+`}, {"number", `[-+.,0-9]*[0-9][-+.,0-9]*`}, {"email", `[^/]*(?:@|%40)[^/]*`}, {"token", `[^/]+`},
	} {
		whole := regexp.QuoteMeta("{" + class[0] + "}")
		expr = regexp.MustCompile(`(^|/)`+regexp.QuoteMeta(whole)+`(/|$)`).ReplaceAllStringFunc(expr, func(s string) string { return strings.Replace(s, whole, class[1], 1) })
		expr = regexp.MustCompile(`(^|/)`+regexp.QuoteMeta(whole)+`(/|$)`).ReplaceAllStringFunc(expr, func(s string) string { return strings.Replace(s, whole, class[1], 1) })
		expr = strings.ReplaceAll(expr, whole, `[^/]+`) // a part of a segment
	}
	if !regexp.MustCompile("^" + expr + "$").MatchString(p2) {
		return false
	}
	return !strings.Contains(p1, "{word}") || !emailAsWord(p1, p2)
}

// emailAsWord reports whether a segment that holds "%40" stands where the rule wants a word.
func emailAsWord(rule, path string) bool {
	want, got := strings.Split(rule, "/"), strings.Split(path, "/")
	for i := range want {
		if want[i] == "{word}" && strings.Contains(got[i], "%40") {
			return true
		}
	}
	return false
}

func TestCompileRefuses(t *testing.T) {
	var sets []seawall.RuleSet
	for i := range MaxSets + 1 {
		sets = append(sets, set(fmt.Sprintf("s%d", i), fmt.Sprintf("GET /%d", i)))
	}
	if _, err := Compile(sets); err == nil || !strings.Contains(err.Error(), "s8") {
		t.Errorf("one set too many: got %v", err)
	}
	var lines []string
	for i := range maxShapes + 1 {
		path := ""
		for bit := range 5 {
			path += []string{"/a", "/{token}"}[i>>bit&1]
		}
		lines = append(lines, "GET "+path)
	}
	compile(t, set("fits", lines[:maxShapes]...))
	if _, err := Compile([]seawall.RuleSet{set("many", lines...)}); err == nil || !strings.Contains(err.Error(), "24 shapes") {
		t.Errorf("one shape too many: got %v", err)
	}
	lines = nil
	for i := range maxAlike + 1 {
		lines = append(lines, fmt.Sprintf("GET /%c-{token}", 'a'+i))
	}
	compile(t, set("fits", lines[:maxAlike]...))
	if _, err := Compile([]seawall.RuleSet{set("many", lines...)}); err == nil || !strings.Contains(err.Error(), "8 rules like it") {
		t.Errorf("one rule too many of a kind: got %v", err)
	}
	if m, err := Compile(nil); m != nil || err != nil {
		t.Errorf("no sets: got %v, %v", m, err)
	}
}

// worst returns the rules that make matching cost most, and a request that fits none of them.
func worst(tb testing.TB) (*Matcher, *seawall.Request) {
	tb.Helper()
	var sets []seawall.RuleSet
	for s := range MaxSets {
		var lines []string
		for i := range maxShapes {
			path := ""
			for bit := range seawall.MaxRuleSegments {
				path += []string{"/a", "/{token}"}[i>>bit&1]
			}
			lines = append(lines, fmt.Sprintf("GET %s?k%d", path, s))
		}
		sets = append(sets, set(fmt.Sprintf("s%d", s), lines...))
	}
	return compile(tb, sets...), request("GET " + strings.Repeat("/a", seawall.MaxRuleSegments) + "?" + strings.Repeat("key=value&", 15) + "q=1")
}

func TestMatchDoesNotAllocate(t *testing.T) {
	m, r := worst(t)
	hit := request("GET /a/a/a/a/a/a/a/a?k1=v")
	if m.Match(now, hit) == nil {
		t.Fatal("does not match")
	}
	if n := testing.AllocsPerRun(100, func() { m.Match(now, r); m.Match(now, hit) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestBook(t *testing.T) {
	b := NewBook(400)
	m := compile(t, set("a", "GET /search?q", "GET /list/page-{number}"))
	if fit, of := b.Count(m); fit != 0 || of != 0 {
		t.Errorf("an empty book: %d of %d", fit, of)
	}
	for i := range 400 {
		line := fmt.Sprintf("GET /news/%d", i)
		switch i % 100 {
		case 0:
			line = fmt.Sprintf("GET /search?q=%d", i)
		case 1:
			line = "GET /list/other-1" // counts as fitting: parts are not in the book
		case 2:
			line = "GET " + strings.Repeat("/a", 9)
		}
		b.Note(request(line))
	}
	if fit, of := b.Count(m); fit != 8 || of != 400 {
		t.Errorf("got %d of %d, want 8 of 400", fit, of)
	}
	for range 100_000 {
		b.Note(request("GET /search?q=x"))
	}
	fit, of := b.Count(m)
	if fit < 390 || of != 400 {
		t.Errorf("got %d of %d, want what was asked lately and no more than 400", fit, of)
	}
	var none *Book
	none.Note(request("GET /"))
	if fit, of := none.Count(m); fit != 0 || of != 0 {
		t.Errorf("no book: %d of %d", fit, of)
	}
	r := request("GET /news/1?a=b")
	if n := testing.AllocsPerRun(1000, func() { b.Note(r) }); n != 0 {
		t.Errorf("%v allocations a note", n)
	}
}

// FuzzMatch holds that a rule fits the request it is written from, and that nothing in either upsets the other.
func FuzzMatch(f *testing.F) {
	for _, s := range []string{"/", "/a/b", "/{word}", "/a{number}b{token}c", "/{", "/}{", "/{word", "/a//b/", "/%", "/%4", "/%40", "/{email}/x"} {
		f.Add(s, "q", s, "q=1")
	}
	f.Fuzz(func(t *testing.T, rule, key, path, query string) {
		s := seawall.RuleSet{ID: "s", Site: "x", Since: now, Until: now.Add(time.Hour), Rules: []seawall.Rule{{ID: "1", Method: "GET", Path: rule, Query: []string{key}}}}
		if s.Check() != nil {
			return
		}
		m, err := Compile([]seawall.RuleSet{s})
		if err != nil {
			t.Fatal(err)
		}
		m.Match(now, &seawall.Request{Method: "GET", Path: path, Query: query})
		filled := strings.NewReplacer("{word}", "hello", "{number}", "12", "{email}", "a@b", "{token}", "x7").Replace(rule)
		if m.Match(now, &seawall.Request{Method: "GET", Path: filled, Query: key + "=1"}) == nil && !nested(rule) {
			t.Errorf("rule %q does not fit %q?%s", rule, filled, key)
		}
		b := NewBook(1)
		b.Note(&seawall.Request{Method: "GET", Path: path, Query: query})
		if fit, _ := b.Count(m); fit == 0 && m.Match(now, &seawall.Request{Method: "GET", Path: path, Query: query}) != nil {
			t.Errorf("%q fits %q and is not counted", path, rule)
		}
	})
}

// nested reports whether braces of a path stand in a way that filling and reading may take differently.
func nested(path string) bool {
	return regexp.MustCompile(`\{[^}/]*\{|%[^/]?[^/]?\{`).MatchString(path)
}

func BenchmarkMatch(b *testing.B) {
	usual := compile(b, set("a", "GET /search?q", "POST /login", "POST /contact", "GET /archive?page", "GET /news/{number}", "GET /", "GET /?s", "POST /api/x"))
	far, missed := worst(b)
	for _, bm := range []struct {
		name string
		m    *Matcher
		r    *seawall.Request
	}{
		{"search", usual, request("GET /search?q=harbour")},
		{"miss", usual, request("GET /news/2025/11/a-long-title-of-an-article")},
		{"worst", far, missed},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				bm.m.Match(now, bm.r)
			}
		})
	}
}
