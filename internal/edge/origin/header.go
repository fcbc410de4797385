package origin

import (
	"fmt"
	"maps"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/seawall-project/seawall"
)

// pseudonym is how Via names us (RFC 9110, section 7.6.3).
const pseudonym = "seawall"

// passesMost is how often a request may have come through a Seawall before: one in front of a whole network and one in front of the site
// are no loop.
const passesMost = 2

// Looped reports whether r has come through Seawall so often already that it is going round in circles (RFC 9110, section 7.6.3).
func Looped(r *seawall.Request) bool {
	passes := 0
	for hop := range r.Fields.Members("Via") {
		_, by, _ := strings.Cut(hop, " ")
		by, _, _ = strings.Cut(strings.TrimLeft(by, " \t"), " ") // a comment may follow
		if strings.EqualFold(by, pseudonym) {
			passes++
		}
	}
	return passes > passesMost
}

// MaxForwards returns how many servers r may still pass, which counts for OPTIONS and TRACE alone (RFC 9110, section 7.6.2); ok is false
// when there is no such limit. At 0 it has arrived, and whoever holds it answers it.
func MaxForwards(r *seawall.Request) (forwards int, ok bool) {
	if r.Method != http.MethodOptions && r.Method != http.MethodTrace {
		return 0, false
	}
	n, err := strconv.ParseUint(r.Fields.Get("Max-Forwards"), 10, 31)
	return int(n), err == nil
}

// unbelieved are fields, besides those that begin with "X-Forwarded-", by which a client could pass for somebody else or ask the
// origin for another page than we see. Proxy is here because CGI turns it into a setting.
var unbelieved = map[string]bool{
	"Cf-Connecting-Ip":    true,
	"Client-Ip":           true,
	"Forwarded":           true,
	"Front-End-Https":     true,
	"Proxy":               true,
	"True-Client-Ip":      true,
	"X-Client-Ip":         true,
	"X-Cluster-Client-Ip": true,
	"X-Forwarded":         true,
	"X-Host":              true,
	"X-Original-Host":     true,
	"X-Original-Url":      true,
	"X-Real-Ip":           true,
	"X-Rewrite-Url":       true,
	"X-Scheme":            true,
	"X-Url-Scheme":        true,

	"X-Http-Host-Override": true,
}

// overrides are fields by which programs let a client that can only send POST say which method it means. In a GET or a HEAD they have
// nothing to say: they would bring an answer to another method under the name of a page that everybody is shown.
var overrides = map[string]bool{
	"X-Http-Method":          true,
	"X-Http-Method-Override": true,
	"X-Method-Override":      true,
}

// conditional are the fields that make a request depend on what the client has (RFC 9110, section 13.1), and Range, which without
// If-Range would mix two versions of a page.
var conditional = []string{"If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since", "Range"}

// requestHeader are the fields to send for r.
func requestHeader(r *seawall.Request, extra seawall.Fields) (http.Header, error) {
	header, err := passedOn(r.Fields)
	if err != nil {
		return nil, err
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		maps.DeleteFunc(header, func(name string, _ []string) bool { return overrides[dashed(name)] })
	}
	if cookies := header["Cookie"]; len(cookies) > 1 { // HTTP/2 and later may split it: RFC 9113, section 8.2.3
		header["Cookie"] = []string{strings.Join(cookies, "; ")}
	}
	if extra != nil {
		for _, name := range conditional {
			header.Del(name)
		}
	}
	for _, f := range extra {
		header.Set(f.Name, strings.Clone(f.Value))
	}
	if forwards, ok := MaxForwards(r); ok && forwards > 0 {
		header["Max-Forwards"] = []string{strconv.Itoa(forwards - 1)}
	}
	introduce(header, r)
	return header, nil
}

// passedOn are the client's own fields without those that end here.
func passedOn(fields seawall.Fields) (http.Header, error) {
	var listed map[string]bool
	for value := range fields.Values("Connection") {
		listed = options(listed, value)
	}
	header := make(http.Header, len(fields)+6)
	for _, f := range fields {
		name := textproto.CanonicalMIMEHeaderKey(f.Name)
		if listed[name] || endsHere(name) {
			continue
		}
		if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(f.Value) {
			return nil, fmt.Errorf("field %q is malformed", f.Name)
		}
		name = strings.Clone(name)
		header[name] = append(header[name], strings.Clone(f.Value))
	}
	return header, nil
}

// endsHere reports whether a field is not sent on. "X_Real_IP" counts as "X-Real-IP", because to a CGI program they are the same.
func endsHere(name string) bool {
	name = dashed(name)
	return hopByHop[name] || unbelieved[name] || strings.HasPrefix(name, "X-Forwarded-")
}

func dashed(name string) string {
	if !strings.Contains(name, "_") {
		return name
	}
	return textproto.CanonicalMIMEHeaderKey(strings.ReplaceAll(name, "_", "-"))
}

// introduce says who asks, what for, and through whom (RFC 7239; RFC 9110, section 7.6.3).
func introduce(header http.Header, r *seawall.Request) {
	values := make([]string, 0, 4) // of one field each
	set := func(name, value string) {
		values = append(values, value)
		header[name] = values[len(values)-1 : len(values) : len(values)]
	}
	scheme := "http"
	if r.TLS {
		scheme = "https"
	}
	client := "unknown"
	if r.Client.Addr.IsValid() {
		client = r.Client.Addr.String()
		set("X-Forwarded-For", client)
	}
	if r.Client.Addr.Is6() {
		client = `"[` + client + `]"`
	}
	host := ""
	if r.Host != "" {
		set("X-Forwarded-Host", strings.Clone(r.Host))
		host = ";host=" + quoted(r.Host)
	}
	set("X-Forwarded-Proto", scheme)
	set("Forwarded", "for="+client+host+";proto="+scheme)
	header["Via"] = append(header["Via"], version(r.Proto)+" "+pseudonym)
	if _, ok := header["User-Agent"]; !ok {
		header["User-Agent"] = nil // else net/http adds its own
	}
}

// quoted returns a host as a token, or as a quoted string when it is none; a valid host holds nothing to be escaped.
func quoted(host string) string {
	if httpguts.ValidHeaderFieldName(host) {
		return host
	}
	return `"` + host + `"`
}

func version(p seawall.Proto) string {
	if v, ok := strings.CutPrefix(p.String(), "HTTP/"); ok {
		return v
	}
	return "1.1"
}
