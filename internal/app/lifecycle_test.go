package app

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall"
)

// TestSideBySide runs two in one process, which share nothing, and ends one.
func TestSideBySide(t *testing.T) {
	var apps [2]*running
	var seen [2]atomic.Int64
	for i, text := range []string{"first", "second"} {
		cfg := oneSite(t, serveOn(t, say(text)), "off")
		cfg.Admin = "127.0.0.1:0"
		apps[i] = start(t, Options{Config: cfg, Observe: []func(*seawall.Outcome){func(*seawall.Outcome) { seen[i].Add(1) }}})
	}
	const page = "http://www.example.org/"
	for i, want := range []string{"first", "second"} {
		if got := get(t, reader(t, "HTTP/1.1", to(apps[i].Addrs()[0]), nil), page); got.body != want {
			t.Errorf("got %q, want %q", got.body, want)
		}
	}
	apps[0].stop()
	if got := get(t, reader(t, "HTTP/1.1", to(apps[1].Addrs()[0]), nil), page); got.body != "second" {
		t.Errorf("after the end of the first: got %q", got.body)
	}
	if got := get(t, reader(t, "HTTP/1.1", to(apps[1].AdminAddr()), nil), "http://admin/healthz"); got.body != "ok\n" {
		t.Errorf("after the end of the first: got %q", got.body)
	}
	apps[1].stop()
	if seen[0].Load() != 1 || seen[1].Load() != 2 {
		t.Errorf("outcomes: got %d and %d, want 1 and 2", seen[0].Load(), seen[1].Load())
	}
}

func TestCloseTwice(t *testing.T) {
	cfg := oneSite(t, "http://127.0.0.1:1", "internal")
	cfg.Admin = "127.0.0.1:0"
	opened := &opened{}
	a := build(t, Options{Config: cfg, Listen: opened.listen})
	a.Close()
	a.Close()
	for _, ln := range opened.all {
		if err := ln.Close(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%v: got %v, want it closed already", ln.Addr(), err)
		}
	}
	if len(opened.all) != 2 {
		t.Errorf("opened %d listeners, want 2", len(opened.all))
	}
}

// TestRunOnce: a second Run, or one after Close, is an error and no panic.
func TestRunOnce(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	a := build(t, Options{Config: oneSite(t, "http://127.0.0.1:1", "off")})
	if err := a.Run(ended); err != nil {
		t.Errorf("a Run whose context has ended: %v", err)
	}
	a.Close()
	if err := a.Run(t.Context()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v, want %v", err, net.ErrClosed)
	}
}

// TestRunEndsWhenAcceptingFails: what one listener suffers ends all, and is told.
func TestRunEndsWhenAcceptingFails(t *testing.T) {
	cfg := parse(t, `
version: 1
listen: [127.0.0.1:0, 127.0.0.2:0]
admin: 127.0.0.1:0
sites: [{name: www.example.org, origin: "http://127.0.0.1:8080", tls: off}]
`)
	broken := errors.New("listener broke")
	a := build(t, Options{Config: cfg, Listen: func(ctx context.Context, network, address string) (net.Listener, error) {
		ln, err := new(net.ListenConfig).Listen(ctx, network, "127.0.0.1:0")
		if address == "127.0.0.2:0" {
			ln = breaking{ln, broken}
		}
		return ln, err
	}})
	if err := a.Run(t.Context()); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

type breaking struct {
	net.Listener
	err error
}

func (b breaking) Accept() (net.Conn, error) { return nil, b.err }

// TestRunFinishesRequests ends while a page is being made: the reader gets it, and its outcome is seen.
func TestRunFinishesRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := inMemory(t, func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(3 * time.Second) // the bubble's
			_, _ = io.WriteString(w, "late page")
		})
		got := make(chan string, 1)
		go func() {
			resp, err := m.client.Get("http://www.example.org/")
			if err != nil {
				got <- err.Error()
				return
			}
			defer resp.Body.Close()
			text, _ := io.ReadAll(resp.Body)
			got <- string(text)
		}()
		synctest.Wait()
		begun := time.Now()
		m.stop()
		if took := time.Since(begun); took < 3*time.Second || took > 4*time.Second {
			t.Errorf("ended after %v, want three seconds", took)
		}
		if text := <-got; text != "late page" {
			t.Errorf("got %q, want the page", text)
		}
		const name = `seawall_outcomes_total{action="forward",answer="none",reason="miss",site="www.example.org"}`
		if n := samples(t, m.App)[name]; n != 1 {
			t.Errorf("got %v outcomes, want 1", n)
		}
	})
}

// TestRunEndsDespiteIdlers: a connection to the admin page on which nothing is said holds the end up a little and is no error.
func TestRunEndsDespiteIdlers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := inMemory(t, say("page"))
		for _, addr := range []string{adminAddr.String(), edgeAddr.String()} {
			c, err := m.client.Transport.(*http.Transport).DialContext(t.Context(), "tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = c.Close() })
		}
		synctest.Wait()
		begun := time.Now()
		m.stop()
		if took := time.Since(begun); took > graceTime {
			t.Errorf("ended after %v, want at most %v", took, graceTime)
		}
	})
}

// TestEveryOutcomeIsSeen counts at the end, however late the last one comes.
func TestEveryOutcomeIsSeen(t *testing.T) {
	const requests = 50
	var seen []seawall.Outcome // by one goroutine, which has ended when it is read
	a := start(t, Options{
		Config:  oneSite(t, serveOn(t, say("page")), "off"),
		Observe: []func(*seawall.Outcome){func(o *seawall.Outcome) { seen = append(seen, *o) }},
	})
	c := reader(t, "HTTP/1.1", to(a.Addrs()[0]), nil)
	for range requests {
		get(t, c, "http://www.example.org/")
	}
	a.stop()
	if len(seen) != requests {
		t.Errorf("got %d outcomes, want %d", len(seen), requests)
	}
	for _, o := range seen {
		if got := o.Client.String(); got != "127.0.0.0/24" || strings.Contains(got, "127.0.0.1") {
			t.Errorf("got client %s, want its network", got)
		}
	}
}
