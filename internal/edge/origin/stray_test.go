package origin

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/seawall-project/seawall"
)

// TestNobodyGetsAnothersAnswer: an origin that sends more than it said, or a body where there can be none, does not thereby answer the
// next request on the connection. A crowd before one connection makes it change hands at once.
func TestNobodyGetsAnothersAnswer(t *testing.T) {
	const evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
	for name, method := range map[string]string{"more than announced": "GET", "a body to HEAD": "HEAD"} {
		t.Run(name, func(t *testing.T) {
			o := scriptedWith(t, Options{MaxConns: 1}, func(c net.Conn) {
				in := bufio.NewReader(c)
				for {
					head, err := readHead(in)
					if err != nil {
						return
					}
					path := strings.Fields(head)[1]
					if _, err := fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nX-For: %s\r\nContent-Length: %d\r\n\r\n%s"+evil, path, len(path), path); err != nil {
						return
					}
				}
			})
			var wg sync.WaitGroup
			for i := range 200 {
				wg.Go(func() {
					r := get(fmt.Sprintf("/%d", i))
					r.Method = method
					resp, err := o.Fetch(t.Context(), r, nil, nil)
					if err != nil {
						if e, _ := errors.AsType[*Error](err); e.Reason != seawall.ReasonOriginReset {
							t.Errorf("got %v", err)
						}
						return
					}
					defer resp.Body.Close()
					body, err := io.ReadAll(resp.Body)
					if got := resp.Fields.Get("X-For"); got != r.Path || err == nil && method == "GET" && string(body) != r.Path {
						t.Errorf("asked for %s, got the answer to %q: %q", r.Path, got, body)
					}
				})
			}
			wg.Wait()
		})
	}
}

// TestStrayIsAskedAgain: whoever is handed such a connection is answered over another, when that can do no harm.
func TestStrayIsAskedAgain(t *testing.T) {
	e := &Error{Reason: seawall.ReasonOriginReset, Err: errStray, Sent: true, stale: true}
	if e.blames() || !repeatable("GET", true, e) || repeatable("POST", true, e) {
		t.Error("a stray answer is held against the origin, or asked for again where that may do harm")
	}
	for arrived, stray := range map[int64]bool{7: true, 8: false} {
		conn := &countedConn{}
		conn.arrived.Store(arrived)
		tr := &trail{conn: conn, quiet: 7}
		if tr.firstByte(); tr.stray != stray {
			t.Errorf("first byte after %d bytes, of which 7 had come before: got %v, want %v", arrived, tr.stray, stray)
		}
	}
}
