package forecast

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
)

// Definition names what is forecast and how it is scored.
const Definition = "E1-country-v1"

// Result is what came of a back-test. Skills are 1 − Brier/Brier of the reference; intervals hold 90 % of the resamples.
type Result struct {
	Definition string  `json:"definition"`
	Model      string  `json:"model"`
	N          int     `json:"n"`
	Events     int     `json:"events"`
	EventShare float64 `json:"event_share"`
	Dark       int     `json:"dark"`      // scored rows whose window touches a day without a list
	DarkDays   int     `json:"dark_days"` // days without a list from the first scored one to the last

	Brier            float64    `json:"brier"`
	BrierReference   float64    `json:"brier_reference"`
	BrierPersistence float64    `json:"brier_persistence"`
	BrierPlain       float64    `json:"brier_plain"`
	Skill            float64    `json:"skill"`
	SkillInterval    [2]float64 `json:"skill_interval"`
	GainOverPlain    float64    `json:"gain_over_plain"` // Brier of the plain regression less that of the model
	GainInterval     [2]float64 `json:"gain_interval"`
	Onset            Onset      `json:"onset"`
	LogScore         LogScores  `json:"log_score"`

	CalibrationError float64          `json:"calibration_error"`
	Murphy           Murphy           `json:"murphy"`
	Bins             []Bin            `json:"bins"`
	Countries        []CountryResult  `json:"countries"`
	Seed             uint64           `json:"seed"`
	Resamples        int              `json:"resamples"`
	Plain            PlainCalibration `json:"plain"`
}

// Onset is the same of rows whose country had not been listed for two weeks.
type Onset struct {
	N      int     `json:"n"`
	Events int     `json:"events"`
	Skill  float64 `json:"skill"`
}

// LogScores are means of −ln of the probability of what came.
type LogScores struct {
	Model       float64 `json:"model"`
	Reference   float64 `json:"reference"`
	Persistence float64 `json:"persistence"`
}

// PlainCalibration is how the plain regression fares beside.
type PlainCalibration struct {
	Skill            float64 `json:"skill"`
	OnsetSkill       float64 `json:"onset_skill"`
	LogScore         float64 `json:"log_score"`
	CalibrationError float64 `json:"calibration_error"`
}

// CountryResult is one country's rows.
type CountryResult struct {
	Country        string  `json:"country"`
	N              int     `json:"n"`
	Events         int     `json:"events"`
	MeanP          float64 `json:"mean_p"`
	Brier          float64 `json:"brier"`
	BrierReference float64 `json:"brier_reference"`
}

// sums are what scores are means of.
type sums struct {
	n, events                                   float64
	p, brier, reference, persistence, plain     float64
	log, logReference, logPersistence, logPlain float64
	onsetN, onsetEvents                         int
	onsetBrier, onsetReference, onsetPlain      float64
}

func (s *sums) add(e *example) {
	s.n++
	s.p += e.p
	if e.happened {
		s.events++
	}
	brier, reference, rival := brierOf(e.p, e.happened), brierOf(e.reference, e.happened), brierOf(e.plain, e.happened)
	s.brier, s.reference, s.plain = s.brier+brier, s.reference+reference, s.plain+rival
	s.persistence += brierOf(e.persistence, e.happened)
	s.log += logOf(e.p, e.happened)
	s.logReference += logOf(e.reference, e.happened)
	s.logPersistence += logOf(e.persistence, e.happened)
	s.logPlain += logOf(e.plain, e.happened)
	if e.onset {
		s.onsetN++
		if e.happened {
			s.onsetEvents++
		}
		s.onsetBrier, s.onsetReference, s.onsetPlain = s.onsetBrier+brier, s.onsetReference+reference, s.onsetPlain+rival
	}
}

// result scores what was forecast.
func (r *run) result() *Result {
	var s sums
	countries := make(map[string]*sums)
	p, q, happened := make([]float64, len(r.scored)), make([]float64, len(r.scored)), make([]bool, len(r.scored))
	dark := 0
	for i, e := range r.scored {
		s.add(e)
		if countries[e.country] == nil {
			countries[e.country] = &sums{}
		}
		countries[e.country].add(e)
		p[i], q[i], happened[i] = e.p, e.plain, e.happened
		if e.dark {
			dark++
		}
	}
	c := calibrate(p, happened)
	out := &Result{
		Definition: Definition, Model: r.model.name, N: len(r.scored), Events: int(s.events), EventShare: s.events / s.n, Dark: dark,
		DarkDays: r.darkDays(), Brier: s.brier / s.n, BrierReference: s.reference / s.n, BrierPersistence: s.persistence / s.n, BrierPlain: s.plain / s.n,
		Skill: skill(s.brier, s.reference), GainOverPlain: (s.plain - s.brier) / s.n,
		Onset:            Onset{s.onsetN, s.onsetEvents, skill(s.onsetBrier, s.onsetReference)},
		LogScore:         LogScores{s.log / s.n, s.logReference / s.n, s.logPersistence / s.n},
		CalibrationError: c.Error, Murphy: c.Murphy, Bins: c.Bins, Seed: r.o.Seed, Resamples: resamples,
		Plain: PlainCalibration{skill(s.plain, s.reference), skill(s.onsetPlain, s.onsetReference), s.logPlain / s.n, calibrate(q, happened).Error},
	}
	for _, name := range slices.Sorted(maps.Keys(countries)) {
		k := countries[name]
		out.Countries = append(out.Countries, CountryResult{name, int(k.n), int(k.events), k.p / k.n, k.brier / k.n, k.reference / k.n})
	}
	out.SkillInterval, out.GainInterval = r.intervals()
	return out
}

// skill is 0 where there is nothing to be better than.
func skill(brier, reference float64) float64 {
	if reference == 0 {
		return 0
	}
	return 1 - brier/reference
}

// darkDays counts days without a list in the scored period.
func (r *run) darkDays() (n int) {
	for d := r.scored[0].issued; d <= r.scored[len(r.scored)-1].issued; d++ {
		if !r.h.Lit(d) {
			n++
		}
	}
	return n
}

// Resampling: whole blocks of days, because forecasts of neighbouring days share most of their windows (Künsch 1989).
const (
	resamples = 2000
	blockDays = 28
)

// intervals returns 90 % intervals of skill and of the gain over the plain regression, from the same resamples of whole blocks counted from the
// first scored day.
func (r *run) intervals() (skills, gains [2]float64) {
	blocks := make(map[int]*sums)
	for _, e := range r.scored {
		b := int(e.issued-r.o.From) / blockDays
		if blocks[b] == nil {
			blocks[b] = &sums{}
		}
		blocks[b].add(e)
	}
	var all []*sums
	for _, b := range slices.Sorted(maps.Keys(blocks)) {
		all = append(all, blocks[b])
	}
	rng := rand.New(rand.NewPCG(r.o.Seed, r.o.Seed)) //nolint:gosec // resamples have to be the same again, not secret
	drawnSkills, drawnGains := make([]float64, resamples), make([]float64, resamples)
	for i := range resamples {
		var s sums
		for range all {
			b := all[rng.IntN(len(all))]
			s.n, s.brier, s.reference, s.plain = s.n+b.n, s.brier+b.brier, s.reference+b.reference, s.plain+b.plain
		}
		drawnSkills[i], drawnGains[i] = skill(s.brier, s.reference), (s.plain-s.brier)/s.n
	}
	return middle(drawnSkills), middle(drawnGains)
}

// middle returns the 5th and 95th percentile.
func middle(x []float64) [2]float64 {
	slices.Sort(x)
	at := func(q float64) float64 { return x[int(math.Round(q*float64(len(x)-1)))] }
	return [2]float64{at(0.05), at(0.95)}
}
