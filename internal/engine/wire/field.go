package wire

import (
	"strconv"
	"strings"

	"github.com/seawall-project/seawall"
)

// parseField takes one field line apart, which is without its CRLF (RFC 9112, section 5).
func parseField(line string) (seawall.Field, seawall.Reason) {
	if line[0] == ' ' || line[0] == '\t' {
		return seawall.Field{}, seawall.ReasonFoldedField // section 5.2
	}
	name, value, ok := strings.Cut(line, ":")
	switch {
	case !ok:
		return seawall.Field{}, badField(line)
	case !token(name):
		if trimmed := trimBlanks(name); trimmed != name && token(trimmed) {
			return seawall.Field{}, seawall.ReasonFieldSpace // section 5.1
		}
		return seawall.Field{}, badField(name)
	}
	if value = trimBlanks(value); !all(value, valueChar) {
		return seawall.Field{}, badField(value)
	}
	return seawall.Field{Name: name, Value: value}, seawall.ReasonNone
}

// badField says what is wrong with a part of a field line: a line break of one byte, else anything.
func badField(s string) seawall.Reason {
	if strings.ContainsAny(s, "\r\n") {
		return seawall.ReasonBareNewline
	}
	return seawall.ReasonBadField
}

// framing is what the fields of a head say about the body behind it.
type framing struct {
	length  string
	lengths int
	coding  string
	codings int
	host    string
	hosts   int
}

// note takes in one field. It reports whether the field is Host, which is no field of a [Head].
func (f *framing) note(name, value string) bool {
	switch len(name) {
	case len("Host"):
		if strings.EqualFold(name, "Host") {
			f.host = value
			f.hosts++
			return true
		}
	case len("Content-Length"):
		if strings.EqualFold(name, "Content-Length") {
			f.length = value
			f.lengths++
		}
	case len("Transfer-Encoding"):
		if strings.EqualFold(name, "Transfer-Encoding") {
			f.coding = value
			f.codings++
		}
	}
	return false
}

// size returns the length of the body (RFC 9112, section 6.3): -1 when it comes in chunks, 0 when there is none.
func (f *framing) size(proto seawall.Proto) (int64, seawall.Reason) {
	switch {
	case f.codings > 0 && f.lengths > 0:
		return 0, seawall.ReasonLengthAndCoding
	case f.codings > 0 && (f.codings > 1 || proto != seawall.HTTP11 || !strings.EqualFold(f.coding, "chunked")):
		return 0, seawall.ReasonTransferCoding
	case f.codings > 0:
		return -1, seawall.ReasonNone
	case f.lengths > 1:
		return 0, seawall.ReasonRepeatedLength
	case f.lengths == 1:
		return parseLength(f.length)
	}
	return 0, seawall.ReasonNone
}

// parseLength reads the value of Content-Length: digits alone.
func parseLength(s string) (int64, seawall.Reason) {
	if s == "" || s[0] < '0' || s[0] > '9' {
		return 0, seawall.ReasonBadLength
	}
	n, err := strconv.ParseInt(s, 10, 63)
	if err != nil {
		return 0, seawall.ReasonBadLength
	}
	return n, seawall.ReasonNone
}

// TakesTrailers reports whether the client says that it reads trailer fields (RFC 9110, section 10.1.4).
func (h *Head) TakesTrailers() bool { return h.Fields.Lists("TE", "trailers") }

// expects reads Expect (RFC 9110, section 10.1.1).
func (h *Head) expects() seawall.Reason {
	if h.Proto == seawall.HTTP10 {
		return seawall.ReasonNone
	}
	for i := range h.Fields {
		if !strings.EqualFold(h.Fields[i].Name, "Expect") {
			continue
		}
		if !strings.EqualFold(h.Fields[i].Value, "100-continue") {
			return seawall.ReasonExpectation
		}
		h.Expect = h.Size != 0
	}
	return seawall.ReasonNone
}
