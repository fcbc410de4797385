package gateway

import (
	"context"
	"io"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
	"github.com/seawall-project/seawall/internal/edge/admit"
	"github.com/seawall-project/seawall/internal/edge/origin"
)

// switches returns the protocol that the request is to be switched to, "" when it is none, or when one of the two ends cannot.
func (v *visit) switches() string {
	if _, ok := v.Out.(Upgrader); !ok || v.Body != nil {
		return ""
	}
	return edge.Switches(&v.Request)
}

// tunnel asks the origin to switch protocols, and carries what comes after. The question queues like any other request; what comes
// after holds no place in the queue, but one of those that last.
func (v *visit) tunnel(ctx context.Context, act edge.Action, protocol string) *edge.Failure {
	way, ok := v.Origins[act.Site.Index].(Tunneler)
	if !ok {
		return &edge.Failure{Reason: seawall.ReasonTunnels}
	}
	if !v.lasting.open(v.Request.Client.Prefix()) { // then the origin need not be troubled
		return &edge.Failure{Reason: seawall.ReasonTunnels}
	}
	patience := time.NewTimer(act.Wait)
	defer patience.Stop()
	ticket := v.enter(act)
	if failure := v.queue(ctx, ticket, patience.C, nil); failure != nil {
		return failure
	}
	defer func() { ticket.Leave(v.Now()) }() // does nothing once the ticket is done
	working, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	f := &fetch{visit: v, act: act, ticket: ticket, asked: v.Now(), cancel: cancel}
	resp, err := way.Tunnel(working, &v.Request, protocol)
	if err != nil {
		return f.failed(err)
	}
	defer resp.Body.Close()
	switch {
	case overloaded(resp.Status):
		return f.refused(resp)
	case resp.Status != 101:
		return f.deliver(ctx, resp)
	}
	f.done(admit.Result{Known: true})
	return f.carry(ctx, resp)
}

// carry hands the two connections to each other, if there is room.
func (f *fetch) carry(ctx context.Context, resp *origin.Response) *edge.Failure {
	leave := f.settle(f.Request.Client.Prefix())
	if leave == nil {
		return &edge.Failure{Reason: seawall.ReasonTunnels, Sent: true}
	}
	defer leave()
	f.out.Status = resp.Status
	client, err := f.Out.(Upgrader).Upgrade(resp.Status, resp.Fields)
	if err != nil {
		f.gone()
		return nil
	}
	defer client.Close()
	f.out.Bytes += splice(ctx, client, resp.Body.(io.ReadWriteCloser), tunnelTimeouts)
	return nil
}
