package wire

import (
	"strings"

	"golang.org/x/net/http2/hpack"

	"github.com/seawall-project/seawall"
)

// pseudoFields is how many pseudo-header fields a request has at most (RFC 9113, section 8.3.1).
const pseudoFields = 4

// head makes a Head of a block that is whole (RFC 9113, sections 8.2 and 8.3).
func (b *block) head() *Head {
	h := &Head{Proto: seawall.HTTP2}
	if b.large {
		h.Flaw = seawall.ReasonHeadTooLarge
		if !b.ends {
			h.Size = -1 // whatever its length was said to be
		}
		return h
	}
	var r h2Request
	rest, why := r.pseudo(b.fields)
	h.Method = r.method
	if why == seawall.ReasonNone {
		why = h.take(rest, &r)
	}
	if why == seawall.ReasonNone {
		why = h.concludeH2(&r, b.ends)
	}
	h.Flaw, h.Reset = why, why != seawall.ReasonNone
	if !h.Reset {
		h.Flaw = h.expects()
	}
	if h.Size < 0 || h.Size > 0 {
		h.trailer = &trailer{}
	}
	return h
}

// h2Request is what frames and routes a request of HTTP/2.
type h2Request struct {
	method, scheme, authority, path string
	given                           [pseudoFields]bool
	framing                         framing
}

// pseudo takes the pseudo-header fields in front of fields and returns the others.
func (r *h2Request) pseudo(fields []hpack.HeaderField) ([]hpack.HeaderField, seawall.Reason) {
	for i := range fields {
		name, value := fields[i].Name, fields[i].Value
		if name == "" || name[0] != ':' {
			return fields[i:], seawall.ReasonNone
		}
		at, dst := r.place(name)
		if dst == nil || r.given[at] || !all(value, valueChar) {
			return nil, seawall.ReasonPseudoField
		}
		r.given[at], *dst = true, value
	}
	return nil, seawall.ReasonNone
}

func (r *h2Request) place(name string) (int, *string) {
	switch name {
	case ":method":
		return 0, &r.method
	case ":scheme":
		return 1, &r.scheme
	case ":authority":
		return 2, &r.authority
	case ":path":
		return 3, &r.path
	}
	return 0, nil
}

// take takes over the fields behind the pseudo-header fields.
func (h *Head) take(fields []hpack.HeaderField, r *h2Request) seawall.Reason {
	h.Fields = make(seawall.Fields, 0, len(fields))
	cookie := -1
	for i := range fields {
		f := seawall.Field{Name: fields[i].Name, Value: fields[i].Value}
		if why := checkH2(f); why != seawall.ReasonNone {
			return why
		}
		switch {
		case r.framing.note(f.Name, f.Value):
		case f.Name == "cookie" && cookie >= 0: // crumbs of one field (RFC 9113, section 8.2.3)
			h.Fields[cookie].Value += "; " + f.Value
		default:
			if f.Name == "cookie" {
				cookie = len(h.Fields)
			}
			h.Fields = append(h.Fields, f)
		}
	}
	return seawall.ReasonNone
}

// checkH2 checks one field of a head or of a trailer section (RFC 9113, sections 8.2.1 and 8.2.2).
func checkH2(f seawall.Field) seawall.Reason {
	switch {
	case strings.HasPrefix(f.Name, ":"):
		return seawall.ReasonPseudoField
	case !token(f.Name) || f.Name != strings.ToLower(f.Name) || !all(f.Value, valueChar) || trimBlanks(f.Value) != f.Value:
		return seawall.ReasonBadField
	}
	switch f.Name {
	case "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade":
		return seawall.ReasonConnectionField
	case "te":
		if f.Value != "trailers" {
			return seawall.ReasonConnectionField
		}
	}
	return seawall.ReasonNone
}

// concludeH2 checks what the fields mean together.
func (h *Head) concludeH2(r *h2Request, ends bool) seawall.Reason {
	if !token(r.method) {
		return seawall.ReasonPseudoField
	}
	if r.framing.hosts > 1 || r.framing.hosts == 1 && r.given[2] && !sameHost(r.framing.host, r.authority) {
		return seawall.ReasonHostField
	}
	host := r.authority
	if !r.given[2] {
		host = r.framing.host
	}
	t, ok := r.target()
	if !ok {
		return seawall.ReasonPseudoField
	}
	if why := h.settle(t, host); why != seawall.ReasonNone {
		return why
	}
	return h.size(&r.framing, ends)
}

// target reads scheme and path, which CONNECT goes without.
func (r *h2Request) target() (target, bool) {
	if r.method == "CONNECT" {
		return target{path: "/"}, !r.given[1] && !r.given[3]
	}
	if r.scheme != "http" && r.scheme != "https" || r.path == "" || r.path[0] != '/' && r.path != "*" {
		return target{}, false
	}
	return parseTarget(r.method, r.path)
}

func sameHost(a, b string) bool {
	x, ok := hostOf(a)
	y, also := hostOf(b)
	return ok && also && x == y
}

// size finds the length of the body, which ends with the head when ends is true.
func (h *Head) size(f *framing, ends bool) seawall.Reason {
	var why seawall.Reason
	switch {
	case f.lengths > 1:
		why = seawall.ReasonRepeatedLength
	case f.lengths == 1:
		h.Size, why = parseLength(f.length)
	case !ends:
		h.Size = -1
	}
	if why == seawall.ReasonNone && ends && h.Size > 0 {
		why = seawall.ReasonWrongLength
	}
	return why
}

// trailer takes over a trailer section of s.
func (b *block) trailer(s *stream) seawall.Reason {
	if b.large {
		return seawall.ReasonHeadTooLarge
	}
	fields := make(seawall.Fields, 0, len(b.fields))
	for i := range b.fields {
		f := seawall.Field{Name: b.fields[i].Name, Value: b.fields[i].Value}
		if why := checkH2(f); why != seawall.ReasonNone {
			return why
		}
		if headOnly(f.Name) {
			return seawall.ReasonBadField
		}
		fields = append(fields, f)
	}
	if s.trailer != nil {
		s.trailer.fields = fields
	}
	return seawall.ReasonNone
}
