package origin

import (
	"fmt"
	"hash/fnv"
	"net/http"
	"strings"

	"github.com/seawall-project/seawall/internal/drill/paper"
	"github.com/seawall-project/seawall/internal/drill/work"
)

// The values of Cache-Control.
const (
	noStore   = "no-store"
	tenSec    = "max-age=10"
	oneMinute = "max-age=60"
	oneDay    = "max-age=86400"
)

const htmlType = "text/html; charset=utf-8"

// answer is what a request will get, before any work is spent on it.
type answer struct {
	front  bool      // the front answers it alone
	kind   work.Kind // else what a worker has to do
	status int
	mime   string
	cache  string
	etag   string // empty for none
	cookie bool
	body   func() []byte
}

// route decides what to answer. sent is the request's body. What the paper has is the paper's, whoever asks; attack orders come next; a
// query that means nothing to either is passed over, as a content management system does, unless it asks for a page beyond the last.
func (o *Origin) route(r *http.Request, sent []byte) answer {
	path, _, query := strings.Cut(target(r), "?")
	if query {
		if a, ok := o.asked(r, path); ok {
			return a
		}
	}
	if a, ok := o.print(r.Method, path, sent); !query && ok {
		return a
	}
	if kind, private, ok := o.match(r.Method, target(r)); ok {
		return extra(r, kind, private)
	}
	if a, ok := o.print(r.Method, path, sent); ok && !r.URL.Query().Has("page") {
		return a
	}
	return notFound()
}

// target returns path and query as they were sent.
func target(r *http.Request) string {
	if strings.HasPrefix(r.RequestURI, "/") {
		return r.RequestURI
	}
	return r.URL.RequestURI()
}

// print returns what the paper has at path by itself.
func (o *Origin) print(method, path string, sent []byte) (answer, bool) {
	switch method {
	case http.MethodGet, http.MethodHead:
		return o.printed(path)
	case http.MethodPost:
		return o.posted(path, sent)
	}
	return answer{}, false
}

func (o *Origin) printed(path string) (answer, bool) {
	if d, ok := o.paper.Asset(path); ok {
		return answer{front: true, status: http.StatusOK, mime: d.Type, cache: oneDay, etag: d.ETag, body: whole(d)}, true
	}
	if path == paper.SearchPath {
		return o.search(""), true
	}
	d, ok := o.paper.Page(path)
	if !ok {
		return answer{}, false
	}
	a := answer{kind: work.Page, status: http.StatusOK, mime: d.Type, cache: oneMinute, body: whole(d)}
	switch {
	case path == paper.FeedPath:
		a.front, a.etag = true, d.ETag
	case path == paper.FrontPath:
		a.cache = tenSec
	case o.paper.FormFields(path) != nil:
		a.cache, a.cookie = noStore, true
	default:
		a.etag = d.ETag
	}
	return a, true
}

func (o *Origin) posted(path string, sent []byte) (answer, bool) {
	if o.paper.FormFields(path) == nil {
		return answer{}, false
	}
	body := func() []byte { return o.paper.Form(path, sent) }
	return answer{kind: work.Form, status: http.StatusOK, mime: htmlType, cache: noStore, cookie: true, body: body}, true
}

// asked returns what the paper has for a path with a query: a search, or a page of the archive.
func (o *Origin) asked(r *http.Request, path string) (answer, bool) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return answer{}, false
	}
	switch {
	case path == paper.SearchPath:
		return o.search(r.URL.Query().Get("q")), true
	case path == paper.ArchivePath && r.URL.Query().Has("page"):
		return o.printed(paper.ArchivePath + "?page=" + r.URL.Query().Get("page"))
	}
	return answer{}, false
}

func (o *Origin) search(word string) answer {
	body := func() []byte { return o.paper.Search(word) }
	return answer{kind: work.Search, status: http.StatusOK, mime: htmlType, cache: noStore, body: body}
}

// extra returns the answer to what only the attack orders know.
func extra(r *http.Request, kind work.Kind, private bool) answer {
	h := fnv.New64a()
	h.Write([]byte(r.Method + " " + target(r)))
	page := fmt.Appendf(nil, "<!doctype html>\n<html lang=\"en\"><title>%s</title><h1>%s</h1><p>Entry %016x of the register.</p></html>\n",
		paper.Name, kind, h.Sum64())
	a := answer{kind: kind, status: http.StatusOK, mime: htmlType, cache: oneMinute, body: func() []byte { return page }}
	if private {
		a.cache = noStore
	}
	return a
}

func notFound() answer {
	page := []byte("<!doctype html>\n<html lang=\"en\"><title>" + paper.Name + "</title><h1>No such page</h1></html>\n")
	return answer{kind: work.Page, status: http.StatusNotFound, mime: htmlType, cache: oneMinute, body: func() []byte { return page }}
}

func whole(d paper.Doc) func() []byte { return func() []byte { return d.Body } }
