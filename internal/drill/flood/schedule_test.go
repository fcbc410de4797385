package flood

import (
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRates(t *testing.T) {
	for _, seed := range []uint64{1, 2, 3} {
		got := rates(seed, 800, 8)
		if diff := cmp.Diff(got, rates(seed, 800, 8)); diff != "" {
			t.Errorf("seed %d: not the same twice:\n%s", seed, diff)
		}
		sum := 0.0
		for _, r := range got {
			sum += r
		}
		if want := 800 * MeanRateHz * 8; math.Abs(sum-want) > 1e-6 {
			t.Errorf("seed %d: got %v sends per second, want %v", seed, sum, want)
		}
		if slices.Equal(got, rates(seed+10, 800, 8)) {
			t.Errorf("seed %d: another seed gives the same rates", seed)
		}
	}
}

// The drawn rates have the shares of the bins before they are scaled.
func TestRateBins(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	const n = 100_000
	counts := make([]float64, len(rateBins))
	for range n {
		r := rateHz(rng)
		at := slices.IndexFunc(rateBins, func(b struct{ share, fromHz, toHz float64 }) bool { return r > b.fromHz && r <= b.toHz })
		if at < 0 {
			t.Fatalf("rate %v is in no bin", r)
		}
		counts[at]++
	}
	for i, b := range rateBins {
		if got := counts[i] / n; math.Abs(got-b.share) > 0.01 {
			t.Errorf("bin %d: got share %v, want %v", i, got, b.share)
		}
	}
}

// schedule returns every send of a flood, as [Run] plans them.
func schedule(seed uint64, bots int, intensity float64, length time.Duration) [][]time.Duration {
	all := make([][]time.Duration, bots)
	for i, r := range rates(seed, bots, intensity) {
		all[i] = slices.Collect(arrivals(stream(seed, timesStream(i)), r, begin(i, bots), length))
	}
	return all
}

func TestSchedule(t *testing.T) {
	const length = time.Minute
	got := schedule(4, 800, 1, length)
	if diff := cmp.Diff(got, schedule(4, 800, 1, length)); diff != "" {
		t.Errorf("not the same twice:\n%s", diff)
	}
	total, early := 0, 0
	for i, sends := range got {
		if !slices.IsSorted(sends) {
			t.Errorf("bot %d: sends out of order", i)
		}
		for _, at := range sends {
			if at < begin(i, 800) || at >= length {
				t.Errorf("bot %d: send at %v", i, at)
			}
			total++
			if at < time.Second {
				early++
			}
		}
	}
	if want := 800 * MeanRateHz * (length.Seconds() - 0.5); math.Abs(float64(total)-want) > 4*math.Sqrt(want) {
		t.Errorf("got %d sends, want about %.0f", total, want)
	}
	if want := 800 * MeanRateHz * 0.5; math.Abs(float64(early)-want) > 4*math.Sqrt(want) {
		t.Errorf("got %d sends in the first second, want about %.0f", early, want)
	}
}

func TestSource(t *testing.T) {
	all, nets := map[netip.Addr]bool{}, map[netip.Prefix]int{}
	for bot := range MaxBots {
		addr := source(bot)
		if !netip.MustParsePrefix("127.64.0.0/10").Contains(addr) {
			t.Fatalf("bot %d: got %v, want one in 127.64.0.0/10", bot, addr)
		}
		all[addr] = true
		p, _ := addr.Prefix(24)
		nets[p]++
	}
	if len(all) != MaxBots || len(nets) != networks {
		t.Errorf("got %d addresses in %d networks, want %d in %d", len(all), len(nets), MaxBots, networks)
	}
}
