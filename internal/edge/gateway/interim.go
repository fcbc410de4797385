package gateway

import (
	"context"
	"sync"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge/origin"
)

// InterimWriter is a [ResponseWriter] that can send answers before the answer (RFC 9110, section 15.2; RFC 8297).
type InterimWriter interface {
	// Interim sends an interim answer of status 102 to 199. It is called before Head, by one goroutine at a time. The engine drops what
	// the protocol cannot take (HTTP/1.0). fields are not kept.
	Interim(status int, fields seawall.Fields) error
}

// withInterim returns a context in which interim answers of the origin go to the reader, until stop is called. They are the reader's whose
// request the origin was asked with; others get the answer alone.
func (v *visit) withInterim(ctx context.Context) (_ context.Context, stop func()) {
	out, ok := v.Out.(InterimWriter)
	if !ok {
		return ctx, func() {}
	}
	var mu sync.Mutex // held while one is sent, so that none is after stop has returned
	stopped := false
	ctx = origin.WithInterim(ctx, func(status int, fields seawall.Fields) {
		mu.Lock()
		defer mu.Unlock()
		if !stopped {
			_ = out.Interim(status, fields) // whoever sends the answer finds out that the reader is gone
		}
	})
	return ctx, func() {
		mu.Lock()
		defer mu.Unlock()
		stopped = true
	}
}
