package gateway_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
)

// Here are origins that speak HTTP badly, or worse than that, each with what a reader gets who has a copy in the cache, and what one gets
// who has none.

const okHead = "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n"

// after answers one request with some bytes, and leaves it at that for as long as the connection lives.
func after(raw string) func(net.Conn) {
	return func(c net.Conn) {
		in := bufio.NewReader(c)
		readHead(in)
		io.WriteString(c, raw)
		io.Copy(io.Discard, in)
	}
}

// endless answers one request with a beginning and then the same again and again, until nobody takes it any more.
func endless(begin, again string) func(net.Conn) {
	return func(c net.Conn) {
		readHead(bufio.NewReader(c))
		_, err := io.WriteString(c, begin)
		for err == nil {
			_, err = io.WriteString(c, again)
		}
	}
}

func TestBadOrigins(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 1<<15) // 512 KiB, more than is held
	tests := map[string]struct {
		script func(net.Conn)
		reason seawall.Reason
		status int    // of the note for who has no copy; 200 when the answer had begun and is cut off
		proxy  string // of the note's Proxy-Status
		took   time.Duration
	}{
		"refuses":    {nil, seawall.ReasonOriginDown, 503, "connection_refused", 0},
		"hangs up":   {once(""), seawall.ReasonOriginReset, 503, "connection_terminated", 0},
		"is silent":  {after(""), seawall.ReasonOriginTimeout, 504, `connection_read_timeout; details="first_byte"`, 15 * time.Second},
		"says 503":   {saying("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"), seawall.ReasonOriginError, 503, "destination_unavailable; received-status=503", 0},
		"speaks SSH": {after("SSH-2.0-OpenSSH_9.9\r\n\r\n"), seawall.ReasonOriginReset, 503, "http_protocol_error", 0},
		"speaks h2":  {after("\x00\x00\x12\x04\x00\x00\x00\x00\x00" + strings.Repeat("\x00", 18) + "\r\n\r\n"), seawall.ReasonOriginReset, 503, "http_protocol_error", 0},

		"hangs up in mid-field":     {once(okHead + "Content-Le"), seawall.ReasonOriginReset, 503, "http_protocol_error", 0},
		"hangs up in mid-head":      {once(okHead), seawall.ReasonOriginReset, 503, "connection_terminated", 0},
		"hangs in mid-head":         {after(okHead + "Content-Le"), seawall.ReasonOriginTimeout, 504, `connection_read_timeout; details="first_byte"`, 15 * time.Second},
		"has no status":             {after("HTTP/1.1 OK\r\n\r\n"), seawall.ReasonOriginReset, 503, "http_protocol_error", 0},
		"has a negative length":     {after(okHead + "Content-Length: -5\r\n\r\nhello"), seawall.ReasonOriginReset, 503, "http_protocol_error", 0},
		"has two lengths":           {after(okHead + "Content-Length: 5\r\nContent-Length: 50\r\n\r\nhello"), seawall.ReasonOriginReset, 503, "http_protocol_error", 0},
		"has an unknown coding":     {after(okHead + "Transfer-Encoding: rot13\r\n\r\nuryyb"), seawall.ReasonOriginReset, 503, "http_protocol_error", 0},
		"has a field without colon": {after(okHead + "Content Length\r\n\r\nhello"), seawall.ReasonOriginReset, 503, "http_protocol_error", 0},
		"floods with fields":        {endless(okHead, "X-Flood: "+strings.Repeat("x", 1000)+"\r\n"), seawall.ReasonOriginReset, 503, "http_response_header_section_size", 0},
		"floods with one field":     {endless(okHead+"X-Flood: ", strings.Repeat("x", 1000)), seawall.ReasonOriginReset, 503, "http_response_header_section_size", 0},
		"floods with early hints":   {endless("", "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"), seawall.ReasonOriginReset, 503, "http_response_header_section_size", 0},
		"floods with 100":           {endless("", "HTTP/1.1 100 Continue\r\n\r\n"), seawall.ReasonOriginReset, 503, "http_response_header_section_size", 0},

		"sends less than it said":         {once(okHead + "Content-Length: 10\r\n\r\nhello"), seawall.ReasonOriginReset, 503, "http_response_incomplete", 0},
		"hangs in mid-body":               {after(okHead + "Content-Length: 10\r\n\r\nhello"), seawall.ReasonOriginStalled, 504, `connection_read_timeout; details="between_bytes"`, 20 * time.Second},
		"hangs up in mid-chunk":           {once(okHead + "Transfer-Encoding: chunked\r\n\r\n5\r\nhel"), seawall.ReasonOriginReset, 503, "http_response_incomplete", 0},
		"hangs up before the last chunk":  {once(okHead + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"), seawall.ReasonOriginReset, 503, "http_response_incomplete", 0},
		"has a chunk of no size":          {after(okHead + "Transfer-Encoding: chunked\r\n\r\nhello\r\n0\r\n\r\n"), seawall.ReasonOriginReset, 503, "http_response_transfer_coding", 0},
		"has a chunk without end":         {after(okHead + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello5\r\nhello\r\n0\r\n\r\n"), seawall.ReasonOriginReset, 503, "http_response_transfer_coding", 0},
		"has a chunk beyond all measure":  {after(okHead + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n"), seawall.ReasonOriginReset, 503, "http_response_transfer_coding", 0},
		"has an endless chunk extension":  {endless(okHead+"Transfer-Encoding: chunked\r\n\r\n5;", strings.Repeat("x", 1000)), seawall.ReasonOriginReset, 503, "http_response_transfer_coding", 0},
		"floods with trailers":            {endless(okHead+"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", "X-Flood: "+strings.Repeat("x", 1000)+"\r\n"), seawall.ReasonOriginReset, 503, "http_response_trailer_section_size", 0},
		"sends much less than it said":    {once(okHead + "Content-Length: 1000000\r\n\r\n" + long), seawall.ReasonOriginReset, 200, "", 0},
		"hangs in a long body":            {after(okHead + "Content-Length: 1000000\r\n\r\n" + long), seawall.ReasonOriginStalled, 200, "", 20 * time.Second},
		"has a bad chunk in a long body":  {after(okHead + "Transfer-Encoding: chunked\r\n\r\n80000\r\n" + long + "\r\nno size\r\n"), seawall.ReasonOriginReset, 200, "", 0},
		"hangs up in a long chunked body": {once(okHead + "Transfer-Encoding: chunked\r\n\r\n80000\r\n" + long + "\r\n"), seawall.ReasonOriginReset, 200, "", 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, raw := newRawBench(t, saying(okHead+"Content-Length: 4\r\n\r\ncopy"))
				b.ask(t.Context(), request("GET", "/known"))
				time.Sleep(time.Hour)
				raw.play(test.script)

				begun := time.Now()
				got := b.ask(t.Context(), request("GET", "/known"))
				waited := time.Since(begun)
				took, reason := test.took, test.reason
				if test.status != 200 && took > edge.DefaultStalePatience { // then the origin goes on without this reader
					took, reason = edge.DefaultStalePatience, seawall.ReasonShed
					time.Sleep(test.took)
				}
				o := b.last(t)
				switch {
				case test.status == 200 && (!got.aborted || o.Reason != test.reason):
					t.Errorf("with a copy, and an answer that had begun: not cut off visibly, %+v", o)
				case test.status != 200 && (got.status != 200 || got.body.String() != "copy" || o.Answer != seawall.AnswerStale || o.Reason != reason):
					t.Errorf("with a copy: got %d %q, %v, %v", got.status, got.body.String(), o.Answer, o.Reason)
				}
				if waited != took {
					t.Errorf("took %v, want %v", waited, took)
				}

				got = b.ask(t.Context(), request("GET", "/new"))
				o = b.last(t)
				if o.Reason != test.reason || got.status != test.status {
					t.Errorf("without a copy: got %d for %v, want %d for %v", got.status, o.Reason, test.status, test.reason)
				}
				if test.status == 200 {
					if !got.aborted || got.body.Len() == 0 || got.body.Len() > len(long) {
						t.Errorf("got %d bytes that seem whole", got.body.Len())
					}
				} else if want := "Seawall; error=" + test.proxy; got.fields.Get("Proxy-Status") != want || o.Answer != seawall.AnswerNote || got.aborted {
					t.Errorf("Proxy-Status: got %q, want %q; %+v", got.fields.Get("Proxy-Status"), want, o)
				}
				if s := b.cache.Stats(); s.Recording != 0 || s.Entries > 1 {
					t.Errorf("something was kept of it: %+v", s)
				}
			})
		})
	}
}

// TestMoreThanAnnounced: what an origin sends beyond its answer is part of no answer.
func TestMoreThanAnnounced(t *testing.T) {
	const evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
	b, _ := newRawBench(t, saying("HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nContent-Length: 5\r\n\r\nhello"+evil))
	for i := range 50 {
		got := b.ask(t.Context(), request("GET", fmt.Sprintf("/%d", i)))
		if got.status == 200 && got.body.String() != "hello" {
			t.Fatalf("%d: got %q", i, got.body.String())
		}
		b.last(t)
	}
}

// sink counts and forgets; it leaves once it has had enough.
type sink struct {
	reader
	got    int64
	enough int64
	leave  context.CancelFunc
}

func (s *sink) Write(p []byte) (int, error) {
	if s.got += int64(len(p)); s.got >= s.enough {
		s.leave()
		return 0, errors.New("the reader has gone")
	}
	return len(p), nil
}

// TestTenGigabytes: an answer without end goes through a buffer of a few KiB, nothing of it is kept, and it ends with its reader.
func TestTenGigabytes(t *testing.T) {
	for name, head := range map[string]string{
		"announced":                       okHead + "Content-Length: 10737418240\r\n\r\n",
		"until the end of the connection": okHead + "\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			ended := make(chan int, 1)
			b, _ := newRawBench(t, func(c net.Conn) {
				readHead(bufio.NewReader(c))
				_, err := io.WriteString(c, head)
				part, sent := make([]byte, 64<<10), 0
				for err == nil {
					var n int
					n, err = c.Write(part)
					sent += n
				}
				ended <- sent
			})
			var before, during runtime.MemStats
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			const enough = 256 << 20
			x := request("GET", "/iso")
			out := &sink{enough: enough, leave: leave}
			x.Out = out
			runtime.GC()
			runtime.ReadMemStats(&before)
			b.Serve(ctx, x)
			runtime.GC()
			runtime.ReadMemStats(&during)
			sent := <-ended
			if sent < enough-1<<20 || sent > enough+1<<20 {
				t.Errorf("the origin sent %d bytes to a reader who took %d", sent, enough)
			}
			if grown := int64(during.HeapAlloc) - int64(before.HeapAlloc); grown > 2<<20 {
				t.Errorf("%d bytes are held after %d", grown, enough)
			}
			if allocated := during.TotalAlloc - before.TotalAlloc; allocated > 64<<20 {
				t.Errorf("%d bytes were allocated on the way of %d", allocated, enough)
			}
			if s := b.cache.Stats(); s.Recording != 0 || s.Entries != 0 {
				t.Errorf("something was kept: %+v", s)
			}
			b.last(t)
		})
	}
}

// TestManyPathsAndKeys asks within a second for ten thousand pages that nobody has asked for before, each path and each query key another,
// from a thousand networks. All is bounded and counted, every one of them gets an answer, and readers get their page.
func TestManyPathsAndKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _ := newRawBench(t, func(c net.Conn) {
			in := bufio.NewReader(c)
			for {
				head := readHead(in)
				if head == "" {
					return
				}
				<-time.After(50 * time.Millisecond)
				if _, err := io.WriteString(c, okHead+"Content-Length: 4\r\n\r\npage"); err != nil {
					return
				}
			}
		})
		b.ask(t.Context(), by(request("GET", "/news"), "203.0.113.1"))
		b.ask(t.Context(), by(request("GET", "/old"), "203.0.113.1"))
		time.Sleep(50 * time.Second)
		b.ask(t.Context(), by(request("GET", "/news"), "203.0.113.1")) // still fresh
		time.Sleep(11 * time.Second)                                   // now both are stale

		const flood, readers = 10000, 200
		var wg sync.WaitGroup
		var mu sync.Mutex
		served, notes := 0, 0
		for i := range flood {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * time.Second / flood)
				x := by(request("GET", fmt.Sprintf("/a%x/b%d", i*7919, i)), fmt.Sprintf("10.%d.%d.1", i%1000/250, i%250))
				x.Request.Query = fmt.Sprintf("k%d=%d", i, i)
				b.Serve(t.Context(), x)
				mu.Lock()
				defer mu.Unlock()
				switch got := x.Out.(*reader); {
				case got.status == 200:
					served++
				case got.status == 503 && got.body.Len() > 0 && got.fields.Get("Proxy-Status") != "":
					notes++
				}
			})
		}
		right := 0
		for i := range readers {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * time.Second / readers)
				got := b.ask(t.Context(), by(request("GET", []string{"/news", "/old"}[i%2]), fmt.Sprintf("198.51.%d.1", i)))
				mu.Lock()
				defer mu.Unlock()
				if got.status == 200 && got.body.String() == "page" {
					right++
				}
			})
		}
		for range 20 {
			time.Sleep(100 * time.Millisecond)
			a, g, c := b.admit.Stats(time.Now()), b.Stats(), b.cache.Stats()
			for name, use := range map[string][2]int64{
				"at the origin": {int64(a.InFlight), int64(a.Limit)}, "queued": {int64(a.Queued), int64(a.QueueLimit)},
				"templates": {int64(a.Templates), int64(a.TemplatesLimit)}, "networks": {int64(a.Networks), int64(a.NetworksLimit)},
				"sharing": {int64(g.Sharing), int64(g.SharingLimit)}, "cached": {c.Bytes, c.BytesLimit}, "recording": {c.Recording, c.RecordingLimit},
			} {
				if use[0] > use[1] || use[1] == 0 {
					t.Errorf("%s: %d of %d", name, use[0], use[1])
				}
			}
		}
		wg.Wait()
		if served+notes != flood || notes == 0 || served == 0 {
			t.Errorf("of %d strangers %d got the page and %d a note", flood, served, notes)
		}
		if right != readers {
			t.Errorf("%d of %d readers got their page", right, readers)
		}
		b.last(t)
		if len(b.outcomes) != flood+readers+3 {
			t.Errorf("%d outcomes of %d requests", len(b.outcomes), flood+readers+3)
		}
		t.Logf("strangers: %d served, %d noted; readers: %d of %d", served, notes, right, readers)
	})
}

// TestResetOverTCP resets real connections, before, in and after a head and in mid-body.
func TestResetOverTCP(t *testing.T) {
	for _, raw := range []string{"", "HTTP/1.1 2", okHead + "Content-Length: 10\r\n\r\nhel"} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			for {
				c, err := ln.Accept()
				if err != nil {
					return
				}
				readHead(bufio.NewReader(c))
				io.WriteString(c, raw)
				_ = c.(*net.TCPConn).SetLinger(0)
				c.Close()
			}
		})
		b := newTCPBench(t, ln.Addr().String())
		got := b.ask(t.Context(), request("GET", "/"))
		if o := b.last(t); got.status != 503 || o.Reason != seawall.ReasonOriginReset || o.Answer != seawall.AnswerNote {
			t.Errorf("%q: got %d, %+v", raw, got.status, o)
		}
		ln.Close()
		wg.Wait()
	}
}
