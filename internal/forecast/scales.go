package forecast

import (
	"math"
	"time"
)

// scales is a ridge regression on how often a country was listed, seen at several scales of time at once: from the last day to all that is
// known. docs/forecasting.md says how it was chosen.
var scales = model{
	name: "scales", features: scaleFeatures, scaled: true, penalty: 3, free: 1e-6, drift: drift{halfLife: 60, prior: 20},
}

// halfLives are the scales, in days, at which listed days are counted; the last is the world's.
var halfLives = [...]float64{1, 4, 14, 60}

// memory is what is remembered of days, the older of which count less.
type memory struct {
	listed [len(halfLives)]float64 // sums of weights of listed days
	hosts  float64                 // of ln(1+hosts), half-life 1 day
	days   int                     // listed ones of all
}

func (m *memory) next(hosts int) {
	for i, h := range halfLives {
		m.listed[i] *= math.Exp2(-1 / h)
		if hosts > 0 {
			m.listed[i]++
		}
	}
	m.hosts = m.hosts/2 + math.Log1p(float64(hosts))
	if hosts > 0 {
		m.days++
	}
}

// weights returns the sum of the weights of n days at a half-life.
func weights(halfLife float64, n int) float64 {
	k := math.Exp2(-1 / halfLife)
	return (1 - math.Pow(k, float64(n))) / (1 - k)
}

func scaleFeatures(s *state, c *series) []float64 {
	n := len(s.lit)
	x := make([]float64, 0, len(halfLives)+8)
	x = append(x, 1)
	for i, h := range halfLives {
		x = append(x, math.Sqrt(c.memory.listed[i]/weights(h, n)))
	}
	x = append(x,
		math.Sqrt(float64(c.memory.days)/float64(n)),
		c.memory.hosts/weights(1, n),
		math.Log1p(float64(c.gap())),
		s.worldRate(),
	)
	for _, day := range [...]time.Weekday{time.Friday, time.Saturday, time.Sunday} {
		x = append(x, isOn(s.today, day))
	}
	return x
}

// isOn returns 1 for a day that is that day of the week, else 0.
func isOn(d Day, weekday time.Weekday) float64 {
	if d.Weekday() == weekday {
		return 1
	}
	return 0
}

// worldHalfLife is the scale, in days, at which it is seen how many countries are listed at all.
const worldHalfLife = 28

// worldRate returns the logarithm of how many of the known countries were listed on a day, lately.
func (s *state) worldRate() float64 {
	return math.Log((s.active + 0.1) / (s.population + 1))
}

// nextWorld moves on the memory of the world.
func (s *state) nextWorld(listed int) {
	k := math.Exp2(-1 / float64(worldHalfLife))
	w := weights(worldHalfLife, len(s.lit))
	s.activeSum = s.activeSum*k + float64(listed)
	s.populationSum = s.populationSum*k + float64(len(s.names))
	s.active, s.population = s.activeSum/w, s.populationSum/w
}
