package std

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

// Windows of HTTP/3, which bound what one connection may make us hold, as in HTTP/2.
const (
	h3StreamBytes = 64 << 10
	h3ConnBytes   = 128 << 10
	// h3UniStreams are for settings and the two of QPACK (RFC 9114, section 6.2), and some that mean nothing.
	h3UniStreams = 8
)

var (
	errRefused = errors.New("refused")
	errWeak    = errors.New("HTTP/3 is off")
)

// serving3 is one UDP socket and its connections, for the length of one call of ServeQUIC.
type serving3 struct {
	answering
	server http3.Server
	drain  chan struct{}  // closed when draining begins
	calls  sync.WaitGroup // connections, from their first packet to their end
	conns  sync.WaitGroup // connections whose handshake is done, until nothing works for them any more
}

// ServeQUIC implements [engine.QUICServer].
func (e *Engine) ServeQUIC(ctx context.Context, pc net.PacketConn) error {
	if e.tls == nil {
		return errors.Join(fmt.Errorf("serve %s: %w", pc.LocalAddr(), errNoTLS), pc.Close())
	}
	ended, end := context.WithCancelCause(context.WithoutCancel(ctx))
	defer end(errStopped)
	s := &serving3{answering: answering{engine: e, ended: ended}, drain: make(chan struct{})}
	s.server.Handler = s
	s.server.MaxHeaderBytes = e.limits.HeadBytes
	s.server.IdleTimeout = e.limits.IdleTime
	s.server.ConnContext = func(ctx context.Context, c *quic.Conn) context.Context {
		return withLink(ctx, ctx.Value(caller{}).(*quicLink).take(c))
	}

	tr := &quic.Transport{Conn: pc, VerifySourceAddress: s.doubts, ConnContext: s.call}
	ln, err := tr.Listen(s.tlsConfig(), s.quicConfig())
	if err != nil {
		return errors.Join(fmt.Errorf("serve %s: %w", pc.LocalAddr(), err), tr.Close(), pc.Close())
	}
	here := fmt.Sprintf(`h3=":%d"; ma=86400`, pc.LocalAddr().(*net.UDPAddr).Port)
	e.http3.Store(&here)
	err = s.accept(ctx, ln)
	e.http3.CompareAndSwap(&here, nil)

	s.finishExchanges(end)
	err = errors.Join(err, ln.Close(), tr.Close(), pc.Close())
	s.conns.Wait()
	s.calls.Wait()
	return err
}

// finishExchanges gives exchanges Limits.Drain, and what was sent last a moment to arrive.
func (s *serving3) finishExchanges(end context.CancelCauseFunc) {
	close(s.drain)
	cut := time.AfterFunc(s.engine.limits.Drain, func() { end(errStopped) })
	defer cut.Stop()
	s.exchanges.close()
	if s.engine.quicConns.Load() > 0 {
		sleep(s.ended, lastBytes)
	}
	end(errStopped)
}

// lastBytes is how long a connection stays open after its last exchange when the engine stops. QUIC forgets what is under way when a
// connection is closed.
const lastBytes = 300 * time.Millisecond

func (s *serving3) tlsConfig() *tls.Config {
	config := s.engine.baseTLS.Clone()
	config.MinVersion = tls.VersionTLS13
	return http3.ConfigureTLSConfig(config)
}

func (s *serving3) quicConfig() *quic.Config {
	l := s.engine.limits
	return &quic.Config{
		HandshakeIdleTimeout:           l.HandshakeTime,
		MaxIdleTimeout:                 l.IdleTime,
		InitialStreamReceiveWindow:     h3StreamBytes,
		MaxStreamReceiveWindow:         h3StreamBytes,
		InitialConnectionReceiveWindow: h3ConnBytes,
		MaxConnectionReceiveWindow:     h3ConnBytes,
		MaxIncomingStreams:             int64(l.Streams),
		MaxIncomingUniStreams:          h3UniStreams,
	}
}

// accept takes connections until ctx ends (nil) or the socket is broken.
func (s *serving3) accept(ctx context.Context, ln *quic.Listener) error {
	for {
		c, err := ln.Accept(ctx)
		switch {
		case err == nil:
			s.conns.Go(func() { s.carry(c) })
		case ctx.Err() != nil:
			return nil //nolint:nilerr // the end of ctx is why
		default:
			return fmt.Errorf("accept on %s: %w", ln.Addr(), err)
		}
	}
}

// doubts reports whether whoever sends from an address has to show that it is there (RFC 9000, section 8.1.2), which costs readers a
// round trip: when a quarter of the handshakes, or half of the connections, that there may be are there, or HTTP/3 is off.
func (s *serving3) doubts(net.Addr) bool {
	e := s.engine
	return int(e.quicHandshakes.Load()) > e.handshakesLimit()/4 || int(e.conns.Load()) > e.limits.Conns/2 || e.udp.weak(e.now())
}

type caller struct{}

// call decides about a connection that somebody wants. An address that is not verified may be anybody's, so it is counted with no one
// until the handshake has shown that it is real.
func (s *serving3) call(ctx context.Context, info *quic.ClientInfo) (context.Context, error) {
	e := s.engine
	if e.udp.weak(e.now()) {
		return nil, errWeak
	}
	l := &quicLink{serving: s}
	l.engine, l.secure = e, true
	l.setSource(info.RemoteAddr)
	l.relayed = e.trust.Contains(addrOf(info.RemoteAddr))
	l.shut = l.end
	if !l.admit(info.AddrVerified) {
		if l.hello.Handshakes > l.hello.HandLimit { // else it is refused as it would be over TCP
			e.udp.attempt(e.now(), true)
		}
		return nil, errRefused
	}
	e.udp.attempt(e.now(), false)
	s.calls.Add(1)
	context.AfterFunc(ctx, l.over)
	return context.WithValue(ctx, caller{}, l), nil
}

// carry takes in the streams of one connection, and ends it when the engine stops.
func (s *serving3) carry(c *quic.Conn) {
	s.engine.quicConns.Add(1)
	defer s.engine.quicConns.Add(-1)
	web, err := s.server.NewRawServerConn(c)
	if err != nil {
		_ = c.CloseWithError(quic.ApplicationErrorCode(http3.ErrCodeInternalError), "")
		return
	}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			str, err := c.AcceptUniStream(context.Background())
			if err != nil {
				return
			}
			work.Go(func() { web.HandleUnidirectionalStream(str) })
		}
	})
	work.Go(func() {
		select {
		case <-s.ended.Done():
		case <-c.Context().Done():
		}
		_ = web.CloseWithError(quic.ApplicationErrorCode(http3.ErrCodeNoError), "")
	})
	for {
		str, err := c.AcceptStream(context.Background())
		if err != nil {
			break
		}
		if s.stopping() {
			str.CancelRead(quic.StreamErrorCode(http3.ErrCodeRequestRejected))
			str.CancelWrite(quic.StreamErrorCode(http3.ErrCodeRequestRejected))
			continue
		}
		_ = str.SetReadDeadline(time.Now().Add(s.engine.limits.HeadTime)) // until its head is here; it fails when the stream is gone
		work.Go(func() { web.HandleRequestStream(str) })
	}
	work.Wait()
}

func (s *serving3) stopping() bool {
	select {
	case <-s.drain:
		return true
	default:
		return false
	}
}

// altSvc returns what answers over TLS say of HTTP/3 (RFC 7838): where it is, for a day; that it is gone, while it is off; nothing when
// there never was any.
func (e *Engine) altSvc() string {
	here := e.http3.Load()
	switch {
	case here == nil:
		return ""
	case e.udp.weak(e.now()):
		return "clear"
	}
	return *here
}
