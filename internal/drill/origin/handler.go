package origin

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// The bodies that the front sends by itself, as short as web servers have them.
const (
	badGateway = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n"
	tooLarge   = "<html><head><title>413 Content Too Large</title></head><body><h1>413 Content Too Large</h1></body></html>\n"
)

// The cookie that forms set. Every reader gets the same: nothing depends on it.
const cookie = "courier_session=0123456789abcdef; Path=/; HttpOnly; SameSite=Lax"

// handler answers the requests of one call to [Origin.Serve].
type handler struct {
	origin *Origin
	stop   <-chan struct{}
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sent, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyBytes))
	if err != nil {
		h.refuseBody(w, err)
		return
	}
	a := h.origin.route(r, sent)
	if a.front {
		h.origin.counts.front.Add(1)
		a.send(w, r)
		return
	}
	h.origin.counts.requests.Add(1)
	err = h.origin.pool.work(a.kind.Cost(), r.Context().Done(), h.stop)
	switch {
	case err == nil:
		a.send(w, r)
	case errors.Is(err, errFull):
		h.origin.counts.refused.Add(1)
		bare(w, http.StatusBadGateway, badGateway)
	default:
		panic(http.ErrAbortHandler)
	}
}

// refuseBody answers a body that is too large. One that broke off has nobody to answer to.
func (h *handler) refuseBody(w http.ResponseWriter, err error) {
	if _, ok := errors.AsType[*http.MaxBytesError](err); !ok {
		panic(http.ErrAbortHandler)
	}
	h.origin.counts.front.Add(1)
	bare(w, http.StatusRequestEntityTooLarge, tooLarge)
}

func (a *answer) send(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("Cache-Control", a.cache)
	if a.etag != "" {
		head.Set("ETag", a.etag)
	}
	if a.cookie {
		head.Set("Set-Cookie", cookie)
	}
	if a.etag != "" && names(r.Header.Values("If-None-Match"), a.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := a.body()
	head.Set("Content-Type", a.mime)
	head.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(a.status)
	_, _ = w.Write(body) // a client that has gone needs no answer
}

func bare(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "text/html")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// names reports whether If-None-Match fields name the entity-tag, by weak comparison (RFC 9110, section 13.1.2).
func names(fields []string, etag string) bool {
	for _, field := range fields {
		for tag := range strings.SplitSeq(field, ",") {
			tag = strings.TrimSpace(tag)
			if tag == "*" || strings.TrimPrefix(tag, "W/") == etag {
				return true
			}
		}
	}
	return false
}
