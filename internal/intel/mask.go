package intel

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/seawall-project/seawall"
)

// Bounds of a template.
const (
	maxSegments = 24 // segments of a path
	maxParams   = 48 // parameters of each kind
)

// Mask returns an order's template: its structure with a class in place of every value. Same structure, same template, whatever the order's
// age: Created is the order's own and [TemplateID] does not look at it.
//
// Of a path longer than 24 segments the rest is one "{token}"; of more than 48 parameters in one place the first 48 in order are kept.
func Mask(o *Order) seawall.Template {
	t := seawall.Template{Vector: o.Vector, Method: maskMethod(o.Method), Port: o.Port, TLS: o.TLS, Created: o.Made.UTC()}
	if !o.Vector.Requests() {
		return t
	}
	path, query := splitPath(o.Path)
	t.Path = maskPath(path)
	t.Query = maskPairs(query)
	t.Form, t.Body = maskBody(o.Body)
	for _, h := range o.Headers {
		t.Headers = append(t.Headers, seawall.Param{Name: strings.ToLower(maskName(h.Name)), Class: classify(h.Value)})
	}
	t.Headers = inOrder(t.Headers)
	return t
}

var methods = regexp.MustCompile(`^[A-Z][A-Z_]{0,15}$`)

// maskMethod returns a method in upper case, and nothing for what is none.
func maskMethod(s string) string {
	if s = strings.ToUpper(strings.TrimSpace(s)); methods.MatchString(s) {
		return s
	}
	return ""
}

// splitPath takes what stands in front of a path, and the fragment, off what was entered by hand.
func splitPath(raw string) (path, query string) {
	raw, _, _ = strings.Cut(strings.TrimSpace(raw), "#")
	path, query, _ = strings.Cut(raw, "?")
	if _, rest, ok := strings.Cut(path, "://"); ok && !strings.HasPrefix(path, "/") {
		_, path, _ = strings.Cut(rest, "/")
	}
	return "/" + strings.TrimLeft(path, "/"), query
}

func maskPath(path string) string {
	segments := strings.Split(path[1:], "/")
	if len(segments) > maxSegments {
		segments = append(segments[:maxSegments-1], "$_0")
	}
	for i, s := range segments {
		segments[i] = maskSegment(s)
	}
	return "/" + strings.Join(segments, "/")
}

// maskPairs masks a query or a body in the form application/x-www-form-urlencoded.
func maskPairs(s string) []seawall.Param {
	var all []seawall.Param
	for pair := range strings.SplitSeq(s, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		all = append(all, seawall.Param{Name: maskName(name), Class: classify(value)})
	}
	return inOrder(all)
}

// inOrder sorts parameters and keeps as many as a template has.
func inOrder(all []seawall.Param) []seawall.Param {
	slices.SortFunc(all, compareParams)
	return all[:min(len(all), maxParams):min(len(all), maxParams)]
}

func compareParams(a, b seawall.Param) int {
	return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Class, b.Class))
}

// The forms of bodies.
const (
	formNone       = ""
	formURLEncoded = "urlencoded"
	formMultipart  = "multipart"
	formJSON       = "json"
	formOther      = "other"
)

// maskBody says how a body is written and what its fields are.
func maskBody(body string) (form string, fields []seawall.Param) {
	switch body = strings.TrimSpace(body); {
	case body == "":
		return formNone, nil
	case body[0] == '{' || body[0] == '[':
		return formJSON, maskJSON(body)
	case strings.HasPrefix(body, "--") && strings.Contains(body, "form-data"):
		return formMultipart, maskMultipart(body)
	case strings.Contains(body, "=") && !strings.ContainsAny(body, "<>\n"):
		return formURLEncoded, maskPairs(body)
	}
	return formOther, nil
}

// member is a name in a JSON object and the value behind it, where that is no object or list. Bodies hold tokens in odd places, so they need
// not be valid.
var member = regexp.MustCompile(`"((?:[^"\\]|\\.)*)"\s*:\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"{}\[\],]+))?`)

func maskJSON(body string) []seawall.Param {
	var all []seawall.Param
	for _, m := range member.FindAllStringSubmatch(body, 10*maxParams) {
		value := m[2] + m[3]
		class := classify(value)
		if m[3] == "true" || m[3] == "false" || m[3] == "null" {
			class = seawall.ClassWord
		}
		all = append(all, seawall.Param{Name: maskName(m[1]), Class: class})
	}
	return inOrder(all)
}

// part is the head of one field in a multipart body (RFC 7578) and its value up to the next boundary.
var part = regexp.MustCompile(`(?is)[; ]name="([^"]*)"[^\n]*\n(?:[^\n]*:[^\n]*\n)*\s*?\n?(.*)`)

func maskMultipart(body string) []seawall.Param {
	boundary, rest, _ := strings.Cut(body, "\n")
	boundary = strings.TrimSpace(boundary)
	var all []seawall.Param
	for one := range strings.SplitSeq(rest, boundary) {
		if m := part.FindStringSubmatch(one); m != nil {
			all = append(all, seawall.Param{Name: maskName(m[1]), Class: classify(m[2])})
		}
		if len(all) == 10*maxParams {
			break
		}
	}
	return inOrder(all)
}
