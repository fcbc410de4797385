package reference

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall/internal/watch/probe"
)

var noon = time.Date(2025, 11, 17, 12, 0, 0, 0, time.UTC)

// page is one of a title and a text.
func page(title, text string) Page { return Page{Title: title, Simhash: probe.Simhash(text)} }

// text is so many invented words, the same for the same seed.
func text(seed uint64, words int) []string {
	r := rand.New(rand.NewPCG(seed, 1))
	all := make([]string, words)
	for i := range all {
		all[i] = fmt.Sprintf("w%d", r.IntN(5000))
	}
	return all
}

// known is a reference that has seen a page for an hour, every minute.
func known(p Page) *Reference {
	r := new(Reference)
	for i := range 60 {
		r.Judge(p, noon.Add(time.Duration(i)*time.Minute))
	}
	return r
}

func TestJudge(t *testing.T) {
	front := text(1, 600)
	news := append(append([]string{}, front[:450]...), text(2, 150)...) // a quarter of it is new
	old := page("The Example | News", strings.Join(front, " "))
	evening := noon.Add(2 * time.Hour)
	for _, tt := range []struct {
		name  string
		shown Page
		other bool
	}{
		{"the same page", old, false},
		{"other news", page("The Example | News", strings.Join(news, " ")), false},
		{"all of it is new", page("The Example | News", strings.Join(text(3, 600), " ")), false},
		{"a number in the title", page("(3) The Example | NEWS", strings.Join(text(3, 600), " ")), false},
		{"another title", page("Count closes at eight", strings.Join(news, " ")), false},
		{"defaced", page("Owned by nobody", strings.Join(text(4, 12), " ")), true},
		{"parked", page("This domain is for sale", strings.Join(text(5, 80), " ")), true},
		{"the server's default page", page("Welcome to nginx!", "If you see this page, the nginx web server is successfully installed and working."), true},
		{"no title, and nothing in it", page("", ""), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := known(old).Judge(tt.shown, evening); got != tt.other {
				t.Errorf("another page: %v, want %v", got, tt.other)
			}
		})
	}
}

// TestAlike holds what the limit of likeness is said to tell apart, of 300 made-up pages each.
func TestAlike(t *testing.T) {
	others := func(part int) (far int) {
		for seed := range uint64(300) {
			words := text(seed, 600)
			shown := append(append([]string{}, words[:600-part]...), text(seed+10_000, part)...)
			if !like(page("", strings.Join(words, " ")), page("", strings.Join(shown, " "))) {
				far++
			}
		}
		return far
	}
	if n := others(150); n > 9 {
		t.Errorf("%d of 300 pages with a quarter of their words replaced are taken for others, want 3 %% at most", n)
	}
	if n := others(600); n != 300 {
		t.Errorf("%d of 300 pages that share nothing are taken for others, want all", n)
	}
}

// TestWithoutText: an application that is all script has no text. Its title tells it from others.
func TestWithoutText(t *testing.T) {
	r := known(page("The App", ""))
	if r.Judge(page("The App", ""), noon.Add(2*time.Hour)) {
		t.Error("the same page is another one")
	}
	if !r.Judge(page("Owned by nobody", strings.Join(text(4, 40), " ")), noon.Add(2*time.Hour)) {
		t.Error("another page is the same")
	}
}

// TestYoung: what has hardly been seen is not judged.
func TestYoung(t *testing.T) {
	var r Reference
	for i := range enough - 1 {
		r.Judge(page("The Example", strings.Join(text(1, 100), " ")), noon.Add(time.Duration(i)*time.Hour))
	}
	if r.Judge(page("Another", strings.Join(text(2, 100), " ")), noon.Add(48*time.Hour)) {
		t.Error("judged after few pages")
	}
	r = Reference{}
	for i := range 100 {
		r.Judge(page("The Example", strings.Join(text(1, 100), " ")), noon.Add(time.Duration(i)*time.Second))
	}
	if r.Judge(page("Another", strings.Join(text(2, 100), " ")), noon.Add(2*time.Minute)) {
		t.Error("judged after two minutes")
	}
}

// TestAdopted: a new design is another page for a day, or until somebody says that it is the site's. One that was shown twice for a minute, a day
// apart, is still another page, and one that takes turns with the old one is a form of it after a day.
func TestAdopted(t *testing.T) {
	old, redone := page("The Example", strings.Join(text(1, 100), " ")), page("Example 2.0", strings.Join(text(2, 100), " "))
	r, others := known(old), 0
	for i := range 26 * 60 {
		if r.Judge(redone, noon.Add(2*time.Hour+time.Duration(i)*time.Minute)) {
			others++
		}
	}
	if others != 24*60 {
		t.Errorf("another page for %d minutes, want a day", others)
	}
	r, others = known(old), 0
	for i := range 26 * 60 {
		shown := old
		if i%2 == 0 {
			shown = redone
		}
		if r.Judge(shown, noon.Add(2*time.Hour+time.Duration(i)*time.Minute)) {
			others++
		}
	}
	if others != 12*60 {
		t.Errorf("taking turns, it was another page %d times, want half of a day's minutes", others)
	}
	r = known(old)
	if r.Adopt() {
		t.Error("there was nothing to adopt")
	}
	r.Judge(redone, noon.Add(2*time.Hour))
	if !r.Judge(redone, noon.Add(27*time.Hour)) {
		t.Error("shown twice, a day apart, it is the site's own")
	}
	if !r.Adopt() || r.Judge(redone, noon.Add(28*time.Hour)) || r.Judge(old, noon.Add(28*time.Hour)) {
		t.Error("adopted, and still another page")
	}
}

// TestBounded: whatever is shown, little is remembered, and it comes back from JSON as it was.
func TestBounded(t *testing.T) {
	var r Reference
	for i := range 2000 {
		r.Judge(page(fmt.Sprint("title ", string('a'+rune(i%26)), i/26), strings.Join(text(uint64(i), 30), " ")), noon.Add(time.Duration(i)*time.Minute))
	}
	if len(r.Forms) > most {
		t.Errorf("%d forms are remembered", len(r.Forms))
	}
	doc, err := json.Marshal(r)
	var back Reference
	if err != nil || json.Unmarshal(doc, &back) != nil || cmp.Diff(r, back) != "" {
		t.Errorf("%v: %s", err, cmp.Diff(r, back))
	}
}
