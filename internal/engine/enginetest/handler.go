package enginetest

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
	"github.com/seawall-project/seawall/internal/edge/gateway"
)

// handler lets everybody in, answers with serve, and remembers. Flawed requests it refuses itself.
type handler struct {
	serve  func(context.Context, *gateway.Exchange)
	refuse func(*edge.Hello) bool // nil refuses nobody

	mu     sync.Mutex // guards what follows
	hellos []edge.Hello
	losses []seawall.Reason
	flaws  []seawall.Reason
	served int
}

func (h *handler) Greet(_ time.Time, hello *edge.Hello) edge.Action {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.hellos = append(h.hellos, *hello)
	if h.refuse != nil && h.refuse(hello) {
		return edge.Action{Kind: seawall.ActionDrop, Reason: seawall.ReasonConnections}
	}
	return edge.Action{Kind: seawall.ActionForward}
}

func (h *handler) Lost(_ time.Time, _ *edge.Hello, why seawall.Reason) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.losses = append(h.losses, why)
}

func (h *handler) Serve(ctx context.Context, x *gateway.Exchange) {
	if why := x.Request.Flaw; why != seawall.ReasonNone {
		h.mu.Lock()
		h.flaws = append(h.flaws, why)
		h.mu.Unlock()
		_ = x.Out.Head(flawStatus(why), nil, 0)
		return
	}
	h.mu.Lock()
	h.served++
	h.mu.Unlock()
	h.serve(ctx, x)
}

func flawStatus(why seawall.Reason) int {
	if why == seawall.ReasonHeadTooLarge {
		return 431
	}
	return 400
}

func (h *handler) refused() []seawall.Reason {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.flaws)
}

func (h *handler) greeted() []edge.Hello {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.hellos)
}

func (h *handler) lost() []seawall.Reason {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.losses)
}

func (h *handler) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.served
}
