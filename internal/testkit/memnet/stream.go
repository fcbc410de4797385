package memnet

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// BufferBytes is how much one direction of a connection holds before its writer waits.
const BufferBytes = 64 << 10

// stream is one direction of a connection: a bounded buffer between one end that writes and one that reads.
type stream struct {
	mu      sync.Mutex // guards all that follows
	changed sync.Cond
	buf     []byte // unread bytes
	writing bool   // a Write is under way, others wait for it to end

	readErr  error // why reading ended, after what is in buf
	writeErr error // why writing ended
	noReader bool  // the reading end is closed
	noWriter bool  // the writing end is closed

	readDeadline, writeDeadline deadline
}

func newStream() *stream {
	s := new(stream)
	s.changed.L = &s.mu
	return s
}

func (s *stream) read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.noReader:
			return 0, net.ErrClosed
		case s.readDeadline.passed:
			return 0, os.ErrDeadlineExceeded
		case len(p) == 0:
			return 0, nil
		case len(s.buf) > 0:
			n := copy(p, s.buf)
			s.buf = s.buf[:copy(s.buf, s.buf[n:])]
			s.changed.Broadcast()
			return n, nil
		case s.readErr != nil:
			return 0, s.readErr
		}
		s.changed.Wait()
	}
}

func (s *stream) write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.writing && s.writeFault() == nil {
		s.changed.Wait()
	}
	if err := s.writeFault(); err != nil {
		return 0, err
	}
	s.writing = true
	defer func() { s.writing = false; s.changed.Broadcast() }()

	sent := 0
	for {
		if err := s.writeFault(); err != nil {
			return sent, err
		}
		if n := min(BufferBytes-len(s.buf), len(p)-sent); n > 0 {
			s.buf = append(s.buf, p[sent:sent+n]...)
			sent += n
			s.changed.Broadcast()
		}
		if sent == len(p) {
			return sent, nil
		}
		s.changed.Wait()
	}
}

// writeFault returns why nothing can be written now.
func (s *stream) writeFault() error {
	switch {
	case s.noWriter:
		return net.ErrClosed
	case s.writeErr != nil:
		return s.writeErr
	case s.writeDeadline.passed:
		return os.ErrDeadlineExceeded
	}
	return nil
}

// closeReader ends the stream from its reading end: nobody will ever read it.
func (s *stream) closeReader() {
	s.end(func() {
		s.noReader, s.buf = true, nil
		s.readDeadline.stop()
		if s.writeErr == nil {
			s.writeErr = syscall.EPIPE
		}
	})
}

// closeWriter ends the stream from its writing end.
func (s *stream) closeWriter() {
	s.end(func() {
		s.noWriter = true
		s.writeDeadline.stop()
		if s.readErr == nil {
			s.readErr = io.EOF
		}
	})
}

// shut makes further writes fail while the writing end stays open.
func (s *stream) shut() {
	s.end(func() {
		if s.writeErr == nil {
			s.writeErr = syscall.EPIPE
		}
		if s.readErr == nil {
			s.readErr = io.EOF
		}
	})
}

// reset ends the stream at both ends; what was not read is gone.
func (s *stream) reset() {
	s.end(func() {
		s.buf = nil
		s.readErr, s.writeErr = syscall.ECONNRESET, syscall.ECONNRESET
	})
}

func (s *stream) end(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
	s.changed.Broadcast()
}

func (s *stream) setReadDeadline(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.noReader {
		return net.ErrClosed
	}
	s.readDeadline.set(s, t)
	return nil
}

func (s *stream) setWriteDeadline(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.noWriter {
		return net.ErrClosed
	}
	s.writeDeadline.set(s, t)
	return nil
}

// deadline is one of a stream's two deadlines. Its fields are guarded by the stream's mutex.
type deadline struct {
	passed bool
	timer  *time.Timer // nil when none is set
}

// set replaces the deadline; the zero time means none. The stream's mutex is held.
func (d *deadline) set(s *stream, t time.Time) {
	d.stop()
	d.passed = false
	if !t.IsZero() {
		if wait := time.Until(t); wait > 0 {
			d.start(s, wait)
		} else {
			d.passed = true
		}
	}
	s.changed.Broadcast()
}

func (d *deadline) start(s *stream, wait time.Duration) {
	var timer *time.Timer
	timer = time.AfterFunc(wait, func() {
		s.end(func() {
			if d.timer == timer { // else it was replaced while this waited for the mutex
				d.passed = true
			}
		})
	})
	d.timer = timer
}

func (d *deadline) stop() {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
}
