package lookout

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// TestOwnClock: a clock that is off by more than the sentinels' answers can explain is said once and shown; one by which no time can be told takes this
// place's vote. Where the sentinels do not agree, it is theirs that are wrong.
func TestOwnClock(t *testing.T) {
	for name, c := range map[string]struct {
		leads  [3]time.Duration
		shown  time.Duration
		health watch.Health
	}{
		"not known":           {health: watch.Healthy},
		"right":               {leads: [3]time.Duration{300 * time.Millisecond, -200 * time.Millisecond, time.Second}, shown: -200 * time.Millisecond, health: watch.Healthy},
		"three minutes":       {leads: [3]time.Duration{180 * time.Second, 181 * time.Second, 179 * time.Second}, shown: 179 * time.Second, health: watch.Healthy},
		"an hour":             {leads: [3]time.Duration{-time.Hour, -time.Hour, -time.Hour - time.Second}, shown: -time.Hour, health: watch.Impaired},
		"one is from a cache": {leads: [3]time.Duration{time.Hour, 100 * time.Millisecond, 100 * time.Millisecond}, health: watch.Healthy},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				s := newStageWith(t, func(o *Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
				for i, url := range sentinelURLs() {
					s.world.mu.Lock()
					s.world.leads[url] = c.leads[i]
					s.world.mu.Unlock()
				}
				s.add(Spec{URL: home})
				time.Sleep(5 * time.Minute)
				got := s.l.Stats()
				if got.Clock != c.shown || got.Health["office"] != c.health {
					t.Errorf("ahead by %v, %v; want %v, %v", got.Clock, got.Health["office"], c.shown, c.health)
				}
				s.end()
				want := 0
				if c.shown.Abs() > time.Minute {
					want = 1
				}
				if n := strings.Count(log.String(), "clock is off"); n != want {
					t.Errorf("said %d times: %s", n, &log)
				}
			})
		})
	}
}

// TestSentinelsInOneNetwork: three sentinels that are found in one /48 are one, whatever their networks were called, also while none is found at all.
func TestSentinelsInOneNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		for _, url := range sentinelURLs() {
			s.world.place("2001:db8:1:7::1", "", url)
		}
		s.add(Spec{URL: home})
		time.Sleep(2 * time.Minute)
		health := func() watch.Health { return s.l.Stats().Health["office"] }
		if got := health(); got != watch.Unchecked {
			t.Errorf("the place is %v, want unchecked", got)
		}
		s.world.set(probe.DNSTimeout, sentinelURLs()...)
		for _, url := range sentinelURLs() {
			s.world.place("none", "", url)
		}
		time.Sleep(2 * time.Minute)
		if got := health(); got != watch.Unchecked {
			t.Errorf("with no address the place is %v, want unchecked", got)
		}
		for i, url := range sentinelURLs() {
			s.world.place(fmt.Sprintf("2001:db8:%d::1", i), "", url)
		}
		s.world.set(probe.OK, sentinelURLs()...)
		time.Sleep(2 * time.Minute)
		if got := health(); got != watch.Healthy {
			t.Errorf("in three networks the place is %v, want healthy", got)
		}
	})
}

// TestSentinelsRefused: a sentinel that would never be asked is an error at the start.
func TestSentinelsRefused(t *testing.T) {
	for _, url := range []string{"https://one.example/path", "https://one.example:8443/", "http://10.0.0.1/", "https://one.example/?q", "one.example"} {
		s, err := NewService(t.Context(), Setup{
			State: t.TempDir(), Probe: probe.Options{Contact: "it@example.org"}, Vantage: watch.Vantage{Name: "office"}, Logger: slog.New(slog.DiscardHandler),
			Sentinels: []Sentinel{{URL: "https://two.example/", Network: "AS64500"}, {URL: url, Network: "AS64501"}},
		})
		if !errors.Is(err, control.ErrRefused) || !strings.Contains(err.Error(), "sentinel: ") {
			t.Errorf("%s: got error %v", url, err)
		}
		if s != nil {
			s.Close()
		}
	}
}
