package seawall

import (
	"iter"
	"strings"
	"time"
)

// Request is one HTTP request as an engine read it.
//
// Strings may point into bytes that the engine owns and reuses once the request's action has been carried out: whoever keeps one
// longer copies it. A Request is read by everyone and changed by nobody after the engine has filled it, but that its body's length
// becomes known once the body has been read.
type Request struct {
	ID       RequestID
	Received time.Time // when its head was complete
	Client   Client
	Proto    Proto
	TLS      bool // whether the reader's connection is encrypted

	// Flaw is why the head cannot be answered but with a refusal, [ReasonNone] when it can. The fields below are then as far as they
	// could be read.
	Flaw Reason

	Method string // as received; methods are case-sensitive (RFC 9110, section 9.1)
	Host   string // lower case, without port; empty when the client sent none
	Path   string // escaped as received, begins with "/"; "*" only for OPTIONS
	Query  string // what follows "?", without it; empty when there is none

	Fields   Fields // every field but Host, hop-by-hop fields included
	BodySize int64  // bytes; 0 when there is no body, -1 when its length is not known before its end
}

// Proto is the HTTP version that a request arrived with. The zero value is unknown.
type Proto uint8

// The HTTP versions.
const (
	HTTP10 Proto = iota + 1
	HTTP11
	HTTP2
	HTTP3
)

// String returns the name as ALPN and access logs write it, such as "HTTP/1.1".
func (p Proto) String() string {
	switch p {
	case HTTP10:
		return "HTTP/1.0"
	case HTTP11:
		return "HTTP/1.1"
	case HTTP2:
		return "HTTP/2.0"
	case HTTP3:
		return "HTTP/3.0"
	}
	return "unknown"
}

// Field is one line of a head: a field name as received or as it is to be sent, and its value without surrounding white space.
type Field struct {
	Name, Value string
}

// Fields are the field lines of one head in the order the engine gives them. Names are compared without regard to ASCII case.
type Fields []Field

// Get returns the value of the first field called name, or "" when there is none.
func (f Fields) Get(name string) string {
	for i := range f {
		if sameName(f[i].Name, name) {
			return f[i].Value
		}
	}
	return ""
}

// Has reports whether a field called name is present, even with an empty value.
func (f Fields) Has(name string) bool {
	for i := range f {
		if sameName(f[i].Name, name) {
			return true
		}
	}
	return false
}

// Values yields the value of every field called name, in order.
func (f Fields) Values(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range f {
			if sameName(f[i].Name, name) && !yield(f[i].Value) {
				return
			}
		}
	}
}

// Members yields the members of every field called name, which is a list separated by commas (RFC 9110, section 5.6.1), in order and without
// the blanks around them; empty ones are left out. It is for lists whose members have no quoted commas.
func (f Fields) Members(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for value := range f.Values(name) {
			for member := range strings.SplitSeq(value, ",") {
				if member = strings.Trim(member, " \t"); member != "" && !yield(member) {
					return
				}
			}
		}
	}
}

// Lists reports whether the fields called name list a member, whatever its case.
func (f Fields) Lists(name, member string) bool {
	for m := range f.Members(name) {
		if strings.EqualFold(m, member) {
			return true
		}
	}
	return false
}

// AsksForWebSocket reports whether a head with these fields asks for the WebSocket protocol (RFC 6455, section 4.1), the only one that
// Seawall switches to: h2c above all would carry requests past every rule here.
func AsksForWebSocket(method string, proto Proto, bodySize int64, fields Fields) bool {
	return method == "GET" && proto == HTTP11 && bodySize == 0 &&
		fields.Lists("Upgrade", "websocket") && fields.Lists("Connection", "upgrade")
}

func sameName(a, b string) bool {
	return len(a) == len(b) && strings.EqualFold(a, b)
}

// SafeMethod reports whether a method asks for no change of state (RFC 9110, section 9.2.1).
func SafeMethod(method string) bool {
	switch method {
	case "GET", "HEAD", "OPTIONS", "TRACE":
		return true
	default:
		return false
	}
}

// With returns a copy of the fields in which name has the one value given, or is absent when value is empty.
func (f Fields) With(name, value string) Fields {
	out := make(Fields, 0, len(f)+1)
	for _, field := range f {
		if !sameName(field.Name, name) {
			out = append(out, field)
		}
	}
	if value != "" {
		out = append(out, Field{name, value})
	}
	return out
}
