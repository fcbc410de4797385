package edge

import (
	"strings"

	"github.com/seawall-project/seawall"
)

// Switches returns the protocol that r asks to be switched to, "websocket", or "" when it is none that Seawall lets through (RFC 9110,
// section 7.8; RFC 6455, section 4.1): h2c above all would carry requests past every rule here.
func Switches(r *seawall.Request) string {
	if r.Method != "GET" || r.Proto != seawall.HTTP11 || r.BodySize != 0 || !r.Fields.Has("Upgrade") {
		return ""
	}
	const protocol = "websocket"
	if lists(r.Fields, "Connection", "upgrade") && lists(r.Fields, "Upgrade", protocol) {
		return protocol
	}
	return ""
}

// lists reports whether the fields called name list a token, whatever its case.
func lists(fields seawall.Fields, name, token string) bool {
	for value := range fields.Values(name) {
		for item := range strings.SplitSeq(value, ",") {
			if strings.EqualFold(strings.Trim(item, " \t"), token) {
				return true
			}
		}
	}
	return false
}
