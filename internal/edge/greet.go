package edge

import (
	"time"

	"github.com/seawall-project/seawall"
)

// How many connections an address and a network may have open for as long as there is room at all.
const (
	addressConns = 8 // a browser opens six to one host
	networkConns = 16
)

// Greet decides on a new connection: Forward lets it in, Drop closes it without a word. A network (/24 or /48) may have
// [networkConns] connections open, and beyond that as many as half of what is free; one address [addressConns], and as many as a quarter.
// A fixed number would cut off schools and carriers whose many readers share few addresses; a share of what is free lets them have
// thousands in peace and leaves room for others: the first network gets a third of all, the next a third of what is left.
func (e *Edge) Greet(_ time.Time, h *Hello) Action {
	free := h.ConnLimit - h.Conns
	switch {
	case free < 0, h.Address > max(addressConns, free/4), h.Network > max(networkConns, free/2):
		return Action{Kind: seawall.ActionDrop, Reason: seawall.ReasonConnections}
	case h.TLS && h.Handshakes > h.HandLimit:
		return Action{Kind: seawall.ActionDrop, Reason: seawall.ReasonHandshakes}
	default:
		return Action{Kind: seawall.ActionForward}
	}
}
