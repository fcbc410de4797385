package world

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// page answers as the host that is asked for does.
func (w *World) page(rw http.ResponseWriter, r *http.Request) {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		http.Error(rw, err.Error(), http.StatusInternalServerError)
		return
	}
	pause(r.Context(), w.latency(from.Addr().String(), r.Host))
	switch w.what(from.Addr().String(), r.Host) {
	case BadGateway:
		http.Error(rw, "502 Bad Gateway", http.StatusBadGateway)
	case Overload:
		rw.Header().Set("Retry-After", "30")
		http.Error(rw, "too busy", http.StatusServiceUnavailable)
	case Challenge:
		rw.Header().Set("Cf-Mitigated", "challenge")
		http.Error(rw, "prove that you are not a program", http.StatusForbidden)
	case Blocked:
		rw.Header().Set("X-Azure-Ref", "0")
		http.Error(rw, "The request is blocked.", http.StatusForbidden)
	case Defaced:
		_, _ = fmt.Fprint(rw, "<title>Owned by nobody</title><p>You have been told.")
	case Slow:
		pause(r.Context(), 8*time.Second)
		front(rw, r.Host)
	case Cut:
		rw.Header().Set("Content-Length", "100000")
		front(rw, r.Host)
	default:
		front(rw, r.Host)
	}
}

// front is a host's own page.
func front(rw http.ResponseWriter, name string) {
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = fmt.Fprintf(rw, "<!doctype html><title>%s</title><p>%s", name, strings.Repeat("News of the town, the council and the harbour, every day. ", 20))
}
