package lookout

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall/internal/watch"
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
