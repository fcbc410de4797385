package origin

import (
	"context"
	"io"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// fetch is one request under way and everything that may end it.
type fetch struct {
	client context.Context // the caller's
	ctx    context.Context // ends with client, when a clock runs out, when the answer stalls, and when all is over
	cancel context.CancelCauseFunc
	answer *clock // what the origin has until its head; it stands while the client is read
	typing *clock // what the client has for its body; it runs while the client is read; nil when there is no body
	upload *upload
	trail  trail
	dialer *dialer
	headed bool // the head has come

	ended    atomic.Bool
	whenOver func(*Error) // told once, when all is over, of the error that the answer's body ended with; nil tells nobody
	broke    *Error       // that error
}

func newFetch(client context.Context, patience time.Duration, d *dialer) *fetch {
	f := &fetch{client: client, dialer: d}
	f.ctx, f.cancel = context.WithCancelCause(client)
	f.answer = newClock(patience, func() { f.cancel(f.trail.waitsFor(f.dialer.full())) })
	f.answer.run()
	return f
}

// take returns the request's body for net/http, nil when there is none.
func (f *fetch) take(body io.Reader, size int64) *upload {
	if body == nil || size == 0 {
		return nil
	}
	f.typing = newClock(typingGrace, func() { f.cancel(errSlowUpload) })
	f.upload = &upload{fetch: f, src: body, size: size}
	return f.upload
}

func (f *fetch) traced() context.Context {
	return httptrace.WithClientTrace(f.ctx, &httptrace.ClientTrace{
		GotConn:              f.trail.gotConn,
		WroteRequest:         f.trail.wroteRequest,
		GotFirstResponseByte: f.trail.firstByte,
	})
}

// waiting begins a wait for the client, and ends the one for the origin.
func (f *fetch) waiting() {
	f.answer.pause()
	f.typing.run()
}

// got ends a wait for the client that brought n bytes. They buy the client time to send more, and the origin time to take them.
func (f *fetch) got(n int) {
	f.typing.pause()
	f.typing.extend(time.Duration(n) * time.Second / typingRate)
	f.answer.extend(time.Duration(n) * time.Second / uploadRate)
	f.answer.run()
}

// end releases what the fetch holds. It may be called twice.
func (f *fetch) end() {
	if f.ended.Swap(true) {
		return
	}
	f.answer.stop()
	f.cancel(nil)
	if f.upload != nil {
		f.typing.stop()
		f.upload.Close()
	}
	if f.whenOver != nil {
		f.whenOver(f.broke)
	}
}
