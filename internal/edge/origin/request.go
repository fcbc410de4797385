package origin

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/seawall-project/seawall"
)

// request is r as net/http is to send it. Strings are copied: net/http may look at them after the fetch is over, and HTTP/2 keeps
// fields for as long as the connection lives.
func (o *Origin) request(r *seawall.Request, extra seawall.Fields, body *upload, protocol string) (*http.Request, error) {
	if !httpguts.ValidHeaderFieldName(r.Method) || r.Method == http.MethodConnect { // methods and names are both tokens
		return nil, &Error{Reason: seawall.ReasonMethod, Err: fmt.Errorf("method %q is not sent on", r.Method)}
	}
	if !httpguts.ValidHostHeader(r.Host) {
		return nil, badRequest(fmt.Errorf("host %q is malformed", r.Host))
	}
	target, err := o.target(r)
	if err != nil {
		return nil, badRequest(err)
	}
	if Looped(r) {
		return nil, &Error{Reason: seawall.ReasonLoop, Type: LoopDetected, Err: errors.New("request has come through Seawall before")}
	}
	header, err := requestHeader(r, extra)
	if err != nil {
		return nil, badRequest(err)
	}
	switch {
	case protocol != "":
		header["Connection"], header["Upgrade"] = []string{"Upgrade"}, []string{protocol}
	case r.Fields.Lists("TE", "trailers") && o.scheme == "http": // on HTTP/2, which https may lead to, Connection is an error
		header["Connection"], header["Te"] = []string{"Te"}, []string{"trailers"}
	}
	req := &http.Request{
		Method:     strings.Clone(r.Method),
		URL:        target,
		Host:       strings.Clone(r.Host),
		Proto:      "HTTP/1.1",
		ProtoMajor: 1,
		ProtoMinor: 1,
		Header:     header,
	}
	switch {
	case body != nil:
		req.Body, req.ContentLength = body, r.BodySize
		if r.BodySize < 0 {
			body.trailers = announced(r.Fields)
			req.Trailer = body.trailers
		}
	case r.BodySize != 0:
		return nil, badRequest(errors.New("body is missing"))
	}
	return req, nil
}

func badRequest(err error) *Error {
	return &Error{Reason: seawall.ReasonBadRequest, Type: RequestError, Err: err}
}

// target is where to send r, such that net/http writes path and query byte for byte as they were received. A URL's opaque part is
// written as it is, but for one that begins with "//"; such a path is sent as a plain one when that says the same, else in
// absolute form, which every origin has to accept (RFC 9112, section 3.2.2).
func (o *Origin) target(r *seawall.Request) (*url.URL, error) {
	if !strings.HasPrefix(r.Path, "/") && (r.Path != "*" || r.Method != http.MethodOptions) {
		return nil, fmt.Errorf("path %q does not begin with a slash", r.Path)
	}
	if !printable(r.Path) || !printable(r.Query) {
		return nil, errors.New("target holds a space or a control character")
	}
	path := strings.Clone(r.Path)
	u := &url.URL{Scheme: o.scheme, Host: o.host, RawQuery: strings.Clone(r.Query)}
	if !strings.HasPrefix(path, "//") {
		u.Opaque = path
		return u, nil
	}
	if plain, err := url.PathUnescape(path); err == nil {
		u.Path, u.RawPath = plain, path
		if u.EscapedPath() == path {
			return u, nil
		}
	}
	u.Opaque = "//" + cmp.Or(strings.Clone(r.Host), o.host) + path
	return u, nil
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == 0x7f {
			return false
		}
	}
	return true
}
