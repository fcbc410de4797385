package origin

import (
	"net/http"
	"net/textproto"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/seawall-project/seawall"
)

// trailersMost is how many names a request may announce for its trailers; further ones are dropped.
const trailersMost = 16

// mayTrail reports whether a field may stand behind a body: none that frames, routes, controls, authenticates or describes the message
// may, because it would be read too late or by some only (RFC 9110, section 6.5.1).
func mayTrail(name string) bool {
	switch name {
	case "Age", "Authorization", "Cache-Control", "Content-Encoding", "Content-Range", "Content-Type", "Cookie", "Date", "Expires",
		"Location", "Max-Forwards", "Pragma", "Range", "Retry-After", "Set-Cookie", "Vary", "Via", "Warning", "Www-Authenticate":
		return false
	}
	return !endsHere(name) && !strings.HasPrefix(name, "If-") && httpguts.ValidTrailerHeader(name)
}

func validField(name, value string) bool {
	return httpguts.ValidHeaderFieldName(name) && httpguts.ValidHeaderFieldValue(value)
}

// announced returns the names that r's Trailer fields list, as keys without values; nil when there are none to be sent on.
func announced(fields seawall.Fields) http.Header {
	var names http.Header
	for name := range fields.Members("Trailer") {
		name = textproto.CanonicalMIMEHeaderKey(name)
		if !httpguts.ValidHeaderFieldName(name) || !mayTrail(name) || len(names) == trailersMost {
			continue
		}
		if names == nil {
			names = make(http.Header)
		}
		names[strings.Clone(name)] = nil
	}
	return names
}

// trailersOf are the trailers of an answer that has been read to its end.
func trailersOf(h http.Header) seawall.Fields {
	var fields seawall.Fields
	for _, f := range responseFields(h) {
		if mayTrail(f.Name) {
			fields = append(fields, f)
		}
	}
	return fields
}
