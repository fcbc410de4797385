package app

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
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

// TestEarlyAnswer: an origin's no reaches a client that has still much to send, and does not send it.
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
			got := do(t, c, http.MethodPost, "https://www.example.org/file", &gated{bytes.NewReader(make([]byte, 8<<20)), bytes.NewReader(nil), gate})
			if got.StatusCode != http.StatusUnauthorized || got.body != "who are you?\n" {
				t.Errorf("got %d %q", got.StatusCode, got.body)
			}
			if took := time.Since(begun); took > 10*time.Second {
				t.Errorf("after %v", took)
			}
		})
	}
}

// TestSlowUploadHearsNo: a client that pauses while its body is waited for has time to read an early answer before it is cut off, though it goes on sending.
func TestSlowUploadHearsNo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const sent = 2 << 20
		m := inMemory(t, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.CopyN(io.Discard, r.Body, sent-(64<<10)) // more of it may wait in buffers
			w.Header().Set("Connection", "close")              // or net/http reads on before it answers
			http.Error(w, "who are you?", http.StatusUnauthorized)
		})
		c, err := m.dial(t.Context(), "tcp", edgeAddr.String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_, err = fmt.Fprintf(c, "POST /file HTTP/1.1\r\nHost: www.example.org\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", sent, make([]byte, sent))
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			time.Sleep(100 * time.Millisecond)
			if _, err := fmt.Fprintf(c, "4\r\nmore\r\n"); err != nil {
				t.Errorf("cut off: %v", err)
			}
		}
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if text, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusUnauthorized || string(text) != "who are you?\n" {
			t.Errorf("got %d %q, %v", resp.StatusCode, text, err)
		}
	})
}
