package flood

import (
	"context"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall/internal/drill/loopback"
	"github.com/seawall-project/seawall/internal/intel/ddosia"
	"github.com/seawall-project/seawall/internal/testkit/memnet"
)

func TestRun(t *testing.T) {
	flood := func(seed uint64) (got []seen) {
		synctest.Test(t, func(t *testing.T) {
			s := newSite(t, memnet.New(), false, nil)
			o := s.options(plan(t, ddosia.HTTP, ddosia.HTTP2))
			o.Seed = seed
			o.Late = func(d time.Duration) {
				if d != 0 {
					t.Errorf("a send began %v late where time stands still", d)
				}
			}
			report := Run(t.Context(), o)
			got = s.requests()
			if report.Bots != o.Bots || report.Sent != int64(len(got)) {
				t.Errorf("got report %+v, want %d bots and %d sends", report, o.Bots, len(got))
			}
			if took := time.Since(s.start); took > o.Length+time.Second {
				t.Errorf("took %v, want at most %v", took, o.Length+time.Second)
			}
			if s.conns > 3*o.Bots {
				t.Errorf("got %d connections of %d bots, want them kept alive", s.conns, o.Bots)
			}
		})
		return got
	}
	got := flood(7)
	checkShape(t, got)
	if diff := cmp.Diff(got, flood(7), cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Errorf("the same seed made another flood:\n%s", diff)
	}
	if slices.Equal(got, flood(8)) {
		t.Error("another seed made the same flood")
	}
}

// checkShape looks at a flood as the site saw it.
func checkShape(t *testing.T, got []seen) {
	t.Helper()
	times := slices.Concat(schedule(7, 20, 4, 10*time.Second)...)
	slices.Sort(times)
	targets, agents, froms := map[string]int{}, map[string]bool{}, map[netip.Addr]bool{}
	for i, r := range got {
		if i >= len(times) || r.At != times[i] {
			t.Fatalf("send %d of %d: got it at %v, want it as scheduled", i, len(times), r.At)
		}
		targets[r.Target]++
		agents[r.Agent], froms[r.From] = true, true
		if r.Proto != "HTTP/1.1" {
			t.Errorf("got %s without TLS, want HTTP/1.1", r.Proto)
		}
	}
	if len(got) != len(times) {
		t.Errorf("got %d sends, want %d", len(got), len(times))
	}
	if targets["/a%2Fb/%C3%A5"] == 0 || targets["/login?"] == 0 || targets["/elsewhere"] > 0 || len(targets) < len(got)/4 {
		t.Errorf("got targets %v", targets)
	}
	if len(agents) < 5 || len(froms) < 10 {
		t.Errorf("got %d browser names and %d sources", len(agents), len(froms))
	}
}

func TestRunTLS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, memnet.New(), true, nil)
		p := plan(t, ddosia.HTTP, ddosia.HTTP2)
		report := Run(t.Context(), s.options(p))
		protos := map[string]int{}
		for _, r := range s.requests() {
			protos[r.Proto]++
		}
		if protos["HTTP/1.1"] < 20 || protos["HTTP/2.0"] < 20 || int64(protos["HTTP/1.1"]+protos["HTTP/2.0"]) != report.Sent {
			t.Errorf("got protocols %v of %d sends, want both", protos, report.Sent)
		}
	})
}

// The machine's own loopback carries each bot's address.
func TestRunLoopback(t *testing.T) {
	network := loopback.New(loopback.Options{})
	if network.Proxied() {
		t.Skip("this system cannot bind sources of its own in 127.0.0.0/8")
	}
	s := newSite(t, network, true, nil)
	o := s.options(plan(t, ddosia.HTTP, ddosia.HTTP2, ddosia.Loris))
	o.Length, o.Intensity = 500*time.Millisecond, 100
	report := Run(t.Context(), o)
	got := s.requests()
	if len(got) == 0 || int64(len(got)) >= report.Sent {
		t.Errorf("got %d requests of %d sends, want some, and slow heads beside", len(got), report.Sent)
	}
	for _, r := range got {
		if !netip.MustParsePrefix("127.64.0.0/10").Contains(r.From) {
			t.Errorf("got a request from %v", r.From)
		}
	}
}

// A site that never answers is asked on, has a bounded number of requests of each bot, and does not hold the bots back at the end.
func TestRunUnanswered(t *testing.T) {
	for _, secure := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			open, most := map[netip.Addr]int{}, 0
			s := newSite(t, memnet.New(), secure, func(_ http.ResponseWriter, r *http.Request) {
				from := netip.MustParseAddrPort(r.RemoteAddr).Addr()
				mu.Lock()
				open[from]++
				most = max(most, open[from])
				mu.Unlock()
				<-r.Context().Done()
				mu.Lock()
				open[from]--
				mu.Unlock()
			})
			o := s.options(plan(t, ddosia.HTTP, ddosia.HTTP2))
			o.Intensity = 40
			report := Run(t.Context(), o)
			if took := time.Since(s.start); took > o.Length+2*time.Second {
				t.Errorf("took %v, want at most %v", took, o.Length+2*time.Second)
			}
			if want := int64(20 * MeanRateHz * 40 * 9); report.Sent < want {
				t.Errorf("got %d sends, want at least %d", report.Sent, want)
			}
			mu.Lock()
			defer mu.Unlock()
			if most < maxRequests || most > maxRequests+2 { // the site learns a moment later
				t.Errorf("got at most %d requests of one bot open, want %d", most, maxRequests)
			}
		})
	}
}

func TestRunEndlessAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, memnet.New(), false, func(w http.ResponseWriter, _ *http.Request) {
			for n := 0; ; n += 16 << 10 {
				if _, err := w.Write(make([]byte, 16<<10)); err != nil {
					if n > answerBytes+300<<10 {
						t.Errorf("wrote %d bytes to a bot, want it to stop after %d", n, answerBytes)
					}
					return
				}
			}
		})
		if report := Run(t.Context(), s.options(plan(t, ddosia.HTTP))); report.Sent == 0 {
			t.Error("got no sends")
		}
	})
}

func TestRunNobodyThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := Options{
			Seed: 2, Bots: 30, Intensity: 5, Length: 5 * time.Second, ServerName: siteName,
			Plan: plan(t, ddosia.HTTP, ddosia.Loris), Network: memnet.New(), Target: netip.MustParseAddrPort("127.0.0.1:80"),
		}
		if report := Run(t.Context(), o); report.Sent < 100 {
			t.Errorf("got %d sends, want refused ones to count", report.Sent)
		}
	})
}

// A site that takes connections and says nothing, and one that does not even take them, hold nobody back at the end.
func TestRunSilence(t *testing.T) {
	for _, accept := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			network := memnet.New()
			o := Options{
				Seed: 2, Bots: 60, Intensity: 20, Length: 5 * time.Second, ServerName: siteName, Roots: x509.NewCertPool(),
				Plan: plan(t, ddosia.HTTP, ddosia.HTTP2, ddosia.Loris), Network: network, Target: netip.MustParseAddrPort("127.0.0.1:80"),
			}
			if accept {
				serve(t, network, func(c net.Conn) {
					_, _ = io.Copy(io.Discard, c)
					_ = c.Close()
				})
			} else {
				ln, err := network.Listen(t.Context(), o.Target)
				if err != nil {
					t.Fatal(err)
				}
				defer ln.Close()
			}
			start := time.Now()
			Run(t.Context(), o)
			if took := time.Since(start); took > o.Length+2*time.Second {
				t.Errorf("accept %t: took %v, want at most %v", accept, took, o.Length+2*time.Second)
			}
		})
	}
}

func TestRunCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, memnet.New(), true, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		Run(ctx, s.options(plan(t, ddosia.HTTP, ddosia.HTTP2, ddosia.Loris)))
		if took := time.Since(s.start); took > 4*time.Second {
			t.Errorf("took %v, want it to end with its context after 3s", took)
		}
	})
}

func TestRunNothing(t *testing.T) {
	for _, o := range []Options{{}, {Bots: 1, Length: time.Second}, {Bots: 1, Intensity: 1}, {Bots: -1, Intensity: 1, Length: 1}} {
		if got := Run(t.Context(), o); got != (Report{}) {
			t.Errorf("%+v: got %+v, want nothing", o, got)
		}
	}
}
