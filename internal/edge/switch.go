package edge

import "github.com/seawall-project/seawall"

// Switches returns the protocol that r asks to be switched to, "websocket", or "" when it is none that Seawall lets through (RFC 9110,
// section 7.8).
func Switches(r *seawall.Request) string {
	if !seawall.AsksForWebSocket(r.Method, r.Proto, r.BodySize, r.Fields) {
		return ""
	}
	return "websocket"
}
