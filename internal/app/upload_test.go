package app

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"syscall"
	"testing"
	"time"
)

// gated is a client's body whose second half comes once the gate is open.
type gated struct {
	first, second io.Reader
	gate          <-chan struct{}
}

func (g *gated) Read(p []byte) (int, error) {
	if n, err := g.first.Read(p); err == nil {
		return n, nil
	}
	<-g.gate
	return g.second.Read(p)
}

// TestLongUpload: over every protocol the origin has the beginning of a long body before its client has sent the end, and then all of it.
func TestLongUpload(t *testing.T) {
	body := make([]byte, 8<<20)
	for i := range body {
		body[i] = byte(i ^ i>>8 ^ i>>16)
	}
	sum := sha256.Sum256(body)
	gates := make(chan chan struct{}, 1)
	url := serveOn(t, func(w http.ResponseWriter, r *http.Request) {
		hash := sha256.New()
		_, _ = io.CopyN(hash, r.Body, 3<<20)
		close(<-gates)
		_, _ = io.Copy(hash, r.Body)
		_, _ = w.Write(hash.Sum(nil))
	})
	authority := newAuthority(t)
	a := start(t, Options{Config: oneSite(t, url, "internal"), Authority: authority})
	for _, proto := range protocols {
		t.Run(proto, func(t *testing.T) {
			gate := make(chan struct{})
			gates <- gate
			c := reader(t, proto, to(a.Addrs()[0]), authority)
			half := len(body) / 2
			got := do(t, c, http.MethodPut, "https://www.example.org/file", &gated{bytes.NewReader(body[:half]), bytes.NewReader(body[half:]), gate})
			if got.StatusCode != http.StatusOK || got.body != string(sum[:]) {
				t.Errorf("got %d %q, want the sum of what was sent", got.StatusCode, got.body)
			}
		})
	}
}

// TestEarlyAnswer: an origin's no reaches a client that has still much to send, and does not send it. Over HTTP/1.1 the reset that stops a client which
// goes on sending may overtake the answer (RFC 9112, section 9.6), but not three times.
func TestEarlyAnswer(t *testing.T) {
	url := serveOn(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "who are you?", http.StatusUnauthorized) })
	authority := newAuthority(t)
	a := start(t, Options{Config: oneSite(t, url, "internal"), Authority: authority})
	for _, proto := range protocols {
		t.Run(proto, func(t *testing.T) {
			gate := make(chan struct{}) // which nobody comes to: there is more before it than the windows of HTTP/2 let through
			defer close(gate)
			c := reader(t, proto, to(a.Addrs()[0]), authority)
			begun := time.Now()
			status, body, err := 0, "", error(nil)
			for range 3 {
				status, body, err = post(t, c, &gated{bytes.NewReader(make([]byte, 8<<20)), bytes.NewReader(nil), gate})
				if proto != "HTTP/1.1" || !errors.Is(err, syscall.ECONNRESET) {
					break
				}
			}
			if err != nil || status != http.StatusUnauthorized || body != "who are you?\n" {
				t.Errorf("got %d %q, %v", status, body, err)
			}
			if took := time.Since(begun); took > 10*time.Second {
				t.Errorf("after %v", took)
			}
		})
	}
}

// post sends a file and returns what is answered.
func post(t *testing.T, c *http.Client, file io.Reader) (status int, body string, err error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://www.example.org/file", file)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), err
}
