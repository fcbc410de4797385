package orders

import (
	"fmt"
	"math/rand/v2"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/seawall-project/seawall/internal/drill/work"
	"github.com/seawall-project/seawall/internal/intel/ddosia"
)

// Proto is how a bot sends a request.
type Proto uint8

// The ways.
const (
	HTTP1 Proto = iota // HTTP/1.1
	HTTP2              // HTTP/2 where the site offers it
	Loris              // the head of an HTTP/1.1 request, slowly and never to its end
	protos
)

// String returns the name that attack orders use.
func (p Proto) String() string {
	if p < protos {
		return [...]string{"http", "http2", "nginx_loris"}[p]
	}
	return "unknown"
}

func protoOf(t ddosia.Type) (Proto, bool) {
	switch t {
	case ddosia.HTTP:
		return HTTP1, true
	case ddosia.HTTP2:
		return HTTP2, true
	case ddosia.Loris:
		return Loris, true
	}
	return 0, false
}

// The longest that [Template.Fill] returns.
const (
	MaxTargetBytes = 8 << 10
	MaxBodyBytes   = 64 << 10
)

// Template is one order, ready to be sent to the site that is rehearsed.
type Template struct {
	Method      string // "GET" or "POST"
	Proto       Proto
	Kind        work.Kind
	ContentType string // of the body; "" when there is none
	NoStore     bool   // whether it holds a token, so that hardly two requests are the same

	target, body pattern
}

// methods are those of RFC 9110, section 9.3, and RFC 5789.
var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodConnect,
	http.MethodOptions, http.MethodTrace,
}

// listed returns a method, as some hand entered it into a list, as HTTP writes it.
func listed(method string) string { return strings.ToUpper(strings.TrimSpace(method)) }

func isMethod(method string) bool { return slices.Contains(methods, listed(method)) }

// newTemplate sorts e into GET and POST: methods are entered by hand, so besides POST itself a body decides. A form under GET is
// posted; any other body under GET is left out. Every other method, such as HEAD, PUT, PATCH, DELETE or OPTIONS, is played as POST
// when there is a body and as GET when there is none. A slow head is a GET, whatever its order says.
func newTemplate(e *ddosia.Entry, proto Proto, tokens tokens) Template {
	body := e.Body.Value
	method := http.MethodGet
	switch asked := listed(e.Method); {
	case proto == Loris:
	case asked == http.MethodPost, asked == http.MethodGet && isForm(body), asked != http.MethodGet && body != "":
		method = http.MethodPost
	}
	t := Template{Method: method, Proto: proto, target: tokens.pattern(Target(e.Path), MaxTargetBytes)}
	t.target.trimEscape()
	if method == http.MethodPost {
		t.body = tokens.pattern(body, MaxBodyBytes)
		t.ContentType = contentType(body)
	}
	t.NoStore = t.target.tokenised() || t.body.tokenised()
	switch {
	case method == http.MethodPost:
		t.Kind = work.Form
	case t.target.tokenised():
		t.Kind = work.Search
	}
	return t
}

// Fill returns one request's target, in origin form (RFC 9112, section 3.2.1), and body, every token replaced by characters drawn
// from rng. They are at most [MaxTargetBytes] and [MaxBodyBytes] long.
func (t *Template) Fill(rng *rand.Rand) (target, body string) {
	return t.target.fill(rng), t.body.fill(rng)
}

// String returns method, protocol and kind, nothing of path and body.
func (t Template) String() string { return fmt.Sprintf("%s %s %s", t.Method, t.Proto, t.Kind) }

// GoString returns the same, so that %#v shows no more.
func (t Template) GoString() string { return t.String() }

// isForm reports whether body reads like something that is posted, rather than a path in the wrong column.
func isForm(body string) bool {
	body = strings.TrimSpace(body)
	switch {
	case body == "", strings.HasPrefix(body, "/"), strings.HasPrefix(body, "http://"), strings.HasPrefix(body, "https://"):
		return false
	}
	return strings.Contains(body, "=") || strings.HasPrefix(body, "--") || strings.HasPrefix(body, "{") || strings.HasPrefix(body, "[")
}

// contentType returns what a body is, judged by how it begins.
func contentType(body string) string {
	body = strings.TrimSpace(body)
	switch {
	case body == "":
		return ""
	case strings.HasPrefix(body, "--"):
		boundary, _, _ := strings.Cut(body[2:], "\n")
		if t := mime.FormatMediaType("multipart/form-data", map[string]string{"boundary": strings.TrimSpace(boundary)}); t != "" {
			return t
		}
		return "multipart/form-data"
	case strings.HasPrefix(body, "{"), strings.HasPrefix(body, "["):
		return "application/json"
	case strings.HasPrefix(body, "<"):
		return "application/xml"
	}
	return "application/x-www-form-urlencoded"
}
