package origin

import (
	"net"
	"net/http"
	"sync"
)

// underway counts the connections and handlers of one server, because http.Server.Close waits for neither.
type underway struct {
	conns    sync.WaitGroup
	handlers sync.WaitGroup

	mu     sync.Mutex // guards closed, and adding to handlers against it
	closed bool
}

// connState is an http.Server.ConnState hook. A server adds connections only while its Serve runs.
func (u *underway) connState(_ net.Conn, s http.ConnState) {
	switch s {
	case http.StateNew:
		u.conns.Add(1)
	case http.StateClosed:
		u.conns.Done()
	}
}

func (u *underway) handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !u.enter() {
			return
		}
		defer u.handlers.Done()
		next.ServeHTTP(w, r)
	})
}

// enter counts a handler, unless wait has begun to wait for the last.
func (u *underway) enter() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
		return false
	}
	u.handlers.Add(1)
	return true
}

// wait returns when all connections and handlers have ended. The server's Serve and Close have returned before it is called.
func (u *underway) wait() {
	u.conns.Wait()
	u.mu.Lock()
	u.closed = true
	u.mu.Unlock()
	u.handlers.Wait()
}
