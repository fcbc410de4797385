package flood

import (
	"bufio"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall/internal/drill/loopback"
	"github.com/seawall-project/seawall/internal/intel/ddosia"
	"github.com/seawall-project/seawall/internal/testkit/memnet"
)

// serve hands every connection to handle, which closes it, until the listener is closed.
func serve(t *testing.T, network *memnet.Network, handle func(net.Conn)) netip.AddrPort {
	t.Helper()
	ln, err := network.Listen(t.Context(), netip.MustParseAddrPort("127.0.0.1:80"))
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { handle(c) })
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		serving.Wait()
	})
	return netip.MustParseAddrPort(ln.Addr().String())
}

// slow returns a bot at a site and one slow head for it.
func slow(t *testing.T, network *memnet.Network, target netip.AddrPort) (*bot, order) {
	t.Helper()
	o := &Options{Bots: 1, Plan: plan(t, ddosia.Loris), Network: network, Target: target, ServerName: siteName}
	dialer := loopback.NewDialer(t.Context(), network, target)
	t.Cleanup(dialer.Close)
	b := newBot(o, 5, 1, dialer, new(atomic.Int64))
	return b, pick(rand.New(rand.NewPCG(1, 2)), o.Plan)
}

func TestStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type line struct {
			At   time.Duration
			Text string
		}
		var lines []line
		network, start := memnet.New(), time.Now()
		over := make(chan struct{})
		target := serve(t, network, func(c net.Conn) {
			defer close(over)
			defer c.Close()
			if got := netip.MustParseAddrPort(c.RemoteAddr().String()).Addr(); got != source(5) {
				t.Errorf("got a connection from %v, want %v", got, source(5))
			}
			for in := bufio.NewScanner(c); in.Scan(); {
				lines = append(lines, line{time.Since(start), in.Text()})
			}
		})
		b, one := slow(t, network, target)
		b.stall(t.Context(), one)
		if took := time.Since(start); took != stallTime {
			t.Errorf("took %v, want %v", took, stallTime)
		}
		<-over
		want := []line{
			{0, "GET " + one.target + " HTTP/1.1"},
			{0, "Host: " + siteName},
			{0, "User-Agent: " + one.agent},
			{2 * time.Second, "X-1: 1"},
			{4 * time.Second, "X-2: 2"},
			{6 * time.Second, "X-3: 3"},
			{8 * time.Second, "X-4: 4"},
		}
		if len(lines) > len(want) && lines[len(want)].Text != "" {
			lines = lines[:len(want)] // the fifth line may just make it
		}
		if diff := cmp.Diff(want, lines); diff != "" {
			t.Errorf("head (-want +got):\n%s", diff)
		}
	})
}

func TestStallCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network, start := memnet.New(), time.Now()
		target := serve(t, network, func(c net.Conn) {
			time.Sleep(3 * time.Second)
			_, _ = io.WriteString(c, "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n")
			_ = c.Close()
		})
		b, one := slow(t, network, target)
		b.stall(t.Context(), one)
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("took %v, want it to end when cut off after 3s", took)
		}
	})
}

// One bot never has more than four slow heads open; a new one takes the place of the oldest.
func TestRunStalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		open, most, ended := 0, 0, 0
		network, start := memnet.New(), time.Now()
		target := serve(t, network, func(c net.Conn) {
			defer c.Close()
			mu.Lock()
			open++
			most = max(most, open)
			mu.Unlock()
			head, _ := io.ReadAll(c)
			mu.Lock()
			defer mu.Unlock()
			open--
			if strings.Contains(string(head), "\r\n\r\n") {
				ended++
			}
		})
		o := Options{
			Seed: 3, Bots: 1, Intensity: 10, Length: 30 * time.Second,
			Plan: plan(t, ddosia.Loris), Network: network, Target: target, ServerName: siteName,
		}
		report := Run(t.Context(), o)
		synctest.Wait()
		if took := time.Since(start); took > o.Length+time.Second {
			t.Errorf("took %v, want at most %v", took, o.Length+time.Second)
		}
		mu.Lock()
		defer mu.Unlock()
		if report.Sent < 80 || most < maxSlow || most > maxSlow+1 || open != 0 || ended != 0 {
			t.Errorf("got %d sends, at most %d open, %d at the end, %d ended heads; want about 125, %d, 0, 0", report.Sent, most, open, ended, maxSlow)
		}
	})
}
