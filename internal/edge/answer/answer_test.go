package answer

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const id seawall.RequestID = 0x0123456789abcdef

var (
	courier = &seawall.Site{
		Name:     "www.example.org",
		Language: seawall.Danish,
		Words: map[seawall.Language]seawall.Words{
			seawall.English: {
				Title:   "The Example Courier",
				Message: "Read the news on our second site meanwhile.",
				Contact: "desk@example.org, +00 00 00 00 00",
			},
			seawall.Danish: {
				Title:   "Eksempelkureren",
				Message: "Læs imens nyhederne på vores andet websted.",
				Contact: "redaktion@example.org, +00 00 00 00 00",
			},
		},
	}
	bare = &seawall.Site{Name: "bare.example.org"}
)

func TestNoteGolden(t *testing.T) {
	b := newBook(t, courier, bare)
	const none = 2
	tests := map[string]struct {
		site         int
		situation    Situation
		unsafe, sent bool
		request      *seawall.Request
	}{
		"busy_en":                {0, Busy, false, false, reader("en")},
		"down_da":                {0, Down, false, false, reader("da")},
		"late_en_form_unknown":   {0, Late, true, true, reader("en")},
		"broken_da_form_unknown": {0, Broken, true, true, reader("da")},
		"busy_da_form_unsent":    {0, Busy, true, false, reader("da")},
		"down_en_bare":           {1, Down, false, false, reader("")},
		"busy_en_no_site":        {none, Busy, false, false, reader("en")},
		"busy_en_problem":        {0, Busy, false, false, program("en")},
		"late_da_problem":        {0, Late, true, true, program("da")},
		"broken_asset":           {0, Broken, false, false, asset()},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			golden(t, name, b.Note(test.site, test.situation, test.unsafe, test.sent, test.request))
		})
	}
}

func TestRefusalGolden(t *testing.T) {
	b := newBook(t)
	for _, status := range []int{400, 403, 413, 421, 501} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			golden(t, fmt.Sprintf("refusal_%d", status), b.Refusal(status))
		})
	}
	for status := 400; status <= 599; status++ {
		if p := b.Refusal(status); p.Status != status || p.Len() == 0 {
			t.Errorf("Refusal(%d): got status %d and %d bytes, want %[1]d and some", status, p.Status, p.Len())
		}
	}
	for _, status := range []int{-1, 0, 200, 399, 600} {
		if got, want := b.Refusal(status).Status, 500; got != want {
			t.Errorf("Refusal(%d).Status: got %d, want %d", status, got, want)
		}
	}
}

func TestLanguagesAreCovered(t *testing.T) {
	if got, want := int(languages), len(seawall.Languages()); got != want {
		t.Fatalf("languages: got %d, want %d", got, want)
	}
	for l, w := range wordings {
		for s := range situations {
			if w.heading[s] == "" || w.what[s] == "" || w.when[s] == "" {
				t.Errorf("%s lacks words for %s", seawall.Language(l), s)
			}
		}
	}
}

// TestNotesAreSmall holds every page with the longest words allowed, none of them ASCII, under the bound.
func TestNotesAreSmall(t *testing.T) {
	longest := seawall.Words{
		Title:   strings.Repeat("å", 80),
		Message: strings.Repeat("ø", 500),
		Contact: strings.Repeat("æ", 200),
	}
	site := &seawall.Site{
		Name:  strings.Repeat("a", 63) + "." + strings.Repeat("b", 63) + ".example.org",
		Words: map[seawall.Language]seawall.Words{seawall.English: longest, seawall.Danish: longest},
	}
	n := &newBook(t, site).notes[0]
	most := 0
	for l := range languages {
		for s := range situations {
			for f := range fates {
				most = max(most, n.html[l][s][f].Len(), n.problem[l][s][f].Len())
			}
		}
	}
	if most > MaxBytes {
		t.Errorf("longest page: got %d bytes, want at most %d", most, MaxBytes)
	}
	t.Logf("longest page: %d bytes", most)
}

func TestNewRefuses(t *testing.T) {
	long := &seawall.Site{Name: "example.org", Words: map[seawall.Language]seawall.Words{
		seawall.Danish: {Message: strings.Repeat("&", 1000)},
	}}
	for name, site := range map[string]*seawall.Site{"words past the bound": long, "no site": nil} {
		t.Run(name, func(t *testing.T) {
			if _, err := New([]*seawall.Site{site}); err == nil {
				t.Error("got no error")
			}
		})
	}
}

func TestWordsCannotInjectMarkup(t *testing.T) {
	const evil = `</title></style><script>alert(1)</script><img src=x onerror="a">'"&{{.ID}}` + string(idMark)
	site := &seawall.Site{Name: evil, Words: map[seawall.Language]seawall.Words{
		seawall.English: {Title: evil, Message: evil, Contact: evil},
		seawall.Danish:  {Message: evil},
	}}
	clean := &seawall.Site{Name: "x", Words: map[seawall.Language]seawall.Words{
		seawall.English: {Title: "x", Message: "x", Contact: "x"},
		seawall.Danish:  {Message: "x"},
	}}
	b := newBook(t, site, clean)
	for _, l := range []string{"en", "da"} {
		got := string(b.Note(0, Down, false, false, reader(l)).AppendBody(nil, id))
		want := string(b.Note(1, Down, false, false, reader(l)).AppendBody(nil, id))
		for _, mark := range []string{"<", ">", `"`, "'"} {
			if got, want := strings.Count(got, mark), strings.Count(want, mark); got != want {
				t.Errorf("%s: %s occurs %d times, want %d", l, mark, got, want)
			}
		}
		if got, want := strings.Count(got, id.String()), 1; got != want {
			t.Errorf("%s: the request id occurs %d times, want %d", l, got, want)
		}
	}
	var doc map[string]any
	if err := json.Unmarshal(b.Note(0, Down, false, false, program("en")).AppendBody(nil, id), &doc); err != nil {
		t.Errorf("decode problem: %v", err)
	}
	if got, want := doc["site"], any(evil); got != want {
		t.Errorf("site: got %q, want %q", got, want)
	}
}

// TestStyleIsAllowed compares the policy with what the page holds, since the renderer may rewrite a style.
func TestStyleIsAllowed(t *testing.T) {
	p := newBook(t, courier).Note(0, Busy, false, false, reader("en"))
	body := string(p.AppendBody(nil, id))
	_, rest, _ := strings.Cut(body, "<style>")
	text, _, ok := strings.Cut(rest, "</style>")
	if !ok {
		t.Fatalf("no style in %s", body)
	}
	if policy, want := p.Fields.Get("Content-Security-Policy"), "'"+hashSource(text)+"'"; !strings.Contains(policy, want) {
		t.Errorf("policy %q does not allow %s", policy, want)
	}
}

func TestRetryAfter(t *testing.T) {
	b := newBook(t, courier)
	for s, base := range map[Situation]int{Busy: 10, Down: 30, Late: 15, Broken: 30} {
		p := b.Note(0, s, false, false, reader("en"))
		seen := map[int]bool{}
		for i := range uint64(5000) {
			got := p.RetryAfter(seawall.RequestID(i * 0x9e3779b97f4a7c15))
			if got < base || got > 2*base {
				t.Fatalf("%s: got %d s, want %d to %d", s, got, base, 2*base)
			}
			seen[got] = true
		}
		if got, want := len(seen), base+1; got != want {
			t.Errorf("%s: %d different delays, want %d", s, got, want)
		}
	}
	if got := b.Refusal(400).RetryAfter(id); got != 0 {
		t.Errorf("after 400: got %d s, want none", got)
	}
}

func TestNoteDoesNotAllocate(t *testing.T) {
	b := newBook(t, courier)
	dst := make([]byte, 0, MaxBytes)
	for name, r := range map[string]*seawall.Request{"reader": reader("da, en;q=0.5"), "program": program("en"), "asset": asset()} {
		allocs := testing.AllocsPerRun(100, func() {
			p := b.Note(0, Late, true, true, r)
			_ = p.RetryAfter(id)
			dst = p.AppendBody(dst[:0], id)
			_ = b.Refusal(421)
		})
		if allocs != 0 {
			t.Errorf("%s: got %v allocations, want 0", name, allocs)
		}
	}
}

func BenchmarkNote(b *testing.B) {
	book, err := New([]*seawall.Site{courier})
	if err != nil {
		b.Fatal(err)
	}
	r := reader("da-DK,da;q=0.9,en-US;q=0.8,en;q=0.7")
	dst := make([]byte, 0, MaxBytes)
	b.ReportAllocs()
	for b.Loop() {
		dst = book.Note(0, Busy, false, false, r).AppendBody(dst[:0], id)
	}
}

func newBook(tb testing.TB, sites ...*seawall.Site) *Book {
	tb.Helper()
	b, err := New(sites)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func reader(language string) *seawall.Request {
	return &seawall.Request{Fields: seawall.Fields{
		{Name: "User-Agent", Value: "Example/1.0"},
		{Name: "Accept", Value: "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"},
		{Name: "Accept-Language", Value: language},
		{Name: "Sec-Fetch-Dest", Value: "document"},
	}}
}

func program(language string) *seawall.Request {
	return &seawall.Request{Fields: seawall.Fields{{Name: "accept", Value: "application/json"}, {Name: "accept-language", Value: language}}}
}

func asset() *seawall.Request {
	return &seawall.Request{Fields: seawall.Fields{{Name: "Sec-Fetch-Dest", Value: "image"}}}
}

// golden compares a whole answer, fields and body, with testdata/name.golden.
func golden(t *testing.T, name string, p *Page) {
	t.Helper()
	var got bytes.Buffer
	fmt.Fprintf(&got, "%d\n", p.Status)
	for _, f := range p.Fields {
		fmt.Fprintf(&got, "%s: %s\n", f.Name, f.Value)
	}
	body := p.AppendBody(nil, id)
	if got, want := len(body), p.Len(); got != want {
		t.Errorf("Len: got %d, want %d", want, got)
	}
	if got, want := p.Fields.Get("Content-Type"), p.ContentType; got != want {
		t.Errorf("Content-Type: got %q, want %q", got, want)
	}
	fmt.Fprintf(&got, "\n%s", body)
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
