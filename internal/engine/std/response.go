package std

import (
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"strconv"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/engine/wire"
)

// chunkBytes is how much must leave within Limits.StallTime.
const chunkBytes = 16 << 10

var (
	errHeadTwice = errors.New("head is sent already")
	errNoHead    = errors.New("body before head")
	errAborted   = errors.New("response is aborted")
	errTooLong   = errors.New("body is longer than announced")
)

// closing is what Connection says when the rest of a request is not worth reading.
var closing = []string{"close"}

// response implements gateway.ResponseWriter on net/http's.
type response struct {
	w     http.ResponseWriter
	ctl   *http.ResponseController
	link  link
	stall *stall
	body  *body      // the request's; nil when there is none
	head  *wire.Head // the request's
	proto seawall.Proto

	headed  bool
	aborted bool
	bodied  bool  // a body follows the head
	size    int64 // of the body, -1 when unknown
	sent    int64
}

// Head implements gateway.ResponseWriter.
func (o *response) Head(status int, fields seawall.Fields, size int64) error {
	switch {
	case o.aborted:
		return errAborted
	case o.headed:
		return errHeadTwice
	case status < 200 || status > 999:
		return fmt.Errorf("status %d is not a final one", status)
	}
	h := o.w.Header()
	fill(h, fields)
	allowed := status != http.StatusNoContent && status != http.StatusNotModified
	if allowed && size >= 0 {
		h["Content-Length"] = []string{strconv.FormatInt(size, 10)}
	}
	if _, ok := h["Content-Type"]; !ok {
		h["Content-Type"] = nil // else net/http guesses one
	}
	if g := o.link.host(); g.secure && o.proto < seawall.HTTP3 {
		if where := g.engine.altSvc(); where != "" {
			h["Alt-Svc"] = []string{where}
		}
	}
	if o.proto < seawall.HTTP2 && o.body != nil && !o.body.settle() {
		h["Connection"] = closing
	}
	o.headed, o.bodied, o.size = true, allowed && o.head.Method != http.MethodHead, size
	o.w.WriteHeader(status)
	return nil
}

// Interim implements gateway.InterimWriter.
func (o *response) Interim(status int, fields seawall.Fields) error {
	switch {
	case o.aborted:
		return errAborted
	case o.headed:
		return errHeadTwice
	case status <= http.StatusSwitchingProtocols || status > 199:
		return fmt.Errorf("status %d is not one of an interim answer", status)
	case o.proto == seawall.HTTP10:
		return nil
	}
	h := o.w.Header()
	fill(h, fields)
	o.stall.arm()
	o.w.WriteHeader(status)
	o.stall.disarm(0)
	clear(h)
	return nil
}

// fill puts fields into h. Values of one name keep their order.
func fill(h http.Header, fields seawall.Fields) {
	values := make([]string, len(fields))
	for i, f := range fields {
		name := textproto.CanonicalMIMEHeaderKey(f.Name)
		if before, ok := h[name]; ok {
			h[name] = append(before, f.Value)
			continue
		}
		values[i] = f.Value
		h[name] = values[i : i+1 : i+1]
	}
}

// Write implements gateway.ResponseWriter.
func (o *response) Write(p []byte) (int, error) {
	switch {
	case o.aborted:
		return 0, errAborted
	case !o.headed:
		return 0, errNoHead
	case !o.bodied:
		return len(p), nil
	case o.size >= 0 && o.sent+int64(len(p)) > o.size:
		return 0, errTooLong
	}
	written := 0
	for written < len(p) {
		n, err := o.writeChunk(p[written:min(len(p), written+chunkBytes)])
		written += n
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

func (o *response) writeChunk(p []byte) (int, error) {
	o.stall.arm()
	n, err := o.w.Write(p)
	o.stall.disarm(n)
	o.sent += int64(n)
	return n, err
}

// Flush implements gateway.ResponseWriter.
func (o *response) Flush() error {
	switch {
	case o.aborted:
		return errAborted
	case !o.headed:
		return errNoHead
	}
	o.stall.arm()
	defer o.stall.disarm(0)
	return o.ctl.Flush()
}

// WriteTrailers implements gateway.TrailerWriter. HTTP/1.1 has room for them behind chunks alone, and a client gets them who said that it
// reads them (RFC 9110, section 6.5.1).
func (o *response) WriteTrailers(fields seawall.Fields) error {
	if err := o.Flush(); err != nil { // else net/http finds that it knows the length after all, and sends no chunks
		return err
	}
	if !o.bodied || o.size >= 0 || o.proto == seawall.HTTP10 || o.proto == seawall.HTTP11 && !o.head.TakesTrailers() {
		return nil
	}
	h := o.w.Header()
	for _, f := range fields {
		name := http.TrailerPrefix + textproto.CanonicalMIMEHeaderKey(f.Name)
		h[name] = append(h[name], f.Value)
	}
	return nil
}

// Abort implements gateway.ResponseWriter.
func (o *response) Abort() { o.aborted = true }

// complete reports whether the response can be ended in order. If not, the connection (in HTTP/2, the stream) must be broken off;
// where the end of the connection is the end of the body, that is done here.
func (o *response) complete() bool {
	whole := !o.bodied || o.size < 0 || o.sent == o.size
	if o.headed && !o.aborted && whole {
		return true
	}
	if o.proto == seawall.HTTP10 && o.bodied && o.size < 0 {
		o.link.abort()
	}
	return false
}
