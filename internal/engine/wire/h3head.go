package wire

import (
	"net/http"
	"slices"
	"strings"

	"github.com/seawall-project/seawall"
)

// HeadOf makes a Head of a request that a library has read. It is for HTTP/3, whose library is strict about field names, pseudo-header
// and connection-specific fields (RFC 9114, sections 4.2 and 4.3) and resets the streams of requests that are not in order. What it does
// not look at is checked here. The order in which the fields came is lost; they are sorted by name.
func HeadOf(r *http.Request, l Limits) *Head {
	h := &Head{Proto: seawall.HTTP3, Method: r.Method}
	h.Flaw = h.takeOver(r, l.resolve())
	return h
}

func (h *Head) takeOver(r *http.Request, l Limits) seawall.Reason {
	h.Fields = make(seawall.Fields, 0, len(r.Header))
	var f framing
	for name, values := range r.Header {
		for _, v := range values {
			if !f.note(name, v) {
				h.Fields = append(h.Fields, seawall.Field{Name: strings.ToLower(name), Value: v})
			}
		}
	}
	if len(h.Fields) > l.Fields {
		return seawall.ReasonHeadTooLarge
	}
	slices.SortStableFunc(h.Fields, func(a, b seawall.Field) int { return strings.Compare(a.Name, b.Name) })
	for i := range h.Fields {
		if why := checkH2(h.Fields[i]); why != seawall.ReasonNone {
			return why
		}
	}
	t := target{path: "/"}
	if h.Method != http.MethodConnect {
		var ok bool
		if t, ok = parseTarget(h.Method, r.RequestURI); !ok {
			return seawall.ReasonBadTarget
		}
	}
	if why := h.settle(t, r.Host); why != seawall.ReasonNone {
		return why
	}
	if why := h.size(&f, f.lengths == 0 && bodiless(h.Method)); why != seawall.ReasonNone {
		return why
	}
	return h.expects()
}

// bodiless reports whether a request of a method has no body unless it announces one. HTTP/3 tells by the end of the stream, which the
// library does not show, and content in such a request means nothing anyway (RFC 9110, section 9.3).
func bodiless(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodDelete, http.MethodConnect:
		return true
	}
	return false
}

// TrailersOf returns the trailer fields that a library has read, without those that may only come in a head.
func TrailersOf(h http.Header) seawall.Fields {
	var fields seawall.Fields
	for name, values := range h {
		for _, v := range values {
			f := seawall.Field{Name: strings.ToLower(name), Value: v}
			if checkH2(f) == seawall.ReasonNone && !headOnly(f.Name) {
				fields = append(fields, f)
			}
		}
	}
	slices.SortStableFunc(fields, func(a, b seawall.Field) int { return strings.Compare(a.Name, b.Name) })
	return fields
}
