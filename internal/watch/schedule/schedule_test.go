package schedule

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// book notes who had a turn, and when.
type book struct {
	mu    sync.Mutex
	turns map[string][]time.Time
	most  int
	now   int
}

func (b *book) begin(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.turns == nil {
		b.turns = make(map[string][]time.Time)
	}
	b.turns[key] = append(b.turns[key], time.Now())
	b.now++
	b.most = max(b.most, b.now)
}

func (b *book) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now--
}

// play runs a schedule for a while of bubble time; each turn takes as long as it is told.
func play(t *testing.T, o Options, takes time.Duration, during func(s *Schedule)) (*book, *Schedule) {
	t.Helper()
	b := &book{}
	o.Do = func(ctx context.Context, key string) {
		b.begin(key)
		defer b.end()
		select {
		case <-time.After(takes):
		case <-ctx.Done():
		}
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	during(s)
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v", err)
	}
	return b, s
}

func keys(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("site-%d.example.org", i)
	}
	return all
}

func TestEveryOneOnceAnInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := play(t, Options{}, time.Second, func(s *Schedule) {
			s.Set(time.Now(), keys(2000))
			time.Sleep(10*time.Minute - time.Millisecond)
		})
		for key, at := range b.turns {
			if len(at) != 10 {
				t.Fatalf("%s had %d turns in ten minutes", key, len(at))
			}
			for i := 1; i < len(at); i++ {
				if d := at[i].Sub(at[i-1]); d != time.Minute {
					t.Fatalf("%s: %v between turns", key, d)
				}
			}
		}
		if len(b.turns) != 2000 {
			t.Errorf("%d of 2000 had turns", len(b.turns))
		}
		// 2,000 turns of a second in a minute are 33 at once on average.
		if b.most > 66 {
			t.Errorf("%d turns at once: they are not spread", b.most)
		}
		if late := s.Stats().Late; late > 0 {
			t.Errorf("a turn was %v late", late)
		}
	})
}

func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _ := play(t, Options{}, time.Second, func(s *Schedule) {
			s.Set(time.Now(), []string{"a", "b"})
			s.Pace(time.Now(), "a", 10*time.Second)
			s.Pace(time.Now(), "nobody", time.Second)
			time.Sleep(2 * time.Minute)
			s.Pace(time.Now(), "a", 0)
			time.Sleep(2 * time.Minute)
		})
		if got := len(b.turns["a"]); got != 12+2 {
			t.Errorf("a had %d turns, want 12 in doubt and 2 in peace", got)
		}
		if got := len(b.turns["b"]); got != 4 {
			t.Errorf("b had %d turns, want 4", got)
		}
	})
}

func TestSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked time.Time
		b, _ := play(t, Options{}, time.Second, func(s *Schedule) {
			s.Set(time.Now(), []string{"a"})
			time.Sleep(90 * time.Second)
			asked = time.Now()
			s.Soon(asked, "a")
			s.Soon(asked, "nobody")
			synctest.Wait()
		})
		if at := b.turns["a"]; !slices.Contains(at, asked) {
			t.Errorf("no turn at %v: %v", asked, at)
		}
	})
}

func TestSlowTurnsAreNotDoubled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := play(t, Options{}, 90*time.Second, func(s *Schedule) {
			s.Set(time.Now(), []string{"a"})
			time.Sleep(10 * time.Minute)
		})
		if got := len(b.turns["a"]); got != 5 {
			t.Errorf("%d turns of 90 s in ten minutes, want 5", got)
		}
		if got := s.Stats().Skipped; got != 5 {
			t.Errorf("%d left out, want 5", got)
		}
	})
}

func TestAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := play(t, Options{AtOnce: 10}, 15*time.Second, func(s *Schedule) {
			s.Set(time.Now(), keys(100))
			time.Sleep(5 * time.Minute)
		})
		if b.most != 10 {
			t.Errorf("%d at once, want 10", b.most)
		}
		if late := s.Stats().Late; late < time.Minute {
			t.Errorf("100 turns of 15 s with ten at once are %v late", late)
		}
		if len(b.turns) != 100 {
			t.Errorf("%d of 100 had a turn", len(b.turns))
		}
	})
}

func TestSetForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := play(t, Options{}, time.Second, func(s *Schedule) {
			s.Set(time.Now(), keys(50))
			time.Sleep(time.Minute)
			s.Set(time.Now(), keys(10))
			time.Sleep(time.Minute)
		})
		if got := s.Stats().Keys; got != 10 {
			t.Errorf("%d keys, want 10", got)
		}
		for i, key := range keys(50) {
			want := 1
			if i < 10 {
				want = 2
			}
			if got := len(b.turns[key]); got != want {
				t.Errorf("%s had %d turns, want %d", key, got, want)
			}
		}
	})
}

func TestOptions(t *testing.T) {
	for _, o := range []Options{{}, {Do: func(context.Context, string) {}, AtOnce: -1}, {Do: func(context.Context, string) {}, Interval: -1}} {
		if _, err := New(o); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
}
