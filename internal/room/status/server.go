package status

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// How long what is served may be kept by whoever fetched it: until the next page is due, within these; and a day when it cannot be fetched
// again (RFC 5861, section 4), which is what a status page is for.
const (
	leastAge   = 10 * time.Second
	frozenAge  = time.Minute
	mostAge    = 15 * time.Minute
	errorAge   = 24 * time.Hour
	retryAfter = 30 * time.Second
)

// Server serves the page that it was shown last, from memory: nothing but the files of that page can be asked for, by GET or HEAD. It may be
// used by any number of goroutines. The zero value answers 503 until the first page.
type Server struct {
	Now func() time.Time // nil means time.Now

	page atomic.Pointer[served]
}

type served struct {
	page  Page
	etags map[string]string
}

// Show makes p the page that is served.
func (s *Server) Show(p Page) {
	etags := make(map[string]string, len(p.Files))
	for name, data := range p.Files {
		sum := sha256.Sum256(data)
		etags[name] = `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	}
	s.page.Store(&served{p, etags})
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", policy+"; frame-ancestors 'none'")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed)
		return
	}
	p := s.page.Load()
	if p == nil {
		h.Set("Retry-After", seconds(retryAfter))
		refuse(w, http.StatusServiceUnavailable)
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	if name == "" {
		name = Index
	}
	data, ok := p.page.Files[name]
	if !ok {
		refuse(w, http.StatusNotFound)
		return
	}
	h.Set("Content-Type", ContentType(name))
	h.Set("Cache-Control", "public, max-age="+seconds(s.age(p.page.Due))+", stale-if-error="+seconds(errorAge))
	h.Set("ETag", p.etags[name])
	if path.Ext(name) != ".html" {
		h.Set("Access-Control-Allow-Origin", "*") // it is for other people's programs, and the same for everybody
	}
	http.ServeContent(w, r, "", p.page.At, bytes.NewReader(data))
}

// refuse answers with a status alone.
func refuse(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(http.StatusText(status) + "\n"))
}

// age returns how long a page of which the next is due then may be kept.
func (s *Server) age(due time.Time) time.Duration {
	if due.IsZero() {
		return frozenAge
	}
	now := time.Now
	if s.Now != nil {
		now = s.Now
	}
	return min(max(due.Sub(now()), leastAge), mostAge)
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
