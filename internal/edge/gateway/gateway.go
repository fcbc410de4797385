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
	"github.com/seawall-project/seawall/internal/edge/rules"
)

// Origin is the way to the server that makes a site's pages, see [origin.Origin].
type Origin interface {
	Fetch(ctx context.Context, r *seawall.Request, extra seawall.Fields, body io.Reader) (*origin.Response, error)
}

// Tunneler is an [Origin] that can be asked to switch protocols, see [origin.Origin.Tunnel]. Requests to switch
// are answered with a note where it cannot.
type Tunneler interface {
	Tunnel(ctx context.Context, r *seawall.Request, protocol string) (*origin.Response, error)
}

// Options configure a [Gateway]. All fields but Books and After are required.
type Options struct {
	Edge    *edge.Edge
	Cache   *cache.Cache
	Answers *answer.Book
	Admit   []*admit.Controller // by the index of the site
	Origins []Origin            // by the index of the site
	Report  func(seawall.Outcome)
	Books   []*rules.Book // what readers ask for in peace, by the index of the site; may be empty
	Now     func() time.Time

	// After is the gateway that this one follows when the configuration has changed, while the other still finishes what it has
	// begun. Both then share what bounds them, and those who wait for one another's answers; nil for the first.
	After *Gateway
}

// Gateway carries actions out. It is safe for concurrent use.
type Gateway struct {
	Options
	*bounds
	renewals *renewals
}

// bounds are what all requests share, whatever gateway they began with.
type bounds struct {
	flights *cache.Flights
	uploads *shares  // bytes of request bodies held
	pipes   *pipes   // request bodies passed on as they come
	streams *shares  // answers under way that are too long to be held
	lasting *lasting // event streams, and connections that have switched protocols
}

// New returns a gateway.
func New(o Options) (*Gateway, error) {
	if o.Edge == nil || o.Cache == nil || o.Answers == nil || o.Report == nil || o.Now == nil || len(o.Admit) != len(o.Origins) {
		return nil, errors.New("gateway: every option is required, and one origin for each admission controller")
	}
	g := &Gateway{Options: o, renewals: newRenewals()}
	if before := o.After; before != nil {
		g.After, g.bounds = nil, before.bounds // what went before is not kept alive
		return g, nil
	}
	g.bounds = &bounds{
		flights: cache.NewFlights(cache.DefaultContenders, cache.DefaultMembers, cache.DefaultLeaders),
		uploads: newShares(uploadBytes),
		pipes:   newPipes(pipesMax),
		streams: newShares(streamsMax),
		lasting: newLasting(lastingMax),
	}
	return g, nil
}

// Close stops what the gateway does in the background and returns when it has ended. It may be called twice.
func (g *Gateway) Close() { g.renewals.close() }

// Stats are a gateway's gauges, each beside its limit.
type Stats struct {
	Sharing, SharingLimit     int    // requests that wait for another's answer
	Uploads, UploadsLimit     int64  // bytes of request bodies held
	Piped, PipedLimit         int    // request bodies passed on as they come
	Downloads, DownloadsLimit int64  // long answers under way
	Lasting, LastingLimit     int    // event streams and switched connections
	Evicted                   uint64 // of those, how many made way for another network's since the start
	Renewals, RenewalsLimit   int    // answers being renewed in the background
}

// Stats returns the present gauges.
func (g *Gateway) Stats() Stats {
	s := Stats{
		Uploads: g.uploads.inUse(), UploadsLimit: g.uploads.limit,
		Piped: g.pipes.inUse(), PipedLimit: g.pipes.limit,
		Downloads: g.streams.inUse(), DownloadsLimit: g.streams.limit,
		Lasting: g.lasting.inUse(), LastingLimit: g.lasting.limit, Evicted: g.lasting.evicted.Load(),
	}
	s.Sharing, s.SharingLimit = g.flights.Waiting()
	s.Renewals, s.RenewalsLimit = g.renewals.count(), renewalsMax
	return s
}

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
	defer v.end()
	act := g.Edge.Decide(g.Now(), &x.Request)
	if act.Kind == seawall.ActionForward {
		v.take(act)
		failure := v.forward(ctx, act)
		if failure == nil {
			return
		}
		if failure.Reason == seawall.ReasonClientGone {
			v.gone()
			return
		}
		act = g.Edge.Fallback(g.Now(), &x.Request, *failure)
	}
	v.take(act)
	if act.Renew {
		v.renew(act)
	}
	v.carryOut(act)
}
