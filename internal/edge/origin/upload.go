package origin

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/seawall-project/seawall"
)

var errUploadClosed = errors.New("request body is no longer read")

// upload is a request's body as net/http reads it. Once closed it is read no more, even by a goroutine that net/http left behind.
type upload struct {
	fetch  *fetch
	size   int64                 // bytes, -1 when not known
	failed atomic.Pointer[error] // why src failed

	mu       sync.Mutex // guards what follows, and is held while src is read
	src      io.Reader
	read     int64
	closed   bool
	trailers http.Header // to be filled in at the end, nil when none were announced
}

func (u *upload) Read(p []byte) (int, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
		return 0, errUploadClosed
	}
	u.fetch.waiting()
	n, err := u.src.Read(p)
	u.fetch.got(n)
	u.read += int64(n)
	if err == io.EOF && u.read < u.size {
		err = io.ErrUnexpectedEOF
	}
	switch {
	case err == io.EOF:
		u.end()
	case err != nil:
		u.failed.Store(&err)
	}
	return n, err
}

// end fills in the trailers that were announced.
func (u *upload) end() {
	from, ok := u.src.(Trailered)
	if !ok || u.trailers == nil {
		return
	}
	for _, f := range from.Trailers() {
		name := http.CanonicalHeaderKey(f.Name)
		if _, announced := u.trailers[name]; announced && mayTrail(name) && validField(name, f.Value) {
			u.trailers[name] = append(u.trailers[name], f.Value)
		}
	}
}

// Close waits for a read that is under way.
func (u *upload) Close() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.closed = true
	return nil
}

// failure returns why the client's side failed, nil when it did not. It does not wait.
func (u *upload) failure() error {
	if err := u.failed.Load(); err != nil {
		return *err
	}
	return nil
}

// Trailered is a body that may have fields behind it (RFC 9110, section 6.5).
type Trailered interface {
	// Trailers returns them, in the order of names. It is called once the body has returned io.EOF; before that it returns nil.
	Trailers() seawall.Fields
}
