package std

import (
	"net"
	"sync"
)

// feed is the listener that net/http accepts from: it yields connections that are handed to it.
type feed struct {
	addr    net.Addr
	conns   chan net.Conn
	stopped chan struct{}
	once    sync.Once
}

func newFeed(addr net.Addr) *feed {
	return &feed{addr: addr, conns: make(chan net.Conn), stopped: make(chan struct{})}
}

// hand waits until c is accepted; false when nobody will.
func (f *feed) hand(c net.Conn) bool {
	select {
	case f.conns <- c:
		return true
	case <-f.stopped:
		return false
	}
}

func (f *feed) stop() { f.once.Do(func() { close(f.stopped) }) }

func (f *feed) Accept() (net.Conn, error) {
	select {
	case c := <-f.conns:
		return c, nil
	case <-f.stopped:
		return nil, net.ErrClosed
	}
}

func (f *feed) Close() error {
	f.stop()
	return nil
}

func (f *feed) Addr() net.Addr { return f.addr }
