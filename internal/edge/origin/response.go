package origin

import (
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/seawall-project/seawall"
)

// Response is the origin's answer. Interim answers (1xx) and trailers are dropped.
type Response struct {
	Status int
	// Fields are the answer's fields without hop-by-hop ones and Content-Length, ordered by name; lines of one name keep
	// their order.
	Fields seawall.Fields
	// Size is the length of the body in bytes, -1 when it is not known. For HEAD it is what GET would have had.
	Size int64
	// Body yields the body as it arrives. A Read waits at most 20 s for the next byte and returns io.EOF at the true end
	// of the body only; any other error is an [*Error]. It is never nil, is used by one goroutine, and has to be closed, which
	// may be done twice. Closing early costs the connection.
	Body io.ReadCloser

	RequestTime  time.Time // just before the request was sent (RFC 9111, section 4.2.3: request_time)
	ResponseTime time.Time // when the head was there (response_time)
}

func newResponse(resp *http.Response, f *fetch, sent, received time.Time) *Response {
	stall := time.AfterFunc(stallTimeout, func() { f.cancel(errStalled) })
	stall.Stop()
	return &Response{
		Status:       resp.StatusCode,
		Fields:       responseFields(resp.Header),
		Size:         resp.ContentLength,
		Body:         &download{src: resp.Body, fetch: f, stall: stall},
		RequestTime:  sent,
		ResponseTime: received,
	}
}

func responseFields(header http.Header) seawall.Fields {
	var listed map[string]bool
	for _, value := range header["Connection"] {
		listed = options(listed, value)
	}
	fields := make(seawall.Fields, 0, len(header))
	for _, name := range slices.Sorted(maps.Keys(header)) {
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
	src   io.ReadCloser
	fetch *fetch
	stall *time.Timer
	once  sync.Once
}

func (d *download) Read(p []byte) (int, error) {
	d.stall.Reset(stallTimeout)
	n, err := d.src.Read(p)
	d.stall.Stop()
	if err != nil && err != io.EOF { //nolint:errorlint // a wrapped io.EOF is no end of a body
		err = d.fetch.failure(err)
	}
	return n, err
}

// Close returns nil; there is nothing to be done about a connection that does not close well.
func (d *download) Close() error {
	d.once.Do(func() {
		d.stall.Stop()
		d.src.Close()
		d.fetch.end()
	})
	return nil
}
