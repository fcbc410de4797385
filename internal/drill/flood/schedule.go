package flood

import (
	"iter"
	"math/rand/v2"
	"net/netip"
	"time"
)

// MeanRateHz is the mean rate of a bot at intensity 1, in sends per second.
//
// Bots differ as the attacking addresses of one measured morning did: 10 % send less than 0.03 times a second, 28 % from 0.03 to
// 0.1, 21 % to 0.2, 24 % to 0.5, 4 % to 1, 9 % to 2 and 4 % to 3.3, evenly within each of these, which makes a mean of 0.406. The
// drawn rates are then multiplied by the one factor that makes their mean MeanRateHz × intensity, so that 800 bots send 340 times a
// second whatever the seed.
const MeanRateHz = 0.425

// rateBins are the shares of bots up to each rate.
var rateBins = []struct{ share, fromHz, toHz float64 }{
	{0.10, 0, 0.03}, {0.28, 0.03, 0.1}, {0.21, 0.1, 0.2}, {0.24, 0.2, 0.5}, {0.04, 0.5, 1}, {0.09, 1, 2}, {0.04, 2, 3.3},
}

// stream returns the nth stream of random numbers of a seed. Each bot has two of its own, one for when it sends and one for what,
// so that no goroutine's luck is another's.
func stream(seed uint64, n int) *rand.Rand { return rand.New(rand.NewPCG(seed, uint64(n))) }

const ratesStream = 0

func timesStream(bot int) int  { return 1 + 2*bot }
func ordersStream(bot int) int { return 2 + 2*bot }

// rates returns the rate of each bot in sends per second.
func rates(seed uint64, bots int, intensity float64) []float64 {
	rng := stream(seed, ratesStream)
	rates := make([]float64, bots)
	sum := 0.0
	for i := range rates {
		rates[i] = rateHz(rng)
		sum += rates[i]
	}
	factor := MeanRateHz * intensity * float64(bots) / sum
	for i := range rates {
		rates[i] *= factor
	}
	return rates
}

func rateHz(rng *rand.Rand) float64 {
	x := rng.Float64()
	for _, bin := range rateBins {
		if x < bin.share {
			return bin.fromHz + (bin.toHz-bin.fromHz)*(1-rng.Float64()) // never 0
		}
		x -= bin.share
	}
	return rateBins[0].toHz // the shares' rounding error
}

// arrivals yields the times of a bot's sends, counted from the start of the flood, in order and before length: a Poisson process of
// rateHz from begin on.
func arrivals(rng *rand.Rand, rateHz float64, begin, length time.Duration) iter.Seq[time.Duration] {
	return func(yield func(time.Duration) bool) {
		end := length.Seconds()
		for at := begin.Seconds() + rng.ExpFloat64()/rateHz; at < end; at += rng.ExpFloat64() / rateHz {
			if !yield(time.Duration(at * float64(time.Second))) {
				return
			}
		}
	}
}

// begin returns when a bot joins in: bots are spread evenly over the first second.
func begin(bot, bots int) time.Duration {
	return time.Second * time.Duration(bot) / time.Duration(bots)
}

const (
	networks     = 86  // /24s that the bots are in, as many as were measured
	hostsPerNet  = 254 // addresses in each
	firstNetwork = 64  // 127.64.0.0/10
)

// MaxBots is how many bots have an address of their own.
const MaxBots = networks * hostsPerNet

// source returns a bot's address, in one of 86 /24s of 127.64.0.0/10.
func source(bot int) netip.Addr {
	network := bot % networks
	return netip.AddrFrom4([4]byte{127, byte(firstNetwork + network%64), byte(network), byte(1 + bot/networks)})
}
