package std

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
)

// Sizes of HTTP/2 that bound what one connection may make us hold. What we would receive for a body that nobody reads is the most
// of it.
const (
	h2FrameBytes      = 16 << 10
	h2StreamBytes     = 64 << 10
	h2ConnBytes       = 128 << 10
	h2HeaderTableSize = 4096
)

var (
	errStopped = errors.New("engine stopped")
	errNoTLS   = errors.New("no TLS configuration")
)

// serving is one listener and its connections, for the length of one call of Serve.
type serving struct {
	answering
	tls  bool
	ln   net.Listener
	feed *feed // what web accepts from
	web  *http.Server

	greeting sync.WaitGroup // connections not yet handed to web
	carried  tally          // connections that web has

	mu       sync.Mutex // guards what follows
	conns    map[*conn]struct{}
	draining bool
	drain    chan struct{} // closed when draining begins
}

// Serve implements [engine.Engine].
func (e *Engine) Serve(ctx context.Context, ln net.Listener, tls bool) error {
	if tls && e.tls == nil {
		return errors.Join(fmt.Errorf("serve %s: %w", ln.Addr(), errNoTLS), ln.Close())
	}
	ended, end := context.WithCancelCause(context.WithoutCancel(ctx))
	defer end(errStopped)
	s := newServing(ended, e, ln, tls)

	var web sync.WaitGroup
	web.Go(func() { _ = s.web.Serve(s.feed) }) // always http.ErrServerClosed
	stop := context.AfterFunc(ctx, func() { _ = ln.Close() })
	err := s.accept(ctx)
	if stop() {
		_ = ln.Close() // accepting failed by itself
	}

	s.finishExchanges()
	end(errStopped)
	s.cutOff()
	web.Wait()
	return err
}

func newServing(ended context.Context, e *Engine, ln net.Listener, tls bool) *serving {
	s := &serving{
		answering: answering{engine: e, ended: ended},
		tls:       tls,
		ln:        ln,
		feed:      newFeed(ln.Addr()),
		conns:     make(map[*conn]struct{}),
		drain:     make(chan struct{}),
	}
	l := e.limits
	s.web = &http.Server{
		Handler:                      s,
		Protocols:                    new(http.Protocols),
		ReadHeaderTimeout:            l.HeadTime,
		IdleTimeout:                  l.IdleTime,
		MaxHeaderBytes:               l.HeadBytes,
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     slog.NewLogLogger(breaches{&e.breaches}, slog.LevelError),
		BaseContext:                  func(net.Listener) context.Context { return ended },
		ConnContext:                  func(ctx context.Context, c net.Conn) context.Context { return withLink(ctx, c.(*carried)) },
		ConnState:                    s.noteState,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams:          l.Streams,
			MaxReadFrameSize:              h2FrameBytes,
			MaxReceiveBufferPerStream:     h2StreamBytes,
			MaxReceiveBufferPerConnection: h2ConnBytes,
			MaxDecoderHeaderTableSize:     h2HeaderTableSize,
			MaxEncoderHeaderTableSize:     h2HeaderTableSize,
			WriteByteTimeout:              l.StallTime,
		},
	}
	s.web.Protocols.SetHTTP1(true)
	s.web.Protocols.SetUnencryptedHTTP2(true)
	return s
}

// noteState learns from net/http when it is done with a connection.
func (s *serving) noteState(_ net.Conn, state http.ConnState) {
	if state == http.StateClosed || state == http.StateHijacked { // then the exchange goes on
		s.carried.leave()
	}
}

// hand gives a connection that is ready to net/http.
func (s *serving) hand(c *carried) {
	if !s.carried.enter() {
		_ = c.Close()
		return
	}
	if !s.feed.hand(c) {
		s.carried.leave()
		_ = c.Close()
	}
}

// register keeps c until it is closed; false when the engine is stopping.
func (s *serving) register(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return false
	}
	s.conns[c] = struct{}{}
	return true
}

func (s *serving) forget(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

// finishExchanges closes connections that have not spoken yet and gives the others Limits.Drain for what they have under way.
func (s *serving) finishExchanges() {
	s.mu.Lock()
	s.draining = true
	s.mu.Unlock()
	close(s.drain)
	for _, c := range s.open() {
		if !c.spoke.Load() {
			_ = c.Close()
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.engine.limits.Drain)
	defer cancel()
	_ = s.web.Shutdown(ctx) // its error says that time was up, and cutOff comes next either way
}

// cutOff closes what is left and waits for everything that was started.
func (s *serving) cutOff() {
	_ = s.web.Close()
	s.feed.stop()
	for _, c := range s.open() {
		_ = c.Close()
	}
	s.greeting.Wait()
	s.carried.close()
	s.exchanges.close()
}

func (s *serving) open() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*conn, 0, len(s.conns))
	for c := range s.conns {
		all = append(all, c)
	}
	return all
}
