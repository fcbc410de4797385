package readers

import (
	"net/http"
	"strings"

	"github.com/seawall-project/seawall/internal/drill/work"
)

// browsers are the User-Agent fields of ordinary browsers.
var browsers = []string{
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
	"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15",
	"Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
}

var languages = map[string]string{
	"da": "da-DK,da;q=0.9,en-US;q=0.8,en;q=0.7",
	"en": "en-GB,en;q=0.9,da;q=0.5",
}

// request is one request before it is built.
type request struct {
	method, target, body string
	fields               [][2]string
}

// navigation returns the request of a click.
func (r *reader) navigation(v View, referer string) request {
	q := request{method: http.MethodGet, target: v.Target}
	switch r.visit.Agent {
	case FeedReader:
		q.fields = [][2]string{{"User-Agent", "ExampleReader/2.4 (+https://reader.example.net/)"}, {"Accept", "application/rss+xml, */*;q=0.5"}}
		return q
	case Script:
		q.fields = [][2]string{{"User-Agent", "curl/8.14.1"}, {"Accept", "*/*"}}
		return q
	}
	q.fields = append(r.common(referer),
		[2]string{"Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
		[2]string{"Upgrade-Insecure-Requests", "1"},
		[2]string{"Sec-Fetch-Dest", "document"}, [2]string{"Sec-Fetch-Mode", "navigate"},
		[2]string{"Sec-Fetch-Site", siteOf(referer)}, [2]string{"Sec-Fetch-User", "?1"})
	if v.Kind == work.Form {
		q.method, q.body = http.MethodPost, v.Body
		q.fields = append(q.fields, [2]string{"Content-Type", "application/x-www-form-urlencoded"}, [2]string{"Origin", r.base})
	}
	return q
}

// subresource returns the request of a browser for an asset of the page at page.
func (r *reader) subresource(link, page string) request {
	accept, dest := kindOf(link)
	fields := append(r.common(page), [2]string{"Accept", accept},
		[2]string{"Sec-Fetch-Dest", dest}, [2]string{"Sec-Fetch-Mode", "no-cors"}, [2]string{"Sec-Fetch-Site", "same-origin"})
	return request{method: http.MethodGet, target: link, fields: fields}
}

// common returns what a browser sends with everything.
func (r *reader) common(referer string) [][2]string {
	fields := [][2]string{{"User-Agent", browsers[r.visit.Browser]}, {"Accept-Language", languages[r.visit.Language]}}
	if referer != "" {
		fields = append(fields, [2]string{"Referer", referer})
	}
	return fields
}

// siteOf returns Sec-Fetch-Site for a navigation: typed in, or followed from a page of the same site.
func siteOf(referer string) string {
	if referer == "" {
		return "none"
	}
	return "same-origin"
}

// kindOf returns Accept and Sec-Fetch-Dest for an asset.
func kindOf(link string) (accept, dest string) {
	switch {
	case strings.HasSuffix(link, ".css"):
		return "text/css,*/*;q=0.1", "style"
	case isScript(link):
		return "*/*", "script"
	}
	return "image/avif,image/webp,image/svg+xml,image/*,*/*;q=0.8", "image"
}

func isScript(link string) bool { return strings.HasSuffix(link, ".js") }
