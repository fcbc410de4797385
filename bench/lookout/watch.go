package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// sentinels is how many sites more there are, which never hang and are not watched.
const sentinels = watch.LeastSentinels

// told counts messages by kind.
type told struct{ digests, others atomic.Int64 }

// Notify implements [notify.Notifier].
func (t *told) Notify(_ context.Context, n notify.Notice) (bool, error) {
	if n.Kind == notify.Digest {
		t.digests.Add(1)
	} else {
		t.others.Add(1)
	}
	return false, nil
}

// measureLookout watches the sites for as long as was asked, and prints what that took.
func measureLookout(ctx context.Context, o options, w *world) error {
	state, err := os.MkdirTemp("/var/tmp", "seawall-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(state)
	t := &told{}
	setup, err := setupOf(o, w, state, t)
	if err != nil {
		return err
	}
	debug.SetGCPercent(lookout.GCPercent)
	before := runtime.NumGoroutine()
	s, err := lookout.NewService(ctx, setup)
	if err != nil {
		return err
	}
	watching, stop := context.WithTimeout(ctx, time.Duration(o.minutes)*time.Minute)
	defer stop()
	begin, err := ownUsage()
	if err != nil {
		return err
	}
	begun := time.Now()
	ended := make(chan error, 1)
	go func() { ended <- s.Run(watching) }()
	late, busiest := followStats(watching, s)
	if err := <-ended; err != nil {
		return err
	}
	took := time.Since(begun)
	end, err := ownUsage()
	if err != nil {
		return err
	}
	stats := s.Lookout().Stats()
	report("seawall", o, took, end.cpu-begin.cpu, end.peak)
	fmt.Fprintf(o.out, "late at most %v, at once at most %d; results %v; lost %d, left out %d; digests %d, other messages %d; goroutines left %d\n",
		late.Round(time.Millisecond), busiest, stats.Found, stats.Lost, stats.Schedule.Skipped, t.digests.Load(), t.others.Load(),
		max(0, runtime.NumGoroutine()-before))
	return nil
}

func setupOf(o options, w *world, state string, t *told) (lookout.Setup, error) {
	pem, err := os.ReadFile(w.ca)
	if err != nil {
		return lookout.Setup{}, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	setup := lookout.Setup{
		State: state, Vantage: watch.Vantage{Name: "bench", Network: "AS64496"}, Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
		Probe: probe.Options{
			Contact: "https://example.org/bench", Roots: roots, Addresses: map[string][]netip.Addr{},
			Resolvers: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:53")}, // never asked: every name is known
		},
		Receivers: []notify.Receiver{{Name: "bench", Staff: true, Channels: []notify.Channel{{Name: "count", Kind: "webhook", Notifier: t}}}},
	}
	for i := range o.sites + sentinels {
		url := "https://" + name(i) + ":" + w.port + "/"
		setup.Probe.AllowHosts = append(setup.Probe.AllowHosts, name(i))
		setup.Probe.Addresses[name(i)] = []netip.Addr{netip.AddrFrom4(address(i))}
		if i < o.sites {
			setup.Sites = append(setup.Sites, lookout.Spec{URL: url, Country: "DK"})
			continue
		}
		setup.Sentinels = append(setup.Sentinels, lookout.Sentinel{URL: url, Network: fmt.Sprintf("AS%d", 64500+i-o.sites)})
	}
	return setup, nil
}

// followStats looks at the lookout once a second until ctx ends. What is late in the first minute does not count: then it is built up.
func followStats(ctx context.Context, s *lookout.Service) (late time.Duration, busiest int) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return late, busiest
		case <-tick.C:
		}
		stats := s.Lookout().Stats().Schedule
		busiest = max(busiest, stats.Running)
		if n > 60 {
			late = max(late, stats.Late)
		}
	}
}

// report prints one row.
func report(who string, o options, took, cpu time.Duration, peak int64) {
	fmt.Fprintf(o.out, "| %s | %d | %.0f %% | %.0f s | %.1f %% of a core | %d MiB |\n",
		who, o.sites, 100*o.hang, took.Seconds(), 100*cpu.Seconds()/took.Seconds(), peak>>20)
}

// usage is what a process has used.
type usage struct {
	cpu  time.Duration
	peak int64 // bytes of memory, at most
}

// peakOf reads the most memory that a process has held (proc_pid_status(5), VmHWM).
func peakOf(pid string) (int64, error) {
	text, err := os.ReadFile("/proc/" + pid + "/status")
	if err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(string(text), "VmHWM:")
	var kib int64
	_, err = fmt.Sscan(after, &kib)
	return kib << 10, err
}
