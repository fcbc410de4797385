package origin

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seawall-project/seawall"
)

// Response is the origin's answer. Interim answers (1xx) are dropped.
type Response struct {
	Status int
	// Fields are the answer's fields without hop-by-hop ones and Content-Length, ordered by name; lines of one name keep
	// their order.
	Fields seawall.Fields
	// Size is the length of the body in bytes, -1 when it is not known. For HEAD it is what GET would have had.
	Size int64
	// Body yields the body as it arrives. A Read waits for the next byte as [Timeouts] say, and returns io.EOF at the true end of
	// the body only; any other error is an [*Error]. It is never nil, is used by one goroutine, and has to be closed, which may be
	// done twice. Closing early costs the connection. It may be [Trailered].
	//
	// After a switch of protocols (status 101, see [Origin.Tunnel]) it is the connection: an [io.ReadWriteCloser] whose Read waits
	// as long as it takes, and which may be read, written and closed at once. It is closed when the context of the fetch ends.
	Body io.ReadCloser

	RequestTime  time.Time // just before the request was sent (RFC 9111, section 4.2.3: request_time)
	ResponseTime time.Time // when the head was there (response_time)
}

// EventStream reports whether the answer is one that comes bit by bit for as long as its reader stays (server-sent events).
func (r *Response) EventStream() bool {
	if r.Size >= 0 {
		return false
	}
	kind, _, _ := strings.Cut(r.Fields.Get("Content-Type"), ";")
	return strings.EqualFold(strings.Trim(kind, " \t"), "text/event-stream")
}

func newResponse(resp *http.Response, f *fetch, t *Timeouts, sent, received time.Time) *Response {
	r := &Response{
		Status:       resp.StatusCode,
		Fields:       responseFields(resp.Header),
		Size:         resp.ContentLength,
		RequestTime:  sent,
		ResponseTime: received,
	}
	if resp.StatusCode == http.StatusSwitchingProtocols {
		r.Fields = append(r.Fields, seawall.Field{Name: "Upgrade", Value: resp.Header.Get("Upgrade")})
		r.Body = newTunnel(resp.Body.(io.ReadWriteCloser), f)
		return r
	}
	d := &download{resp: resp, fetch: f, patience: t.BetweenBytes}
	if r.EventStream() {
		d.patience = max(d.patience, quietTimeout)
	} else {
		d.until = time.Now().Add(t.Whole)
	}
	d.stall = time.AfterFunc(d.patience, d.expire)
	d.stall.Stop()
	r.Body = d
	return r
}

func responseFields(header http.Header) seawall.Fields {
	var listed map[string]bool
	for _, value := range header["Connection"] {
		listed = options(listed, value)
	}
	var few [32]string
	names := few[:0]
	for name := range header {
		names = append(names, name)
	}
	slices.Sort(names)
	fields := make(seawall.Fields, 0, len(header))
	for _, name := range names {
		if hopByHop[name] || listed[name] {
			continue
		}
		for _, value := range header[name] {
			fields = append(fields, seawall.Field{Name: name, Value: value})
		}
	}
	return fields
}

// download is an answer's body. The stall timer runs only while it is read, so a slow client is not taken for a slow origin.
type download struct {
	resp     *http.Response
	fetch    *fetch
	patience time.Duration
	stall    *time.Timer
	reading  atomic.Bool
	until    time.Time // when the whole has to be there; zero for a stream of events, which has no such limit
	ended    bool      // the true end was reached
	once     sync.Once
}

func (d *download) Read(p []byte) (int, error) {
	d.reading.Store(true)
	d.stall.Reset(d.wait())
	n, err := d.resp.Body.Read(p)
	d.stall.Stop()
	d.reading.Store(false)
	switch err {
	case nil:
	case io.EOF: //nolint:errorlint // a wrapped one is no end of a body
		d.ended = true
	default:
		failed := d.fetch.failure(err)
		if !d.until.IsZero() { // that a stream of events ends somehow says nothing of the origin's health
			d.fetch.broke = failed
		}
		err = failed
	}
	return n, err
}

// wait is how long the next byte may take.
func (d *download) wait() time.Duration {
	if d.until.IsZero() {
		return d.patience
	}
	return max(0, min(d.patience, time.Until(d.until)))
}

// expire ends the fetch because a byte took too long, or all of them together did. An origin that is still reading the request is not
// silent while the client is waited for.
func (d *download) expire() {
	whole := !d.until.IsZero() && !time.Now().Before(d.until)
	switch {
	case !d.reading.Load(): // it fired as it was stopped
		return
	case !whole && d.fetch.upload != nil && d.fetch.upload.since() < d.wait():
		d.stall.Reset(d.wait() - d.fetch.upload.since())
		return
	}
	if whole {
		d.fetch.cancel(errWhole)
		return
	}
	d.fetch.cancel(errStalled)
}

// Trailers implements [Trailered].
func (d *download) Trailers() seawall.Fields {
	if !d.ended || len(d.resp.Trailer) == 0 {
		return nil
	}
	return trailersOf(d.resp.Trailer)
}

// Close returns nil; there is nothing to be done about a connection that does not close well.
func (d *download) Close() error {
	d.once.Do(func() {
		d.stall.Stop()
		d.resp.Body.Close()
		d.fetch.end()
	})
	return nil
}
