package origin

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
)

var errUploadClosed = errors.New("request body is no longer read")

// upload is a request's body as net/http reads it. Once closed it is read no more, even by a goroutine that net/http left behind.
type upload struct {
	size     int64                 // bytes, -1 when not known
	progress func(n int)           // told of every n bytes read
	failed   atomic.Pointer[error] // why src failed

	mu     sync.Mutex // guards what follows, and is held while src is read
	src    io.Reader
	read   int64
	closed bool
}

func (u *upload) Read(p []byte) (int, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
		return 0, errUploadClosed
	}
	n, err := u.src.Read(p)
	u.read += int64(n)
	u.progress(n)
	if err == io.EOF && u.read < u.size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil && err != io.EOF {
		u.failed.Store(&err)
	}
	return n, err
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
