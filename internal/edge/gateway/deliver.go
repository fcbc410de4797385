package gateway

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
	"github.com/seawall-project/seawall/internal/edge/admit"
	"github.com/seawall-project/seawall/internal/edge/cache"
	"github.com/seawall-project/seawall/internal/edge/origin"
)

// spoolBytes is how much of an answer is read before the first byte goes to the reader, so that a slow reader holds neither the
// place at the origin nor those who wait for the same answer.
const spoolBytes = 256 << 10

// streamsMax is how many answers longer than that may be under way at once. Each holds a connection to the origin for as long as its
// reader takes.
const streamsMax = 256

// hold begins to store an answer that is to be passed on, where that is allowed, and reads its beginning.
func (f *fetch) hold(got reply) reply {
	if got.err != nil || got.entry != nil || f.refuses(got.Response) {
		return got
	}
	got.rec, got.buf = f.record(got.Response), buffers.get()
	if got.whole, got.err = f.spool(got.buf, got.Response, got.rec != nil); got.err != nil {
		got.rec.Abandon()
		buffers.put(got.buf)
		_ = got.Body.Close()
	}
	return got
}

// deliver passes the origin's answer on, the beginning of which is held. ctx is the reader's.
func (f *fetch) deliver(ctx context.Context, got reply) *edge.Failure {
	resp, rec, buf, whole := got.Response, got.rec, got.buf, got.whole
	defer rec.Abandon()
	f.done(admit.Result{Known: resp.Status < 400 || resp.Status >= 500, Overloaded: overloaded(resp.Status)})
	_, _ = rec.Write(buf.Bytes())
	if whole {
		if entry := rec.Commit(); entry != nil {
			f.share(entry)
			if !resp.Fields.Has("Set-Cookie") { // which is for whoever asked, and not in the entry
				buffers.put(buf)
				f.serveEntry(entry, f.Now(), forwardStatus(f.act, resp.Status, true))
				return nil
			}
		}
	}
	f.keep(resp.Status)
	stop := context.AfterFunc(ctx, f.cancel) // from here on only this reader wants it
	defer stop()
	return f.pass(resp, buf, whole, rec)
}

// record begins to store the answer; nil when it may not be stored, which others who wait for it are told at once.
func (f *fetch) record(resp *origin.Response) *cache.Recording {
	f.Cache.Invalidate(f.act.Site.Site, &f.Request, responseOf(resp))
	if f.act.Cache == seawall.CacheBypass {
		return nil
	}
	var rec *cache.Recording
	if !resp.EventStream() {
		rec = f.Cache.Begin(f.act.Site.Site, f.whole(), responseOf(resp))
	}
	if rec == nil {
		f.keep(resp.Status)
		if resp.Status < 400 && !f.act.Key.IsZero() {
			f.Cache.MarkPrivate(f.Now(), f.act.Key)
		}
	}
	return rec
}

// keep tells those who wait that this answer is not for them. An error may be about this request alone.
func (f *fetch) keep(status int) {
	if f.leader == nil {
		return
	}
	doubt := cache.Certain
	if status >= 400 {
		doubt = cache.Doubtful
	}
	f.leader.Keep(doubt)
}

// spool reads the beginning of the body, and reports whether that was the whole of it. Answers that may be stored, or that are known
// to be short, are read up to spoolBytes; others are streamed as they come.
func (f *fetch) spool(buf io.ReaderFrom, resp *origin.Response, storable bool) (whole bool, _ error) {
	if f.bodiless(resp.Status) || resp.Size == 0 {
		return true, nil
	}
	if resp.Size > spoolBytes || resp.Size < 0 && !storable {
		return false, nil
	}
	n, err := buf.ReadFrom(io.LimitReader(resp.Body, spoolBytes))
	switch {
	case err != nil:
		return false, err
	case resp.Size >= 0 && n < resp.Size:
		return false, io.ErrUnexpectedEOF
	default:
		return n == resp.Size || n < spoolBytes, nil
	}
}

// pass sends an answer that does not come from the cache: what was spooled, which it gives back, then the rest as it comes.
func (f *fetch) pass(resp *origin.Response, spooled *bytes.Buffer, whole bool, rec *cache.Recording) *edge.Failure {
	if !whole {
		leave, full := f.occupy(resp)
		if leave == nil {
			buffers.put(spooled)
			return &edge.Failure{Reason: full, Sent: true}
		}
		defer leave()
	}
	size := resp.Size
	var trailers seawall.Fields
	if whole && size < 0 && !f.bodiless(resp.Status) {
		if trailers = f.trailers(resp.Body); trailers == nil {
			size = int64(spooled.Len())
		}
	}
	resp.Fields = append(resp.Fields, seawall.Field{Name: "Cache-Status", Value: forwardStatus(f.act, resp.Status, false)})
	err := f.head(resp.Status, resp.Fields, size)
	if err == nil && !f.bodiless(resp.Status) {
		_, err = f.Write(spooled.Bytes())
	}
	buffers.put(spooled)
	switch {
	case err != nil:
		f.gone()
	case !whole:
		f.stream(resp.Body, rec)
	default:
		f.trail(trailers)
	}
	return nil
}

// stream copies the rest of a body to the reader and into the recording. When the origin breaks off, so does the answer, visibly.
func (f *fetch) stream(body io.Reader, rec *cache.Recording) {
	buf := buffers.get()
	defer buffers.put(buf)
	chunk := buf.AvailableBuffer()[:streamChunk]
	for {
		n, err := body.Read(chunk)
		if n > 0 {
			_, _ = rec.Write(chunk[:n])
			if _, werr := f.Write(chunk[:n]); werr != nil {
				f.gone()
				return
			}
		}
		switch {
		case err == io.EOF:
			rec.Commit()
			f.trail(f.trailers(body))
			return
		case err != nil:
			f.brokeOff(err)
			return
		case n > 0:
			_ = f.Out.Flush()
		}
	}
}

// brokeOff ends an answer that cannot be completed.
func (f *fetch) brokeOff(err error) {
	f.out.Reason = seawall.ReasonOriginReset
	if oe, ok := errors.AsType[*origin.Error](err); ok {
		f.out.Reason = oe.Reason
	}
	f.Out.Abort()
}
