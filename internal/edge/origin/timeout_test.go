package origin

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall"
)

// deaf takes no connection.
func deaf(ctx context.Context, _, _ string) (net.Conn, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// dripping sends a head and then a byte every gap, for ever.
func dripping(gap time.Duration) func(net.Conn) {
	return func(c net.Conn) {
		if _, err := readHead(bufio.NewReader(c)); err != nil {
			return
		}
		_, err := io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
		for err == nil {
			<-time.After(gap)
			_, err = io.WriteString(c, "x")
		}
	}
}

// TestTimeouts lets every time limit run out, and asks whose it was.
func TestTimeouts(t *testing.T) {
	plain, secure := "http://origin.example.org", "https://origin.example.org"
	tests := map[string]struct {
		base     string
		dial     dialFunc
		lookup   func(context.Context, string) ([]netip.Addr, error)
		timeouts Timeouts
		request  *seawall.Request
		body     io.Reader

		limit  string
		kind   ErrorType
		reason seawall.Reason
		sent   bool
		took   time.Duration
	}{
		"dns": {
			base: plain, lookup: func(ctx context.Context, _ string) ([]netip.Addr, error) { <-ctx.Done(); return nil, ctx.Err() },
			limit: "dns", kind: DNSTimeout, reason: seawall.ReasonOriginDown, took: nameTimeout,
		},
		"connect": {
			base: plain, dial: deaf,
			limit: "connect", kind: ConnectionTimeout, reason: seawall.ReasonOriginConnect, took: 3 * time.Second,
		},
		"connect, given": {
			base: plain, dial: deaf, timeouts: Timeouts{Connect: 7 * time.Second},
			limit: "connect", kind: ConnectionTimeout, reason: seawall.ReasonOriginConnect, took: 7 * time.Second,
		},
		"connect, with less patience": {
			base: plain, dial: deaf, timeouts: Timeouts{Connect: 7 * time.Second, FirstByte: 2 * time.Second},
			limit: "connect", kind: ConnectionTimeout, reason: seawall.ReasonOriginConnect, took: 2 * time.Second,
		},
		"tls": {
			base: secure, dial: dialling(hang),
			limit: "tls", kind: ConnectionTimeout, reason: seawall.ReasonOriginHandshake, took: 3 * time.Second,
		},
		"tls, given": {
			base: secure, dial: dialling(hang), timeouts: Timeouts{TLS: time.Second},
			limit: "tls", kind: ConnectionTimeout, reason: seawall.ReasonOriginHandshake, took: time.Second,
		},
		"write": {
			base: plain, dial: dialling(func(net.Conn) { <-time.After(31 * time.Second) }), request: post(1 << 20), body: strings.NewReader(strings.Repeat("x", 1<<20)),
			limit: "write", kind: WriteTimeout, reason: seawall.ReasonOriginTimeout, sent: true, took: 30 * time.Second,
		},
		"first byte": {
			base: plain, dial: dialling(hang),
			limit: "first_byte", kind: ReadTimeout, reason: seawall.ReasonOriginTimeout, sent: true, took: 15 * time.Second,
		},
		"first byte, given": {
			base: plain, dial: dialling(hang), timeouts: Timeouts{FirstByte: 4 * time.Second},
			limit: "first_byte", kind: ReadTimeout, reason: seawall.ReasonOriginTimeout, sent: true, took: 4 * time.Second,
		},
		"first byte of a form is given twice that": {
			base: plain, dial: dialling(hang), timeouts: Timeouts{FirstByte: 4 * time.Second}, request: post(0),
			limit: "first_byte", kind: ReadTimeout, reason: seawall.ReasonOriginTimeout, sent: true, took: 8 * time.Second,
		},
		"between bytes": {
			base: plain, dial: dialling(answerWith("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")),
			limit: "between_bytes", kind: ReadTimeout, reason: seawall.ReasonOriginStalled, sent: true, took: 20 * time.Second,
		},
		"between bytes, given": {
			base: plain, dial: dialling(dripping(6 * time.Second)), timeouts: Timeouts{BetweenBytes: 5 * time.Second},
			limit: "between_bytes", kind: ReadTimeout, reason: seawall.ReasonOriginStalled, sent: true, took: 5 * time.Second,
		},
		"between events": {
			base: plain, dial: dialling(answerWith("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")),
			limit: "between_bytes", kind: ReadTimeout, reason: seawall.ReasonOriginStalled, sent: true, took: 5 * time.Minute,
		},
		"whole": {
			base: plain, dial: dialling(dripping(15 * time.Second)),
			limit: "whole", kind: ResponseTimeout, reason: seawall.ReasonOriginUnfinished, sent: true, took: time.Hour,
		},
		"whole, given": {
			base: plain, dial: dialling(dripping(time.Second)), timeouts: Timeouts{Whole: 10*time.Second + time.Millisecond},
			limit: "whole", kind: ResponseTimeout, reason: seawall.ReasonOriginUnfinished, sent: true, took: 10*time.Second + time.Millisecond,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOrigin(t, Options{BaseURL: test.base, Dial: test.dial, Lookup: test.lookup, Timeouts: test.timeouts})
				if test.request == nil {
					test.request = get("/")
				}
				begun := time.Now()
				resp, err := o.Fetch(t.Context(), test.request, nil, test.body)
				if err == nil {
					_, err = io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
				}
				check(t, err, test.reason, test.sent)
				if e, _ := errors.AsType[*Error](err); e.Limit != test.limit || e.Type != test.kind {
					t.Errorf("got %q, %q, want %q, %q: %v", e.Limit, e.Type, test.limit, test.kind, err)
				}
				if took := time.Since(begun); took != test.took {
					t.Errorf("took %v, want %v", took, test.took)
				}
				time.Sleep(20 * time.Second) // for an origin that does not notice
			})
		})
	}
}

// TestWholeLeavesStreamsAlone: a stream of events goes on for as long as there are events.
func TestWholeLeavesStreamsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const events = 30
		o := scriptedWith(t, Options{Timeouts: Timeouts{Whole: time.Minute, BetweenBytes: time.Second}}, func(c net.Conn) {
			readHead(bufio.NewReader(c))
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream; charset=utf-8\r\n\r\n")
			for range events {
				<-time.After(4 * time.Minute)
				io.WriteString(c, "data: x\n\n")
			}
		})
		resp, err := o.Fetch(t.Context(), get("/"), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if body, err := io.ReadAll(resp.Body); err != nil || len(body) != events*len("data: x\n\n") || !resp.EventStream() {
			t.Errorf("got %d bytes, %v", len(body), err)
		}
	})
}
