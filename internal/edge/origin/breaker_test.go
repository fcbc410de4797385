package origin

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"
)

func TestBackoff(t *testing.T) {
	for n, want := range map[int]time.Duration{
		0: time.Second, 1: 2 * time.Second, 5: 32 * time.Second, 6: time.Minute, 7: time.Minute, 1000: time.Minute, 1 << 40: time.Minute,
	} {
		if got := backoff(n, 0.5); got != want {
			t.Errorf("backoff(%d): got %v, want %v", n, got, want)
		}
		if least, most := backoff(n, 0), backoff(n, 1); least != want*3/4 || most != want*5/4 {
			t.Errorf("backoff(%d): from %v to %v, want a quarter less and more than %v", n, least, most, want)
		}
	}
}

// TestBreakerLaws plays failures, answers, checks and time in any order. At every moment one origin at least is asked, at most one
// request tries an origin that is left alone, and no origin is left alone for longer than the back-off allows without another failure.
func TestBreakerLaws(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	rnd := rand.New(rand.NewPCG(seed, 1))
	now := time.Unix(1e9, 0)
	g, err := NewGroup(GroupOptions{
		URLs: []string{"http://192.0.2.1", "http://192.0.2.2", "http://192.0.2.3"}, Rand: rnd.Float64,
		Origin: Options{Now: func() time.Time { return now }}, Check: Check{Interval: time.Minute},
	})
	if err != nil {
		t.Fatal(err)
	}
	failure := errors.New("failed")
	type asked struct {
		m     *member
		epoch uint64
		trial bool
	}
	var under []asked
	for step := range 100_000 {
		switch rnd.IntN(6) {
		case 0:
			now = now.Add(time.Duration(rnd.ExpFloat64() * float64(5*time.Second)))
		case 1, 2:
			m, trial := g.pick(now, nil, rnd.IntN(2) == 0)
			m.inFlight.Add(1)
			under = append(under, asked{m, m.breaker.epoch.Load(), trial})
		case 3, 4:
			if len(under) == 0 {
				continue
			}
			i := rnd.IntN(len(under))
			a := under[i]
			under = append(under[:i], under[i+1:]...)
			a.m.inFlight.Add(-1)
			if a.trial {
				a.m.breaker.trying.Store(false)
			}
			if rnd.IntN(3) == 0 {
				g.answered(a.m, a.epoch, 200)
				g.heal(a.m, a.epoch)
			} else {
				g.strike(a.m, a.epoch, strikeSilent, failure)
			}
		case 5:
			g.checked(g.members[rnd.IntN(3)], []error{nil, failure}[rnd.IntN(2)])
		}
		closed, trials := 0, map[*member]int{}
		for _, m := range g.members {
			if m.breaker.state(now) == Closed {
				closed++
			}
			if wait := time.Unix(0, m.breaker.until.Load()).Sub(now); m.breaker.open.Load() && wait > 2*time.Minute {
				t.Fatalf("seed %d, step %d: left alone for %v more", seed, step, wait)
			}
		}
		for _, a := range under {
			if a.trial {
				trials[a.m]++
			}
		}
		for m, n := range trials {
			if n > 1 {
				t.Fatalf("seed %d, step %d: %d requests try %s", seed, step, n, m.url)
			}
		}
		if closed == 0 {
			t.Fatalf("seed %d, step %d: no origin is asked", seed, step)
		}
	}
}
