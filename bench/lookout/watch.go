package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// sentinels is how many sites more there are, which never hang and are not watched.
const sentinels = watch.LeastSentinels

// counts are of messages by kind, and of the sites in the last digest.
type counts struct{ digests, others, failing int }

// told counts messages.
type told struct {
	mu sync.Mutex // guards n
	n  counts
}

func (t *told) count() counts {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.n
}

// Notify implements [notify.Notifier].
func (t *told) Notify(_ context.Context, n notify.Notice) (bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n.Kind == notify.Digest {
		t.n.digests, t.n.failing = t.n.digests+1, n.Failing
	} else {
		t.n.others++
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
	watching, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- s.Run(watching) }()
	err = part(watching, o, s, t, o.minutes)
	if o.then > 0 && err == nil {
		o.hang = 1
		err = errors.Join(w.allHang(), resetPeak(), part(watching, o, s, t, o.then))
	}
	stop()
	err = errors.Join(err, <-ended)
	fmt.Fprintf(o.out, "goroutines left: %d\n", left(before))
	return err
}

// left returns how many goroutines there are more than before, when those that are about to end had a second for it.
func left(before int) int {
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return 0
		}
		time.Sleep(10 * time.Millisecond)
	}
	return runtime.NumGoroutine() - before
}

// part prints what watching takes for some minutes.
func part(ctx context.Context, o options, s *lookout.Service, t *told, minutes int) error {
	begin, err := ownUsage()
	if err != nil {
		return err
	}
	begun, told := time.Now(), t.count()
	ctx, stop := context.WithTimeout(ctx, time.Duration(minutes)*time.Minute)
	defer stop()
	late, busiest := followStats(ctx, s)
	end, err := ownUsage()
	if err != nil {
		return err
	}
	report("seawall", o, time.Since(begun), end.cpu-begin.cpu, end.peak)
	stats, now := s.Lookout().Stats(), t.count()
	fmt.Fprintf(o.out, "late at most %v, at once at most %d; results so far %v, lost %d, left out %d; digests %d, of %d sites, other messages %d\n",
		late.Round(time.Millisecond), busiest, stats.Found, stats.Lost, stats.Schedule.Skipped,
		now.digests-told.digests, now.failing, now.others-told.others)
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

// resetPeak has [peakOf] begin anew for this process (proc_pid_clear_refs(5)).
func resetPeak() error { return os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }
