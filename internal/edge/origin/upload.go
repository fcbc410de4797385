package origin

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seawall-project/seawall"
)

var (
	errUploadClosed = errors.New("request body is no longer read")
	errHungUp       = errors.New("origin broke off while it was sent the request body")
)

// upload is a request's body as net/http reads it. Once closed it is read no more, even by a goroutine that net/http left behind.
type upload struct {
	fetch  *fetch
	size   int64                 // bytes, -1 when not known
	failed atomic.Pointer[error] // why src failed
	begun  atomic.Bool           // src has been read from

	reading     atomic.Bool  // src is being read from
	until       atomic.Int64 // unix nanoseconds: when it was last
	interrupted atomic.Bool  // src fails because it was told to

	src      io.Reader  // read with mu held
	mu       sync.Mutex // guards what follows
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
	u.begun.Store(true)
	u.fetch.waiting()
	u.reading.Store(true)
	n, err := u.src.Read(p)
	u.until.Store(time.Now().UnixNano())
	u.reading.Store(false)
	u.fetch.got(n)
	u.read += int64(n)
	if err == io.EOF && u.read < u.size {
		err = io.ErrUnexpectedEOF
	}
	switch {
	case err == io.EOF:
		u.end()
	case err != nil && !u.interrupted.Load():
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

// Close waits for a read that is under way, which a [Stopper] ends.
func (u *upload) Close() error {
	if u.begun.Load() {
		u.interrupt()
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.closed = true
	return nil
}

// since returns for how long the client has not been waited for.
func (u *upload) since() time.Duration {
	if u.reading.Load() {
		return 0
	}
	return time.Since(time.Unix(0, u.until.Load()))
}

// interrupt ends a read that is under way, if it can be ended.
func (u *upload) interrupt() {
	if s, ok := u.src.(Stopper); ok {
		u.interrupted.Store(true)
		s.Stop()
	}
}

// failure returns why the client's side failed, nil when it did not. It does not wait.
func (u *upload) failure() error {
	if err := u.failed.Load(); err != nil {
		return *err
	}
	return nil
}

// Stopper is a request's body that may wait for its client for long.
type Stopper interface {
	// Stop makes a Read that waits return an error, as all later ones do. It is called at the latest when the fetch that has begun to
	// read is over, from any goroutine, and may be called twice.
	Stop()
}

// Trailered is a body that may have fields behind it (RFC 9110, section 6.5).
type Trailered interface {
	// Trailers returns them, in the order of names. It is called once the body has returned io.EOF; before that it returns nil.
	Trailers() seawall.Fields
}
