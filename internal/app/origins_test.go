package app

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// refusing returns the URL of an origin that takes no connection.
func refusing(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = ln.Close()
	return "http://" + ln.Addr().String()
}

// TestSeveralOrigins: with one of two origins down, every reader gets the page, and the owner sees which is left alone.
func TestSeveralOrigins(t *testing.T) {
	checks := make(chan string, 100)
	url := serveOn(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/alive" {
			select {
			case checks <- r.Host + " " + r.Header.Get("X-Forwarded-Proto"):
			default:
			}
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		_, _ = io.WriteString(w, "the page")
	})
	a := start(t, Options{Config: parse(t, `
version: 1
listen: 127.0.0.1:0
admin: off
sites:
  - name: www.example.org
    origins: [%s, %s]
    spread: order
    health: {path: /alive, every: 1s}
    timeouts: {connect: 1s}
    tls: off
`, refusing(t), url)})
	if got := <-checks; got != "www.example.org http" {
		t.Errorf("checked %q", got)
	}
	c := reader(t, "HTTP/1.1", to(a.Addrs()[0]), nil)
	for i := range 20 {
		if got := get(t, c, fmt.Sprintf("http://www.example.org/%d", i)); got.StatusCode != 200 || got.body != "the page" {
			t.Fatalf("%d: got %d %q", i, got.StatusCode, got.body)
		}
	}
	seen := samples(t, a.App)
	const site = `{site="www.example.org"}`
	if seen["seawall_origins_left_alone"+site] != 1 || seen["seawall_origins_left_alone_limit"+site] != 2 || seen["seawall_origin_connections"+site] < 1 {
		t.Errorf("%v of %v left alone, %v connections", seen["seawall_origins_left_alone"+site], seen["seawall_origins_left_alone_limit"+site],
			seen["seawall_origin_connections"+site])
	}
	if left := originStatus(a.graph().ways[0].it)[0]; left.State == "closed" || left.Failures == 0 || !strings.Contains(left.LastFailure, "refused") || left.LastFailureTime.IsZero() {
		t.Errorf("status of the one that is down: %+v", left)
	}
	if seen["seawall_origin_failures_total"+site]+seen["seawall_origin_retries_total"+site] == 0 || seen["seawall_origin_ejections_total"+site] == 0 {
		t.Errorf("nothing was counted: %v", seen)
	}
}

// TestTimeoutOfTheOwner: a time limit that the owner set is kept to, and named.
func TestTimeoutOfTheOwner(t *testing.T) {
	release := make(chan struct{})
	url := serveOn(t, func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	a := start(t, Options{Config: parse(t, `
version: 1
listen: 127.0.0.1:0
admin: off
sites: [{name: www.example.org, origin: "%s", tls: off, timeouts: {first_byte: 100ms}}]
`, url)})
	got := get(t, reader(t, "HTTP/1.1", to(a.Addrs()[0]), nil), "http://www.example.org/")
	if want := `Seawall; error=connection_read_timeout; details="first_byte"`; got.StatusCode != 504 || got.Header.Get("Proxy-Status") != want {
		t.Errorf("got %d, Proxy-Status %q, want 504, %q", got.StatusCode, got.Header.Get("Proxy-Status"), want)
	}
}

// TestEventsArrive: the first event is read while the second has not been sent.
func TestEventsArrive(t *testing.T) {
	next := make(chan struct{})
	url := serveOn(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range 3 {
			fmt.Fprintf(w, "data: %d\n\n", i)
			w.(http.Flusher).Flush()
			<-next
		}
	})
	authority := newAuthority(t)
	a := start(t, Options{Config: oneSite(t, url, "internal"), Authority: authority})
	for _, proto := range protocols {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://www.example.org/live", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := reader(t, proto, to(a.Addrs()[0]), authority).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		in := bufio.NewReader(resp.Body)
		for i := range 3 {
			line, err := in.ReadString('\n')
			if want := fmt.Sprintf("data: %d\n", i); line != want || err != nil {
				t.Errorf("%s: got %q, %v, want %q", proto, line, err, want)
			}
			_, _ = in.ReadString('\n')
			next <- struct{}{}
		}
		if rest, err := io.ReadAll(in); len(rest) != 0 || err != nil || !strings.Contains(resp.Header.Get("Cache-Status"), "fwd=") {
			t.Errorf("%s: at the end: %q, %v, %q", proto, rest, err, resp.Header.Get("Cache-Status"))
		}
		_ = resp.Body.Close()
	}
}

// TestReloadOrigins: time limits that are changed hold from then on, and a site that is asked as before keeps its ways.
func TestReloadOrigins(t *testing.T) {
	release := make(chan struct{})
	url := serveOn(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			<-release
		}
		w.Header().Set("Cache-Control", "no-store")
	})
	defer close(release)
	const one = `
version: 1
listen: 127.0.0.1:0
admin: off
control: off
access_log: {to: off}
sites: [{name: www.example.org, origin: "%s", tls: off, timeouts: {first_byte: %s}}]
`
	f := newFile(t, one, url, "1m")
	a := startFile(t, f, Options{})
	c := reader(t, "HTTP/1.1", to(a.Addrs()[0]), nil)
	if got := get(t, c, "http://www.example.org/"); got.StatusCode != 200 {
		t.Fatalf("got %d", got.StatusCode)
	}
	before := a.graph().ways[0].it
	reload(t, a)
	if a.graph().ways[0].it != before {
		t.Error("a site that is asked as before has another way to its origin")
	}
	f.write(one, url, "100ms")
	reload(t, a)
	if a.graph().ways[0].it == before {
		t.Error("a changed time limit was not taken up")
	}
	if got := get(t, c, "http://www.example.org/slow"); got.StatusCode != 504 {
		t.Errorf("got %d, want 504", got.StatusCode)
	}
}

// TestWebSocket speaks through Seawall as a browser would, over TLS and plain.
func TestWebSocket(t *testing.T) {
	url := serveOn(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") || r.Header.Get("Sec-Websocket-Key") == "" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		conn, both, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\nhello ")
		_, _ = io.Copy(conn, both)
	})
	authority := newAuthority(t)
	for _, mode := range []string{"internal", "off"} {
		t.Run(mode, func(t *testing.T) {
			a := start(t, Options{Config: oneSite(t, url, mode), Authority: authority})
			conn, err := net.Dial("tcp", a.Addrs()[0].String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if mode != "off" {
				secure := tlsTrusting(authority)
				secure.ServerName = "www.example.org"
				conn = tls.Client(conn, secure)
			}
			fmt.Fprintf(conn, "GET /live HTTP/1.1\r\nHost: www.example.org\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
				"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\nearly ")
			in := bufio.NewReader(conn)
			resp, err := http.ReadResponse(in, nil) //nolint:bodyclose // the body is the connection
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != 101 || resp.Header.Get("Sec-Websocket-Accept") != "x" || !strings.EqualFold(resp.Header.Get("Upgrade"), "websocket") {
				t.Fatalf("got %d %v", resp.StatusCode, resp.Header)
			}
			_, _ = io.WriteString(conn, "late")
			got := make([]byte, len("hello early late"))
			if _, err := io.ReadFull(in, got); err != nil || string(got) != "hello early late" {
				t.Errorf("got %q, %v", got, err)
			}
			if seen := samples(t, a.App); seen["seawall_lasting"] != 1 || seen["seawall_origin_requests"+`{site="www.example.org"}`] != 0 {
				t.Errorf("%v last, %v at the origin", seen["seawall_lasting"], seen["seawall_origin_requests"+`{site="www.example.org"}`])
			}
		})
	}
}

// TestTrailersThrough sends fields behind a body in both directions.
func TestTrailersThrough(t *testing.T) {
	url := serveOn(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Trailer", "X-Sum")
		fmt.Fprintf(w, "%s with %s", body, r.Trailer.Get("X-Question"))
		w.Header().Set("X-Sum", "42")
	})
	authority := newAuthority(t)
	a := start(t, Options{Config: oneSite(t, url, "internal"), Authority: authority})
	for _, proto := range protocols {
		t.Run(proto, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://www.example.org/", struct{ io.Reader }{strings.NewReader("body")})
			if err != nil {
				t.Fatal(err)
			}
			req.Trailer = http.Header{"X-Question": {"6x7"}}
			req.Header.Set("Te", "trailers")
			if proto == "HTTP/1.1" {
				req.Header.Set("Connection", "Te")
			}
			resp, err := reader(t, proto, to(a.Addrs()[0]), authority).Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if want := "body with 6x7"; err != nil || string(body) != want || resp.Trailer.Get("X-Sum") != "42" {
				t.Errorf("got %q and %v, %v, want %q and X-Sum 42", body, resp.Trailer, err, want)
			}
		})
	}
}

// TestContinue: a client that waits for 100 (Continue) is asked for its body, and not when the answer is known without.
func TestContinue(t *testing.T) {
	url := serveOn(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Expect") != "" {
			t.Errorf("the origin was told to expect %q", r.Header.Get("Expect"))
		}
		body, _ := io.ReadAll(r.Body)
		_, _ = w.Write(body)
	})
	a := start(t, Options{Config: oneSite(t, url, "off")})
	send := func(size string) (*bufio.Reader, net.Conn) {
		conn, err := net.Dial("tcp", a.Addrs()[0].String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		fmt.Fprintf(conn, "POST /form HTTP/1.1\r\nHost: www.example.org\r\nExpect: 100-continue\r\nContent-Length: %s\r\n\r\n", size)
		return bufio.NewReader(conn), conn
	}
	in, conn := send("3")
	if line, err := in.ReadString('\n'); line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("got %q, %v", line, err)
	}
	_, _ = in.ReadString('\n')
	_, _ = io.WriteString(conn, "a=b")
	resp, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); resp.StatusCode != 200 || string(body) != "a=b" {
		t.Errorf("got %d %q, %v", resp.StatusCode, body, err)
	}
	in, _ = send("1000000000000")
	if line, err := in.ReadString('\n'); !strings.HasPrefix(line, "HTTP/1.1 413 ") {
		t.Errorf("got %q, %v, want 413 at once", line, err)
	}
}
