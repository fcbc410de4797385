package enginetest

import (
	"bytes"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/seawall-project/seawall/internal/engine"
)

const (
	headTime = 5 * time.Second
	idleTime = time.Minute
)

// testHead expects heads to have an end, in time and in size.
func testHead(t *testing.T, newEngine Maker) {
	for _, tt := range []struct {
		name  string
		lead  string        // sent at once
		drip  string        // sent one byte a second
		until time.Duration // when the connection must be closed at the latest
	}{
		{"silence", "", "", headTime},
		{"one byte", "G", "", headTime},
		{"slow head", "GET / HTTP/1.1\r\nHost: example.org\r\n", strings.Repeat("X-A: b\r\n", 100), headTime},
		{"slow second head", "GET / HTTP/1.1\r\nHost: example.org\r\n\r\nGET / HT", strings.Repeat("x", 100), 2 * headTime},
		{"idle", "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n", "", idleTime},
		{"slow preface", http2.ClientPreface[:5], http2.ClientPreface[5:], headTime},
		{"silence after the preface", http2.ClientPreface, "", headTime},
		{"idle h2", http2.ClientPreface + h2Frames(settings), "", idleTime + 2*time.Second},
		{"slow h2 head", http2.ClientPreface + h2Frames(settings, openHead), h2Frames(continuation), 2 * headTime},
		{"slow h2 frame", http2.ClientPreface + h2Frames(settings), h2Frames(continuation)[:80], 2 * headTime},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inMemory(t, func(t *testing.T, n network) {
				limits := engine.Limits{HeadTime: headTime, IdleTime: idleTime}
				s := newStage(t, newEngine, n, &handler{serve: text("ok")}, Setup{Limits: limits})
				c := s.dial(s.plain)
				send(t, c, tt.lead)
				var dripping sync.WaitGroup
				dripping.Go(func() { drip(c, tt.drip) })
				took := untilClosed(c)
				dripping.Wait()
				if took > tt.until {
					t.Errorf("closed after %v, want %v", took, tt.until)
				}
				synctest.Wait()
				if got := s.engine.Stats().Conns; got != 0 {
					t.Errorf("%d connections, want 0", got)
				}
			})
		})
	}
	t.Run("large head", func(t *testing.T) { testLargeHead(t, newEngine) })
}

func testLargeHead(t *testing.T, newEngine Maker) {
	forEachProto(t, func(t *testing.T, p proto) {
		onBoth(t, func(t *testing.T, n network) {
			s := newStage(t, newEngine, n, &handler{serve: text("ok")}, Setup{Limits: engine.Limits{HeadBytes: 8 << 10}})
			r := request(t, "GET", p.url("/"), nil)
			r.Header.Set("X-Large", strings.Repeat("x", 64<<10))
			resp, err := s.client(p).Do(r)
			if err != nil {
				return // broken off, or the client knows the limit: fine as well
			}
			resp.Body.Close()
			if got := resp.StatusCode; got != 431 {
				t.Errorf("status %d, want 431", got)
			}
		})
	})
}

// drip sends s one byte a second until that fails.
func drip(c net.Conn, s string) {
	for _, b := range []byte(s) {
		time.Sleep(time.Second)
		if _, err := c.Write([]byte{b}); err != nil {
			return
		}
	}
}

// untilClosed reads until the other side ends the connection.
func untilClosed(c net.Conn) time.Duration {
	begin := time.Now()
	_ = c.SetReadDeadline(begin.Add(time.Hour))
	buf := make([]byte, 4096)
	for {
		if _, err := c.Read(buf); err != nil {
			return time.Since(begin)
		}
	}
}

func h2Frames(write ...func(*http2.Framer) error) string {
	var b bytes.Buffer
	f := http2.NewFramer(&b, nil)
	for _, w := range write {
		if err := w(f); err != nil {
			panic(err)
		}
	}
	return b.String()
}

func settings(f *http2.Framer) error { return f.WriteSettings() }

// openHead begins a head and promises that more of it comes.
func openHead(f *http2.Framer) error {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for _, field := range [][2]string{{":method", "GET"}, {":scheme", "http"}, {":authority", "example.org"}, {":path", "/"}} {
		if err := e.WriteField(hpack.HeaderField{Name: field[0], Value: field[1]}); err != nil {
			return err
		}
	}
	return f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: b.Bytes(), EndStream: true})
}

// continuation goes on with it.
func continuation(f *http2.Framer) error {
	var b bytes.Buffer
	if err := hpack.NewEncoder(&b).WriteField(hpack.HeaderField{Name: "x-slow", Value: strings.Repeat("~", 300)}); err != nil {
		return err
	}
	return f.WriteContinuation(1, false, b.Bytes())
}
