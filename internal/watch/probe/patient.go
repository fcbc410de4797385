package probe

import (
	"net"
	"sync"
)

// patient is a connection that is not listened to before something was said on it. Package http drops what a server says too early, and calls it
// by different names, depending on when it comes; said in order, it is classified like any other answer.
type patient struct {
	net.Conn
	said chan struct{} // closed once something was written, or the connection was closed
	once sync.Once
}

func newPatient(conn net.Conn) *patient { return &patient{Conn: conn, said: make(chan struct{})} }

func (p *patient) speak() { p.once.Do(func() { close(p.said) }) }

func (p *patient) Read(b []byte) (int, error) {
	<-p.said
	return p.Conn.Read(b)
}

func (p *patient) Write(b []byte) (int, error) {
	defer p.speak()
	return p.Conn.Write(b)
}

// Close closes the connection and ends a Read that waits.
func (p *patient) Close() error {
	defer p.speak()
	return p.Conn.Close()
}
