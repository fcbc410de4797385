package gateway

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
	"github.com/seawall-project/seawall/internal/edge/admit"
	"github.com/seawall-project/seawall/internal/edge/cache"
	"github.com/seawall-project/seawall/internal/edge/origin"
)

// spoolBytes is how much of an answer is read before the first byte goes to the reader, so that a slow reader holds neither the
// place at the origin nor those who wait for the same answer.
const spoolBytes = 256 << 10

// fetch asks the origin with a granted ticket, which it ends, and answers the reader. leader is the member that leads a flight, nil
// when the request goes alone.
func (v *visit) fetch(ctx context.Context, act edge.Action, ticket *admit.Ticket, leader *cache.Member) *edge.Failure {
	defer func() { ticket.Leave(v.Now()) }()
	asked := v.Now()
	resp, entry, err := v.ask(ctx, act)
	if err != nil {
		return v.failed(ticket, asked, err)
	}
	defer resp.Body.Close()
	switch {
	case overloaded(resp.Status):
		v.done(ticket, asked, admit.Result{Overloaded: true})
		return &edge.Failure{Reason: seawall.ReasonOriginError, Sent: true}
	case entry != nil:
		v.done(ticket, asked, admit.Result{Known: true})
		land(leader, cache.FlightStored)
		v.out.Cache = seawall.CacheRevalidated
		v.serveEntry(entry, v.Now(), forwardStatus(act, resp.Status, true))
		return nil
	default:
		return v.deliver(act, resp, ticket, asked, leader)
	}
}

// ask asks the origin. When it confirms the stale copy, the renewed entry is returned with the answer (RFC 9111, section 4.3.4); when
// it confirms something that is not the copy at hand, it is asked once more, for the whole.
func (v *visit) ask(ctx context.Context, act edge.Action) (*origin.Response, *cache.Entry, error) {
	way, req := v.Origins[act.Site.Index], v.Request
	if act.Cache != seawall.CacheBypass {
		req.Query = v.Cache.Query(req.Query) // what the cache leaves out of its key must not choose what is stored under it
	}
	resp, err := way.Fetch(ctx, &req, conditions(act), v.Body)
	if err != nil || resp.Status != 304 || act.Stale == nil {
		return resp, nil, err
	}
	if entry := v.Cache.Refresh(act.Site.Site, &v.Request, act.Stale, responseOf(resp)); entry != nil {
		return resp, entry, nil
	}
	_ = resp.Body.Close()
	resp, err = way.Fetch(ctx, &req, seawall.Fields{}, v.Body)
	return resp, nil, err
}

// conditions are the conditional fields to ask the origin with. A request that goes alone keeps its own (nil); one whose answer may be
// shared asks for the whole, or whether the copy at hand still holds.
func conditions(act edge.Action) seawall.Fields {
	switch {
	case act.Stale != nil:
		return act.Stale.Conditional(seawall.Fields{})
	case act.Key != (cache.Key{}):
		return seawall.Fields{}
	default:
		return nil
	}
}

// overloaded reports whether an answer means that the origin could not answer.
func overloaded(status int) bool { return status == 502 || status == 503 || status == 504 }

// done ends a ticket with the time the origin took. Result.Cost is filled in unless the origin did not really answer.
func (v *visit) done(t *admit.Ticket, asked time.Time, res admit.Result) {
	now := v.Now()
	v.out.Cost = now.Sub(asked)
	if !res.Overloaded {
		res.Cost = max(v.out.Cost, 1)
	}
	t.Done(now, res)
}

// failed turns an error of the origin into a failure.
func (v *visit) failed(t *admit.Ticket, asked time.Time, err error) *edge.Failure {
	f := &edge.Failure{Reason: seawall.ReasonOriginReset}
	if oe, ok := errors.AsType[*origin.Error](err); ok {
		f.Reason, f.Sent = oe.Reason, oe.Sent
	}
	if errors.Is(err, ErrBodyTooLarge) {
		f.Reason = seawall.ReasonBodyTooLarge
	}
	if f.Reason == seawall.ReasonOriginTimeout {
		v.done(t, asked, admit.Result{Overloaded: true})
	}
	return f
}

func responseOf(r *origin.Response) cache.Response {
	return cache.Response{Status: r.Status, Fields: r.Fields, RequestTime: r.RequestTime, ResponseTime: r.ResponseTime}
}

// deliver passes the origin's answer on, storing it where that is allowed.
func (v *visit) deliver(act edge.Action, resp *origin.Response, t *admit.Ticket, asked time.Time, leader *cache.Member) *edge.Failure {
	v.Cache.Invalidate(act.Site.Site, &v.Request, responseOf(resp))
	rec := v.Cache.Begin(act.Site.Site, &v.Request, responseOf(resp))
	if rec == nil && act.Key != (cache.Key{}) {
		v.Cache.MarkPrivate(v.Now(), act.Key)
		land(leader, cache.FlightPrivate)
	}
	buf := buffers.get()
	defer buffers.put(buf)
	whole, err := v.spool(buf, resp, rec != nil)
	known := resp.Status < 400 || resp.Status >= 500
	v.done(t, asked, admit.Result{Known: known})
	if err != nil {
		return &edge.Failure{Reason: seawall.ReasonOriginReset, Sent: true}
	}
	_, _ = rec.Write(buf.Bytes())
	if whole {
		if entry := rec.Commit(); entry != nil {
			land(leader, cache.FlightStored)
			v.serveEntry(entry, v.Now(), forwardStatus(act, resp.Status, true))
			return nil
		}
	}
	land(leader, cache.FlightPrivate)
	v.pass(act, resp, buf.Bytes(), whole, rec)
	return nil
}

// pass sends an answer that is not in the cache: what was spooled, then the rest as it comes.
func (v *visit) pass(act edge.Action, resp *origin.Response, spooled []byte, whole bool, rec *cache.Recording) {
	size := resp.Size
	if whole && size < 0 {
		size = int64(len(spooled))
	}
	fields := append(resp.Fields, seawall.Field{Name: "Cache-Status", Value: forwardStatus(act, resp.Status, false)})
	if v.head(resp.Status, fields, size) != nil || v.bodiless(resp.Status) {
		return
	}
	if _, err := v.Write(spooled); err == nil && !whole {
		v.stream(resp.Body, rec)
	}
}

func land(leader *cache.Member, s cache.FlightState) {
	if leader != nil {
		leader.Land(s)
	}
}

// spool reads the beginning of the body, and reports whether that was the whole of it. Answers that may be stored, or that are known
// to be short, are read up to spoolBytes; others are streamed as they come.
func (v *visit) spool(buf io.ReaderFrom, resp *origin.Response, storable bool) (whole bool, _ error) {
	if v.bodiless(resp.Status) || resp.Size == 0 {
		return true, nil
	}
	if resp.Size > spoolBytes || resp.Size < 0 && !storable {
		return false, nil
	}
	n, err := buf.ReadFrom(io.LimitReader(resp.Body, spoolBytes))
	if err != nil {
		return false, err
	}
	if resp.Size >= 0 && n == resp.Size {
		return true, nil
	}
	if n < spoolBytes {
		if resp.Size > n {
			return false, io.ErrUnexpectedEOF
		}
		return true, nil
	}
	return false, nil
}

// stream copies the rest of a body to the reader and into the recording. When the origin breaks off, so does the answer, visibly.
func (v *visit) stream(body io.Reader, rec *cache.Recording) {
	buf := buffers.get()
	defer buffers.put(buf)
	chunk := buf.AvailableBuffer()[:streamChunk]
	for {
		n, err := body.Read(chunk)
		if n > 0 {
			_, _ = rec.Write(chunk[:n])
			if _, werr := v.Write(chunk[:n]); werr != nil {
				return
			}
		}
		switch {
		case err == io.EOF:
			rec.Commit()
			return
		case err != nil:
			v.out.Reason = seawall.ReasonOriginReset
			v.Out.Abort()
			return
		case n > 0:
			_ = v.Out.Flush()
		}
	}
}
