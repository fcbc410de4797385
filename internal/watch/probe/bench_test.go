package probe

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// newsPage is 50 kB of invented news.
func newsPage() string {
	var b strings.Builder
	b.WriteString("<!doctype html><meta charset=utf-8><title>News</title>")
	for i := 0; b.Len() < 50_000; i++ {
		fmt.Fprintf(&b, `<article class="a%d"><h2><a href="/%d">Headline %d of the day</a></h2><p>Something number %d happened somewhere.</article>`, i%7, i, i, i*31)
	}
	return b.String()
}

// BenchmarkProbe asks an HTTPS site with a page of 50 kB, over a fresh connection. What the site spends is in it.
func BenchmarkProbe(b *testing.B) {
	bed := newBed(b)
	news := newsPage()
	url := bed.secure(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, news) }, "www.example.org")
	now := time.Now()
	p := bed.prober(func(o *Options) { o.Now = func() time.Time { return now } })
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(Window)
		if r := p.Probe(b.Context(), Target{URL: url}); r.Class != OK {
			b.Fatalf("%v: %s", r.Class, r.Evidence.Error)
		}
		if now.After(time.Now().AddDate(0, 1, 0)) {
			now = time.Now()
			p.options.Budget, _ = NewBudget(1)
		}
	}
}

// BenchmarkReadPage is what a page of 50 kB costs beside its hash.
func BenchmarkReadPage(b *testing.B) {
	news := []byte(newsPage())
	b.SetBytes(int64(len(news)))
	b.ReportAllocs()
	for b.Loop() {
		readPage(news, "text/html; charset=utf-8")
	}
}
