package origin

import (
	"context"
	"io"
	"net/http/httptrace"
	"sync"
	"time"
)

// fetch is one request under way and everything that may end it.
type fetch struct {
	client   context.Context // the caller's
	ctx      context.Context // ends with client, at the deadline, when the answer stalls, and when all is over
	cancel   context.CancelCauseFunc
	deadline *deadline
	upload   *upload // nil when the request has no body
	trail    trail
}

func newFetch(client context.Context, patience time.Duration) *fetch {
	f := &fetch{client: client}
	f.ctx, f.cancel = context.WithCancelCause(client)
	f.deadline = newDeadline(patience, func() { f.cancel(errHead) })
	return f
}

// take returns the request's body for net/http, nil when there is none.
func (f *fetch) take(body io.Reader, size int64) io.ReadCloser {
	if body == nil || size == 0 {
		return nil
	}
	f.upload = &upload{src: body, size: size, progress: func(n int) {
		f.deadline.extend(time.Duration(n) * time.Second / uploadRate)
	}}
	return f.upload
}

func (f *fetch) traced() context.Context {
	return httptrace.WithClientTrace(f.ctx, &httptrace.ClientTrace{GotConn: f.trail.gotConn})
}

// end releases what the fetch holds. It may be called twice.
func (f *fetch) end() {
	f.deadline.stop()
	f.cancel(nil)
	if f.upload != nil {
		f.upload.Close()
	}
}

// deadline is a timer that progress puts off.
type deadline struct {
	mu      sync.Mutex // guards what follows
	timer   *time.Timer
	at      time.Time
	stopped bool
}

func newDeadline(d time.Duration, expire func()) *deadline {
	return &deadline{timer: time.AfterFunc(d, expire), at: time.Now().Add(d)}
}

func (d *deadline) extend(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.stopped {
		d.at = d.at.Add(by)
		d.timer.Reset(time.Until(d.at))
	}
}

func (d *deadline) stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stopped = true
	d.timer.Stop()
}
