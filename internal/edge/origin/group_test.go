package origin

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall"
)

// farm is a few origins in memory, by host. A host without a script refuses connections.
type farm struct {
	mu      sync.Mutex // guards what follows
	scripts map[string]func(net.Conn)
	dialled map[string]int
}

func newFarm(scripts map[string]func(net.Conn)) *farm {
	return &farm{scripts: scripts, dialled: map[string]int{}}
}

func (f *farm) set(host string, script func(net.Conn)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.scripts[host] = script
}

func (f *farm) count(host string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dialled[host]
}

func (f *farm) dial(_ context.Context, _, addr string) (net.Conn, error) {
	host, _, _ := net.SplitHostPort(addr)
	f.mu.Lock()
	script := f.scripts[host]
	f.dialled[host]++
	f.mu.Unlock()
	if script == nil {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	client, server := net.Pipe()
	go func() {
		defer server.Close()
		script(server)
	}()
	return client, nil
}

// group returns origins a, b, … in the farm; lots are drawn such that the first of equals is taken.
func (f *farm) group(t *testing.T, o GroupOptions, hosts ...string) *Group {
	t.Helper()
	for _, h := range hosts {
		o.URLs = append(o.URLs, "http://"+h)
	}
	o.Origin.Dial = f.dial
	if o.Rand == nil {
		o.Rand = func() float64 { return 0.5 }
	}
	g, err := NewGroup(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	return g
}

// saying answers every request with a body.
func saying(status, body string) func(net.Conn) {
	return func(c net.Conn) {
		in := bufio.NewReader(c)
		for {
			if _, err := readHead(in); err != nil {
				return
			}
			if _, err := io.WriteString(c, "HTTP/1.1 "+status+"\r\nContent-Length: "+itoa(len(body))+"\r\n\r\n"+body); err != nil {
				return
			}
		}
	}
}

func itoa(n int) string { return string([]byte{byte('0' + n/10), byte('0' + n%10)}) }

// ask sends one request and returns the answer's body, or the error.
func ask(t *testing.T, g *Group, r *seawall.Request, body io.Reader) (string, error) {
	t.Helper()
	resp, err := g.Fetch(t.Context(), r, nil, body)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return string(b), err
}

func TestLeastOutstanding(t *testing.T) {
	f := newFarm(map[string]func(net.Conn){"a": saying("200 OK", "a"), "b": saying("200 OK", "b")})
	g := f.group(t, GroupOptions{}, "a", "b")
	first, err := g.Fetch(t.Context(), get("/"), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	busy := ""
	for i, m := range g.Stats().Origins {
		if m.InFlight == 1 {
			busy = string(rune('a' + i))
		}
	}
	for range 5 {
		if got, err := ask(t, g, get("/"), nil); got == busy || err != nil {
			t.Errorf("got %q, %v, from the origin that is busy", got, err)
		}
	}
	first.Body.Close()
	for _, m := range g.Stats().Origins {
		if m.InFlight != 0 {
			t.Errorf("%s: %d left over", m.URL, m.InFlight)
		}
	}
}

func TestRetry(t *testing.T) {
	reset := func(c net.Conn) { readHead(bufio.NewReader(c)) }
	streamed := io.MultiReader(strings.NewReader("a=b"))
	put := func() *seawall.Request { r := post(3); r.Method = "PUT"; return r }
	tests := map[string]struct {
		broken  func(net.Conn)
		request *seawall.Request
		body    io.Reader
		again   bool
	}{
		"a page, refused":                    {nil, get("/"), nil, true},
		"a page, reset":                      {reset, get("/"), nil, true},
		"a form, refused":                    {nil, post(3), strings.NewReader("a=b"), true},
		"a form, reset":                      {reset, post(3), strings.NewReader("a=b"), false},
		"a form that is streamed, refused":   {nil, post(3), streamed, true},
		"an upload, reset":                   {reset, put(), strings.NewReader("a=b"), true},
		"an upload that is streamed, reset":  {reset, put(), io.MultiReader(strings.NewReader("a=b")), false},
		"a page, in mid-head":                {answerWith("HTTP/1.1 200 OK\r\nContent-"), get("/"), nil, false}, // it hangs
		"a page, garbage":                    {answerWith("SSH-2.0-example\r\n\r\n"), get("/"), nil, true},
		"a form without a body that came so": {nil, post(0), nil, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFarm(map[string]func(net.Conn){"a": test.broken, "b": func(c net.Conn) {
					in := bufio.NewReader(c)
					head, _ := readHead(in)
					if !strings.HasPrefix(head, "GET") && test.request.BodySize > 0 {
						if _, err := in.Discard(3); err != nil {
							t.Errorf("the body is not whole: %v", err)
						}
					}
					io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
				}})
				g := f.group(t, GroupOptions{}, "a", "b")
				begun := time.Now()
				got, err := ask(t, g, test.request, test.body)
				if again := got == "ok"; again != test.again {
					t.Errorf("asked again: got %v, want %v: %v", again, test.again, err)
				}
				if took := time.Since(begun); took > 30*time.Second {
					t.Errorf("took %v", took)
				}
			})
		})
	}
}

// TestRetryTellsTheWorst: what the first origin may have carried out is not forgotten because the second refused.
func TestRetryTellsTheWorst(t *testing.T) {
	f := newFarm(map[string]func(net.Conn){"a": func(c net.Conn) { readHead(bufio.NewReader(c)) }})
	g := f.group(t, GroupOptions{}, "a", "b")
	r := post(0)
	r.Method = "DELETE"
	_, err := ask(t, g, r, nil)
	check(t, err, seawall.ReasonOriginDown, sent)
}

// TestRetryBudget: when everything fails, retries are a tenth of what is asked, not as much again.
func TestRetryBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFarm(map[string]func(net.Conn){})
		g := f.group(t, GroupOptions{}, "a", "b")
		const n = 2000
		for range n {
			if _, err := ask(t, g, get("/"), nil); err == nil {
				t.Fatal("an answer came from nowhere")
			}
		}
		s := g.Stats()
		if most := uint64(n/budgetShare + budgetMost); s.Retried > most || s.Retried < n/budgetShare {
			t.Errorf("%d retries of %d requests, want about %d", s.Retried, n, most)
		}
		if s.Retried+s.Spared != n {
			t.Errorf("%d retried and %d spared of %d", s.Retried, s.Spared, n)
		}
	})
}

// TestRetryStaysWithinPatience: two attempts take no longer than one may.
func TestRetryStaysWithinPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		late := func(c net.Conn) { readHead(bufio.NewReader(c)); <-time.After(10 * time.Second) }
		f := newFarm(map[string]func(net.Conn){"a": late, "b": hang})
		g := f.group(t, GroupOptions{}, "a", "b")
		begun := time.Now()
		_, err := ask(t, g, get("/"), nil)
		check(t, err, seawall.ReasonOriginTimeout, sent)
		if took := time.Since(begun); took != 15*time.Second {
			t.Errorf("took %v, want 15s", took)
		}
	})
}

// TestEjection takes one of two origins away and brings it back.
func TestEjection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFarm(map[string]func(net.Conn){"b": saying("200 OK", "b")})
		g := f.group(t, GroupOptions{}, "a", "b")
		serve := func(n int) {
			t.Helper()
			for range n {
				if got, err := ask(t, g, get("/"), nil); err != nil {
					t.Fatalf("a reader got %q, %v", got, err)
				}
			}
		}
		serve(20)
		if got := g.One(0); got.State != Open || got.Ejections != 1 || got.Failures != 3 || got.LastError == nil {
			t.Errorf("after three failures: %+v", got)
		}
		dialled := f.count("a")
		serve(20)
		if f.count("a") != dialled {
			t.Error("an origin that is left alone was asked")
		}
		for _, wait := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
			time.Sleep(wait) // the lot of 0.5 makes the jitter nought
			if got := g.One(0).State; got != HalfOpen {
				t.Errorf("after %v: got %v", wait, got)
			}
			serve(10)
			if dialled++; f.count("a") != dialled {
				t.Errorf("after %v: tried %d times, want %d", wait, f.count("a"), dialled)
			}
		}
		f.set("a", saying("200 OK", "a"))
		time.Sleep(8 * time.Second)
		serve(1)
		if got := g.One(0); got.State != Closed || got.InFlight != 0 {
			t.Errorf("after it answered: %+v", got)
		}
	})
}

// TestOneTrialAtATime: a crowd does not fall upon an origin that may be back, and a form is no trial.
func TestOneTrialAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFarm(map[string]func(net.Conn){"b": saying("200 OK", "b")})
		g := f.group(t, GroupOptions{}, "a", "b")
		for range 10 {
			ask(t, g, get("/"), nil)
		}
		before := f.count("a")
		f.set("a", hang)
		time.Sleep(time.Minute)
		if got, err := ask(t, g, post(0), nil); got != "b" || f.count("a") != before {
			t.Errorf("a form was sent to an origin on trial: %q, %v", got, err)
		}
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() { ask(t, g, get("/"), nil) })
		}
		wg.Wait()
		if got := f.count("a") - before; got != 1 {
			t.Errorf("%d requests tried it at once", got)
		}
	})
}

// TestTheLastIsAsked: with every origin failing, one is still asked, and the moment it answers readers are served.
func TestTheLastIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFarm(map[string]func(net.Conn){})
		g := f.group(t, GroupOptions{Retries: -1}, "a", "b", "c")
		for range 100 {
			ask(t, g, get("/"), nil)
		}
		closed := ""
		for _, m := range g.Stats().Origins {
			if m.State == Closed {
				closed += strings.TrimPrefix(m.URL, "http://")
			}
		}
		if len(closed) != 1 {
			t.Fatalf("origins still asked: %q, want one", closed)
		}
		f.set(closed, saying("200 OK", "ok"))
		if got, err := ask(t, g, get("/"), nil); got != "ok" {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

// TestQuickErrorsDrawNoCrowd: an origin that says 503 at once has the fewest requests under way, and must not get them all for that.
func TestQuickErrorsDrawNoCrowd(t *testing.T) {
	f := newFarm(map[string]func(net.Conn){"a": saying("503 Service Unavailable", "no"), "b": saying("200 OK", "ok")})
	g := f.group(t, GroupOptions{}, "a", "b")
	bad := 0
	for range 100 {
		if got, err := ask(t, g, get("/"), nil); got != "ok" || err != nil {
			bad++
		}
	}
	if bad != 5 || g.One(0).Ejections != 1 {
		t.Errorf("%d of 100 got an error, with %+v", bad, g.One(0))
	}
}

// TestBrokenBodiesCount: an origin whose answers always break off is left alone although its heads are fine.
func TestBrokenBodiesCount(t *testing.T) {
	f := newFarm(map[string]func(net.Conn){"a": func(c net.Conn) {
		readHead(bufio.NewReader(c))
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
	}, "b": saying("200 OK", "ok")})
	g := f.group(t, GroupOptions{}, "a", "b")
	for range 20 {
		ask(t, g, get("/"), nil)
	}
	if got := g.One(0); got.State == Closed || got.Failures != 3 {
		t.Errorf("got %+v", got)
	}
}

// TestClientsAreNotToBlame: readers who leave, or send nonsense, do no harm to an origin's name.
func TestClientsAreNotToBlame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFarm(map[string]func(net.Conn){"a": hang, "b": hang})
		g := f.group(t, GroupOptions{}, "a", "b")
		for range 20 {
			ctx, leave := context.WithCancel(t.Context())
			go func() { synctest.Wait(); leave() }()
			_, err := g.Fetch(ctx, get("/"), nil, nil)
			check(t, err, seawall.ReasonClientGone, sent)
			bad := get("no slash")
			_, err = g.Fetch(t.Context(), bad, nil, nil)
			check(t, err, seawall.ReasonBadRequest, unsent)
			_, err = g.Fetch(t.Context(), post(10), nil, strings.NewReader("short"))
			check(t, err, seawall.ReasonClientGone, sent)
		}
		for _, m := range g.Stats().Origins {
			if m.Failures != 0 || m.State != Closed || m.InFlight != 0 {
				t.Errorf("got %+v", m)
			}
		}
	})
}

// TestKeptConnectionsOfUploads: an idempotent upload, or a form of which nothing left, goes out again when a kept connection was closed;
// with one origin too.
func TestKeptConnectionsOfUploads(t *testing.T) {
	var conns atomic.Int64
	f := newFarm(map[string]func(net.Conn){"a": func(c net.Conn) {
		conns.Add(1)
		in := bufio.NewReader(c)
		readHead(in)
		in.Discard(3)
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		readHead(in) // of the next request, which gets no answer
	}})
	g := f.group(t, GroupOptions{}, "a")
	for i := range 3 {
		r := post(3)
		r.Method = "PUT"
		if got, err := ask(t, g, r, strings.NewReader("a=b")); got != "ok" {
			t.Fatalf("%d: got %q, %v", i, got, err)
		}
	}
	if s := g.One(0); s.Failures != 0 || g.Stats().Retried == 0 {
		t.Errorf("got %+v, %d retried over %d connections", s, g.Stats().Retried, conns.Load())
	}
}

func TestHealthCheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		heads := make(chan string, 100)
		well := saying("302 Found", "")
		f := newFarm(map[string]func(net.Conn){"a": func(c net.Conn) {
			in := bufio.NewReader(c)
			head, _ := readHead(in)
			heads <- head
			io.WriteString(c, "HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\n\r\n"+strings.Repeat("x", 2*checkBytes))
		}, "b": well})
		g := f.group(t, GroupOptions{Check: Check{Host: "www.example.org", Path: "/health", Interval: 10 * time.Second}}, "a", "b")
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { g.Run(ctx) })
		time.Sleep(25 * time.Second)
		if got := g.One(0); got.State != Open || got.Requests != 0 {
			t.Errorf("a failing origin: %+v", got)
		}
		if got := g.One(1); got.State != Closed || got.LastError != nil {
			t.Errorf("an origin that redirects: %+v", got)
		}
		if head := <-heads; len(heads) != 2 || !strings.HasPrefix(head, "GET /health HTTP/1.1\r\nHost: www.example.org\r\n") {
			t.Errorf("got %d checks after %q", len(heads), head)
		}
		time.Sleep(5 * time.Minute)
		if got := g.One(0); got.State != Open {
			t.Errorf("readers try an origin whose checks fail: %+v", got)
		}
		f.set("a", well)
		time.Sleep(11 * time.Second)
		if got := g.One(0); got.State != HalfOpen {
			t.Errorf("after a good check: %+v", got)
		}
		if _, err := ask(t, g, get("/"), nil); err != nil || g.One(0).State != Closed {
			t.Errorf("after a good answer: %+v, %v", g.One(0), err)
		}
		stop()
		wg.Wait()
	})
}

// TestHealthCheckHangs: a check has its own time.
func TestHealthCheckHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFarm(map[string]func(net.Conn){"a": hang})
		g := f.group(t, GroupOptions{Check: Check{Host: "www.example.org", Interval: time.Minute, Timeout: 2 * time.Second}}, "a")
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { g.Run(ctx) })
		time.Sleep(3 * time.Second)
		if got := g.One(0); !errors.Is(got.LastError, errCheck) || got.State != Closed {
			t.Errorf("got %+v", got)
		}
		stop()
		wg.Wait()
	})
}

func TestNewGroupRefuses(t *testing.T) {
	for _, o := range []GroupOptions{{}, {URLs: []string{"http://192.0.2.1", "nonsense"}}} {
		if _, err := NewGroup(o); err == nil {
			t.Errorf("%v: got no error", o.URLs)
		}
	}
}

// TestInOrder: the first gets all; the second what the first cannot; and the first all again when it is back.
func TestInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFarm(map[string]func(net.Conn){"a": saying("200 OK", "a"), "b": saying("200 OK", "b"), "c": saying("200 OK", "c")})
		g := f.group(t, GroupOptions{InOrder: true, Rand: func() float64 { return 0 }}, "a", "b", "c")
		busy, err := g.Fetch(t.Context(), get("/"), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer busy.Body.Close()
		expect := func(want string) {
			t.Helper()
			for range 10 {
				if got, err := ask(t, g, get("/"), nil); got != want || err != nil {
					t.Errorf("got %q, %v, want %q", got, err, want)
				}
			}
		}
		expect("a")
		for range 3 {
			g.strike(g.members[0], 0, strikeSilent, errHead)
		}
		expect("b")
		f.set("a", saying("200 OK", "a"))
		time.Sleep(2 * time.Second)
		expect("a")
	})
}

// TestPressure: when more is asked of the origins than they can do, nothing is sent twice and nobody is asked unasked.
func TestPressure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var pressed atomic.Bool
		f := newFarm(map[string]func(net.Conn){"b": saying("200 OK", "b")})
		g := f.group(t, GroupOptions{Check: Check{Host: "www.example.org", Interval: time.Second}, Pressed: pressed.Load}, "a", "b")
		pressed.Store(true)
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { g.Run(ctx) })
		time.Sleep(10 * time.Second)
		if s := g.Stats(); f.count("a")+f.count("b") != 0 || s.Unchecked < 16 {
			t.Errorf("%d checks under pressure, %d left out", f.count("a")+f.count("b"), s.Unchecked)
		}
		if _, err := ask(t, g, get("/"), nil); err == nil || g.Stats().Spared != 1 || g.Stats().Retried != 0 {
			t.Errorf("asked twice under pressure: %+v, %v", g.Stats(), err)
		}
		pressed.Store(false)
		if got, err := ask(t, g, get("/"), nil); got != "b" {
			t.Errorf("without pressure: got %q, %v", got, err)
		}
		time.Sleep(10 * time.Second)
		stop()
		wg.Wait()
		if f.count("a") < 5 || g.One(0).State == Closed {
			t.Errorf("%d checks without pressure: %+v", f.count("a"), g.One(0))
		}
	})
}

// TestFloodDoesNotLeaveThemAlone: whoever asks for what makes origins slow does not have them left alone; an origin that is gone is.
func TestFloodDoesNotLeaveThemAlone(t *testing.T) {
	for name, script := range map[string]func(net.Conn){
		"slow": hang, "busy": saying("503 Service Unavailable", "no"), "gone": nil,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFarm(map[string]func(net.Conn){"a": script, "b": script})
				g := f.group(t, GroupOptions{Pressed: func() bool { return true }}, "a", "b")
				for range 20 {
					ask(t, g, get("/search"), nil)
				}
				alone, failures := 0, uint64(0)
				for _, m := range g.Stats().Origins {
					failures += m.Failures
					if m.State != Closed {
						alone++
					}
				}
				want := 0
				if script == nil {
					want = 1
				}
				if alone != want || failures != 20 {
					t.Errorf("%d left alone after %d failures, want %d after 20", alone, failures, want)
				}
			})
		})
	}
}

// TestEventsEndWithoutBlame: streams of events that fall silent or break off leave their origin's name as it was.
func TestEventsEndWithoutBlame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
		silent := answerWith(head + "\r\ndata: 1\n\n")
		broken := func(c net.Conn) {
			readHead(bufio.NewReader(c))
			io.WriteString(c, head+"Transfer-Encoding: chunked\r\n\r\n9\r\ndata")
		}
		f := newFarm(map[string]func(net.Conn){"a": silent, "b": broken})
		g := f.group(t, GroupOptions{}, "a", "b")
		for range 20 {
			if _, err := ask(t, g, get("/live"), nil); err == nil {
				t.Error("a stream that broke off seems whole")
			}
		}
		for _, m := range g.Stats().Origins {
			if m.Failures != 0 || m.State != Closed || m.InFlight != 0 {
				t.Errorf("got %+v", m)
			}
		}
	})
}
