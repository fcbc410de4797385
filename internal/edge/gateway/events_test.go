package gateway_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall"
)

const eventsHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: public, max-age=60\r\n\r\n"

// ticking sends an event every gap, n of them.
func ticking(n int, gap time.Duration) func(net.Conn) {
	return func(c net.Conn) {
		if readHead(bufio.NewReader(c)) == "" {
			return
		}
		io.WriteString(c, eventsHead)
		for i := range n {
			if _, err := fmt.Fprintf(c, "data: %d\n\n", i); err != nil {
				return
			}
			<-time.After(gap)
		}
	}
}

// TestEvents: each event is on its way to the reader as soon as it comes, nothing is kept, nobody waits for the end, and a reader who
// leaves ends the stream at the origin.
func TestEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, raw := newRawBench(t, ticking(100, time.Minute))
		var wg sync.WaitGroup
		outs := make([]*trailReader, 3)
		ctx, leave := context.WithCancel(t.Context())
		for i := range outs {
			x := by(request("GET", "/live"), fmt.Sprintf("198.51.%d.1", i))
			outs[i] = &trailReader{}
			x.Out = outs[i]
			wg.Go(func() { b.Serve(ctx, x) })
		}
		time.Sleep(time.Second)
		for n := 1; n <= 10; n++ {
			synctest.Wait()
			for i, out := range outs {
				if got := out.flushes(); got != n {
					t.Fatalf("reader %d: %d events after %d", i, got, n)
				}
			}
			time.Sleep(time.Minute)
		}
		if s := b.Stats(); s.Lasting != 3 || s.Downloads != 0 || s.LastingLimit == 0 {
			t.Errorf("under way: %+v", s)
		}
		if l := b.admit.Load(time.Now()); l.InFlight != 0 {
			t.Errorf("%d places held", l.InFlight)
		}
		leave()
		wg.Wait()
		if o := b.last(t); o.Status != 200 || o.Reason != seawall.ReasonClientGone || b.Stats().Lasting != 0 {
			t.Errorf("outcome %+v, %+v", o, b.Stats())
		}
		if raw.dialled() != 3 || b.cache.Stats().Entries != 0 {
			t.Errorf("%d connections, %d kept answers", raw.dialled(), b.cache.Stats().Entries)
		}
		time.Sleep(time.Minute) // the origin notices at its next event
	})
}

// TestEventsEnd: the end of a stream is its end, and a stream that falls silent is cut off visibly.
func TestEventsEnd(t *testing.T) {
	for name, test := range map[string]struct {
		script  func(net.Conn)
		bytes   int
		aborted bool
		reason  seawall.Reason
	}{
		"ends":         {ticking(3, 4*time.Minute), 27, false, seawall.ReasonMiss},
		"falls silent": {ticking(3, 6*time.Minute), 9, true, seawall.ReasonOriginStalled},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, _ := newRawBench(t, test.script)
				got := b.ask(t.Context(), request("GET", "/live"))
				if o := b.last(t); got.body.Len() != test.bytes || got.aborted != test.aborted || o.Reason != test.reason {
					t.Errorf("got %d bytes, aborted %v, %+v", got.body.Len(), got.aborted, o)
				}
				time.Sleep(10 * time.Minute)
			})
		})
	}
}

// TestEventsAreShared: streams make way for other networks' and take no room from downloads.
func TestEventsAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, raw := newRawBench(t, ticking(1, time.Hour))
		ctx, leave := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		limit := b.Stats().LastingLimit
		for range limit {
			wg.Go(func() { b.Serve(ctx, request("GET", "/live")) })
			synctest.Wait()
		}
		if s := b.Stats(); s.Lasting != limit || s.Downloads != 0 {
			t.Errorf("under way: %+v", s)
		}
		refused := b.ask(ctx, request("GET", "/live"))
		if o := b.outcomes[len(b.outcomes)-1]; refused.status != 503 || o.Reason != seawall.ReasonTunnels || o.Answer != seawall.AnswerNote {
			t.Errorf("beyond the limit: got %d, %+v", refused.status, o)
		}
		other := by(request("GET", "/live"), "203.0.113.9")
		wg.Go(func() { b.Serve(ctx, other) })
		synctest.Wait()
		if s := b.Stats(); s.Lasting != limit || s.Evicted != 1 || other.Out.(*reader).status != 200 {
			t.Errorf("another network: %+v", s)
		}
		if o := b.outcomes[len(b.outcomes)-1]; o.Status != 200 || o.Reason != seawall.ReasonTunnels {
			t.Errorf("who made way: %+v", o)
		}
		raw.play(saying("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"))
		if got := b.ask(t.Context(), request("GET", "/download")); got.status != 200 || got.body.String() != "hello" {
			t.Errorf("a download beside them: got %d", got.status)
		}
		leave()
		wg.Wait()
		time.Sleep(time.Hour)
	})
}
