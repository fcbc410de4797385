package origin

import (
	"net/textproto"
	"strings"
)

// hopByHop are fields about one connection or the framing of one message, which are not sent on (RFC 9110, section 7.6.1).
// Content-Length is among them because it travels beside the fields; Expect because a gateway answers it itself (section 10.1.1),
// and Alt-Svc because it tells where the origin can be found without us (RFC 7838).
var hopByHop = map[string]bool{
	"Alt-Svc":                   true,
	"Connection":                true,
	"Content-Length":            true,
	"Expect":                    true,
	"Host":                      true,
	"Http2-Settings":            true,
	"Keep-Alive":                true,
	"Proxy-Authenticate":        true,
	"Proxy-Authentication-Info": true,
	"Proxy-Authorization":       true,
	"Proxy-Connection":          true,
	"Te":                        true,
	"Trailer":                   true,
	"Transfer-Encoding":         true,
	"Upgrade":                   true,
}

// options collects the names that one Connection field's value lists, in canonical form.
func options(into map[string]bool, value string) map[string]bool {
	for name := range strings.SplitSeq(value, ",") {
		if name = strings.Trim(name, " \t"); name != "" {
			if into == nil {
				into = make(map[string]bool)
			}
			into[textproto.CanonicalMIMEHeaderKey(name)] = true
		}
	}
	return into
}
