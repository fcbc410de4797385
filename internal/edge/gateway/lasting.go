package gateway

import (
	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge/origin"
)

// lastingMax is how many event streams and switched connections may be under way at once. Each holds a connection to the origin for as
// long as its reader stays.
const lastingMax = 512

// roomFor returns what bounds an answer that is not held, and why it is not sent when there is no room. A stream of events lasts as long
// as its reader stays, so it must not take the place of downloads, which come to an end.
func (g *Gateway) roomFor(resp *origin.Response) (*shares, seawall.Reason) {
	if resp.EventStream() {
		return g.lasting, seawall.ReasonTunnels
	}
	return g.streams, seawall.ReasonStreams
}
