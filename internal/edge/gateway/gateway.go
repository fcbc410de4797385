// Package gateway carries the edge's actions out, once, for every engine. It waits, fetches, collapses, stores, streams, falls back and
// reports; what is to be done it asks package edge, and how bytes travel is the engine's business.
//
// Every exchange ends in exactly one answer and one [seawall.Outcome]. When anything on the way fails, the reader gets the best
// that is left: a stale copy where that is allowed, else a note that says what is wrong. Nothing here waits for a log, a metric or
// a store: outcomes are handed to Options.Report, which must not block.
package gateway

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
	"github.com/seawall-project/seawall/internal/edge/admit"
	"github.com/seawall-project/seawall/internal/edge/answer"
	"github.com/seawall-project/seawall/internal/edge/cache"
	"github.com/seawall-project/seawall/internal/edge/origin"
)

// Origin is the way to the server that makes a site's pages, see [origin.Origin].
type Origin interface {
	Fetch(ctx context.Context, r *seawall.Request, extra seawall.Fields, body io.Reader) (*origin.Response, error)
}

// Options configure a [Gateway]. All fields are required.
type Options struct {
	Edge    *edge.Edge
	Cache   *cache.Cache
	Answers *answer.Book
	Admit   []*admit.Controller // by the index of the site
	Origins []Origin            // by the index of the site
	Report  func(seawall.Outcome)
	Now     func() time.Time
}

// Gateway carries actions out. It is safe for concurrent use and holds no resource of its own.
type Gateway struct {
	Options
	flights *cache.Flights
}

// New returns a gateway.
func New(o Options) (*Gateway, error) {
	if o.Edge == nil || o.Cache == nil || o.Answers == nil || o.Report == nil || o.Now == nil || len(o.Admit) != len(o.Origins) {
		return nil, errors.New("gateway: every option is required, and one origin for each admission controller")
	}
	return &Gateway{Options: o, flights: cache.NewFlights(cache.DefaultMembers, cache.DefaultLeaders)}, nil
}

// Flights returns how many answers are being shared right now.
func (g *Gateway) Flights() int { return g.flights.Len() }

// Greet decides on a new connection and reports those that are turned away.
func (g *Gateway) Greet(now time.Time, h *edge.Hello) edge.Action {
	act := g.Edge.Greet(now, h)
	if act.Kind != seawall.ActionForward {
		g.Lost(now, h, act.Reason)
	}
	return act
}

// Lost reports a connection that ended before it could carry a request.
func (g *Gateway) Lost(now time.Time, h *edge.Hello, why seawall.Reason) {
	g.Report(seawall.Outcome{Time: now, Client: h.Client.Prefix(), Action: seawall.ActionDrop, Reason: why})
}

// Serve answers one exchange and reports its outcome.
func (g *Gateway) Serve(ctx context.Context, x *Exchange) {
	v := newVisit(g, x)
	defer v.report()
	act := g.Edge.Decide(g.Now(), &x.Request)
	for act.Kind == seawall.ActionForward {
		v.take(act)
		failure := v.forward(ctx, act)
		if failure == nil {
			return
		}
		if failure.Reason == seawall.ReasonClientGone {
			v.out.Reason = failure.Reason
			return
		}
		act = g.Edge.Fallback(g.Now(), &x.Request, *failure)
	}
	v.take(act)
	v.carryOut(act)
}
