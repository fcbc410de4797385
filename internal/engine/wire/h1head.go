package wire

import (
	"strconv"
	"strings"

	"github.com/seawall-project/seawall"
)

// parseHead reads a whole head, from its first line to the empty one. Every line ends in CRLF, and none holds a line feed of its own.
func (l Limits) parseHead(raw string) *Head {
	h := &Head{Proto: seawall.HTTP11}
	h.Flaw = h.parse(raw, l.Fields)
	return h
}

func (h *Head) parse(raw string, maxFields int) seawall.Reason {
	line, rest, _ := strings.Cut(raw, "\r\n")
	t, why := h.requestLine(line)
	if why != seawall.ReasonNone {
		return why
	}
	n := strings.Count(rest, "\r\n") - 1 // but the empty line
	if n > maxFields {
		return seawall.ReasonHeadTooLarge
	}
	var f framing
	h.Fields = make(seawall.Fields, 0, n)
	for line, rest, _ = strings.Cut(rest, "\r\n"); line != ""; line, rest, _ = strings.Cut(rest, "\r\n") {
		field, why := parseField(line)
		if why != seawall.ReasonNone {
			return why
		}
		if !f.note(field.Name, field.Value) {
			h.Fields = append(h.Fields, field)
		}
	}
	return h.conclude(t, &f)
}

// conclude checks what the lines mean together.
func (h *Head) conclude(t target, f *framing) seawall.Reason {
	if f.hosts > 1 || f.hosts == 0 && h.Proto == seawall.HTTP11 {
		return seawall.ReasonHostField // RFC 9112, section 3.2
	}
	host := f.host
	if f.hosts == 0 {
		host = t.authority
	}
	if why := h.settle(t, host); why != seawall.ReasonNone {
		return why
	}
	var why seawall.Reason
	if h.Size, why = f.size(h.Proto); why != seawall.ReasonNone {
		return why
	}
	h.Close = h.Fields.Lists("Connection", "close") ||
		h.Proto == seawall.HTTP10 && !h.Fields.Lists("Connection", "keep-alive")
	h.Switch = seawall.AsksForWebSocket(h.Method, h.Proto, h.Size, h.Fields)
	h.Close = h.Close || h.Switch
	return h.expects()
}

// requestLine reads the first line (RFC 9112, section 3).
func (h *Head) requestLine(line string) (target, seawall.Reason) {
	if strings.Contains(line, "\r") {
		return target{}, seawall.ReasonBareNewline
	}
	method, rest, ok := strings.Cut(line, " ")
	if !ok || !token(method) {
		return target{}, seawall.ReasonBadRequest
	}
	h.Method = method
	uri, version, ok := strings.Cut(rest, " ")
	if !ok {
		return target{}, seawall.ReasonBadRequest
	}
	switch version {
	case "HTTP/1.1":
	case "HTTP/1.0":
		h.Proto = seawall.HTTP10
	default:
		return target{}, versionFlaw(version)
	}
	t, ok := parseTarget(method, uri)
	if !ok {
		return target{}, seawall.ReasonBadTarget
	}
	return t, seawall.ReasonNone
}

// versionFlaw tells a version that we do not speak from what is none.
func versionFlaw(s string) seawall.Reason {
	number, ok := strings.CutPrefix(s, "HTTP/")
	if ok && len(number) == 3 && number[1] == '.' && digits(number[:1]) && digits(number[2:]) {
		return seawall.ReasonVersion
	}
	return seawall.ReasonBadRequest
}

// appendCanonical appends what net/http is to read in the place of h: how the message is framed, and nothing else.
func (h *Head) appendCanonical(dst []byte) []byte {
	method := "POST"
	if h.Method == "HEAD" {
		method = "HEAD" // its answer has no body
	}
	dst = append(append(dst, method...), " / HTTP/1."...)
	if h.Proto == seawall.HTTP10 {
		dst = append(dst, '0')
	} else {
		dst = append(dst, '1')
	}
	dst = append(dst, "\r\nHost: wire\r\n"...)
	switch {
	case h.Flaw != seawall.ReasonNone: // no body follows
	case h.Size < 0:
		dst = append(dst, "Transfer-Encoding: chunked\r\n"...)
	case h.Size > 0:
		dst = append(dst, "Content-Length: "...)
		dst = append(strconv.AppendInt(dst, h.Size, 10), "\r\n"...)
	}
	switch {
	case h.Close || h.Flaw != seawall.ReasonNone:
		dst = append(dst, "Connection: close\r\n"...)
	case h.Proto == seawall.HTTP10:
		dst = append(dst, "Connection: keep-alive\r\n"...)
	}
	if h.Expect && h.Flaw == seawall.ReasonNone {
		dst = append(dst, "Expect: 100-continue\r\n"...)
	}
	return append(dst, "\r\n"...)
}
