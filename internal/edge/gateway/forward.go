package gateway

import (
	"context"
	"strings"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
	"github.com/seawall-project/seawall/internal/edge/admit"
	"github.com/seawall-project/seawall/internal/edge/origin"
)

// forward gets an answer from the origin to the reader. It returns nil when the reader has been answered (or cut off in mid-answer),
// else why not; then not a byte has been sent.
func (v *visit) forward(ctx context.Context, act edge.Action) *edge.Failure {
	if forwards, ok := origin.MaxForwards(&v.Request); ok && forwards == 0 {
		v.arrive()
		return nil
	}
	if protocol := v.switches(); protocol != "" {
		return v.tunnel(ctx, act, protocol)
	}
	if failure := v.knock(ctx, act); failure != nil {
		return failure
	}
	if failure := v.receive(act); failure != nil {
		return failure
	}
	if !act.Key.IsZero() {
		if alone, failure := v.shared(ctx, act); !alone {
			return failure
		}
	}
	patience := time.NewTimer(act.Wait)
	defer patience.Stop()
	ticket := v.enter(act)
	if failure := v.queue(ctx, ticket, patience.C, nil); failure != nil {
		return failure
	}
	return v.fetch(ctx, act, ticket, nil, patience.C)
}

// arrive answers an OPTIONS request that may go no further (RFC 9110, sections 7.6.2 and 9.3.7).
func (v *visit) arrive() {
	v.out.Action, v.out.Cache = seawall.ActionServe, seawall.CacheNone
	v.send(204, seawall.Fields{{Name: "Allow", Value: "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"}}, nil)
}

// knock asks, for a client that waits to be told before it sends its body, whether the request would be let in. The place is given
// back: the body comes first, however slowly, and then the request queues like any other. Who is turned away here has sent nothing.
func (v *visit) knock(ctx context.Context, act edge.Action) *edge.Failure {
	if v.Body == nil || !strings.EqualFold(v.Request.Fields.Get("Expect"), "100-continue") {
		return nil
	}
	patience := time.NewTimer(act.Wait)
	defer patience.Stop()
	ticket := v.enter(act)
	failure := v.queue(ctx, ticket, patience.C, nil)
	if failure == nil {
		ticket.Leave(v.Now())
	}
	return failure
}

// enter asks for a place at the origin; nil when the queue is full.
func (v *visit) enter(act edge.Action) *admit.Ticket {
	return v.Admit[act.Site.Index].Enter(v.Now(), &v.Request, act.Class)
}

// queue waits until the ticket is granted (nil), changed is closed (nil, and the ticket is still waiting), or waiting is over.
func (v *visit) queue(ctx context.Context, t *admit.Ticket, patience <-chan time.Time, changed <-chan struct{}) *edge.Failure {
	if t == nil {
		return &edge.Failure{Reason: seawall.ReasonQueueFull}
	}
	var why seawall.Reason
	select {
	case <-t.Settled():
		if t.Granted() {
			v.out.Wait += t.Waited(v.Now())
			return nil
		}
		why = seawall.ReasonQueueFull
	default:
		select {
		case <-t.Settled():
			return v.queue(ctx, t, patience, changed)
		case <-changed:
			return nil
		case <-patience:
			why = seawall.ReasonShed
		case <-ctx.Done():
			why = seawall.ReasonClientGone
		}
	}
	v.out.Wait += t.Waited(v.Now())
	t.Leave(v.Now())
	return &edge.Failure{Reason: why}
}
