package app

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestRefusals sends by a raw client what two programs could read in two ways, and looks at the answer, at the end of the connection, at
// what is counted, and that none of it reached the origin.
func TestRefusals(t *testing.T) {
	const host = "Host: www.example.org\r\n"
	for _, tt := range []struct {
		raw    string
		status int
		reason string
	}{
		{"POST / HTTP/1.1\r\n" + host + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "length_and_coding"},
		{"POST / HTTP/1.1\r\n" + host + "Content-Length: 4\r\nContent-Length: 4\r\n\r\nword", 400, "repeated_length"},
		{"GET / HTTP/1.1\r\n" + host + host + "\r\n", 400, "host_field"},
		{"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip\r\n\r\n", 400, "transfer_coding"},
		{"POST / HTTP/1.0\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "transfer_coding"},
		{"GET / HTTP/1.1\r\n" + host + "X-A: b\r\n c\r\n\r\n", 400, "folded_field"},
		{"GET / HTTP/1.1\r\n" + host + "X-A: b\rc\r\n\r\n", 400, "bare_newline"},
		{"GET / HTTP/1.1\n" + "Host: www.example.org\n\n", 400, "bare_newline"},
		{"GET / HTTP/1.1\r\nHost : www.example.org\r\n\r\n", 400, "field_space"},
		{"GET http://other.example.org/ HTTP/1.1\r\n" + host + "\r\n", 400, "host_field"},
		{"GET / HTTP/1.2\r\n" + host + "\r\n", 505, "version"},
		{"GET / HTTP/1.1\r\n" + host + "X-A: " + strings.Repeat("a", 40<<10) + "\r\n\r\n", 431, "head_too_large"},
		{"GET / HTTP/1.1\r\nHost: other.example.org\r\nConnection: close\r\n\r\n", 421, "unknown_host"},
		{"POST / HTTP/1.1\r\n" + host + "Content-Length: 16777217\r\n\r\n", 413, "body_too_large"},
		{"TRACE / HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n", 501, "method"},
	} {
		t.Run(fmt.Sprintf("%d %s", tt.status, tt.reason), func(t *testing.T) {
			var asked atomic.Int64
			url := serveOn(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
			cfg := oneSite(t, url, "off")
			cfg.Admin = "127.0.0.1:0"
			a := start(t, Options{Config: cfg})
			c, err := to(a.Addrs()[0])(t.Context(), "", "")
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			_ = c.SetDeadline(time.Now().Add(time.Minute))
			go func(c net.Conn) { _, _ = io.WriteString(c, tt.raw) }(c) // it need not all be read
			r := bufio.NewReader(c)
			resp, err := http.ReadResponse(r, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != tt.status || !resp.Close {
				t.Errorf("status %d, closing %v, %v, want %d and the end", resp.StatusCode, resp.Close, err, tt.status)
			}
			resp.Body.Close()
			if rest, _ := io.ReadAll(r); len(rest) > 0 {
				t.Errorf("behind the answer came %q", rest)
			}
			a.stop() // so that the outcome is counted
			found := false
			for name, n := range samples(t, a.App) {
				if strings.HasPrefix(name, "seawall_outcomes_total{") && strings.Contains(name, `reason="`+tt.reason+`"`) && n == 1 {
					found = true
				}
			}
			if !found {
				t.Errorf("reason %s was not counted once", tt.reason)
			}
			if asked.Load() > 0 {
				t.Error("the origin was asked")
			}
		})
	}
}
