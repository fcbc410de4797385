package app

import (
	"bufio"
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
