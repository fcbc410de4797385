package gateway

import (
	"context"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
	"github.com/seawall-project/seawall/internal/edge/admit"
)

// forward gets an answer from the origin to the reader. It returns nil when the reader has been answered (or cut off in mid-answer),
// else why not; then not a byte has been sent.
func (v *visit) forward(ctx context.Context, act edge.Action) *edge.Failure {
	if failure := v.receive(); failure != nil {
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
	return v.fetch(ctx, act, ticket, nil)
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
