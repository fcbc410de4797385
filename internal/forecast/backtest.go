package forecast

import "fmt"

// Options say what a back-test trains on and scores. Dates are inclusive.
type Options struct {
	TrainUntil Day // windows that end later teach nothing
	From, To   Day // the days on which scored forecasts are issued
	Horizon    int // days of a window, 1 to 28
}

// warmUp is how many days after day 0 the first row is that a model learns from.
const warmUp = 60

// maxHorizon is the longest window.
const maxHorizon = 28

// Result is what came of a back-test with the plain logistic regression. Skills are 1 − Brier/Brier of the reference.
type Result struct {
	N, Events, Countries                    int
	Dark                                    int // days of issue whose window touches a day without a list
	Brier, BrierReference, BrierPersistence float64
	Skill, LogScore                         float64
	OnsetN, OnsetEvents                     int
	OnsetSkill                              float64
	Calibration                             Calibration
}

// Backtest scores the plain logistic regression. It returns an error when the dates leave nothing to learn from or to score.
func Backtest(h *History, o Options) (*Result, error) {
	if o.Horizon < 1 || o.Horizon > maxHorizon {
		return nil, fmt.Errorf("a horizon of %d days is not within 1 to %d", o.Horizon, maxHorizon)
	}
	if o.From <= o.TrainUntil {
		return nil, fmt.Errorf("scored forecasts from %s on, but training until %s: they overlap", o.From, o.TrainUntil)
	}
	train, score := rows(h, o)
	if len(train) == 0 || len(score) == 0 {
		return nil, fmt.Errorf("%d rows to learn from and %d to score in lists from %s to %s", len(train), len(score), h.First, h.Last)
	}
	w, err := fitPlain(train)
	if err != nil {
		return nil, err
	}
	return judge(score, w), nil
}

// example is a row with what was known when it was issued.
type example struct {
	row
	features    []float64
	reference   float64
	persistence float64
}

// rows returns the rows to learn from and those to score.
func rows(h *History, o Options) (train, score []example) {
	s, n := newState(h.First, horizon(o.Horizon)), Day(o.Horizon)
	for _, day := range h.days {
		s.next(day)
		learn := s.age() >= warmUp && s.today+n <= o.TrainUntil
		scored := s.today >= o.From && s.today <= o.To
		if s.today+n > h.Last || !learn && !scored {
			continue
		}
		for _, name := range s.names {
			c := s.series[name]
			e := example{
				row:      horizon(o.Horizon).resolved(h, name, s.today),
				features: plainFeatures(s, c), reference: s.reference(c),
			}
			if c.gap() < o.Horizon {
				e.persistence = 1
			}
			if learn {
				train = append(train, e)
			} else {
				score = append(score, e)
			}
		}
	}
	return train, score
}

// fitPlain fits the rival, with a penalty of ½·w² on every coefficient.
func fitPlain(train []example) ([]float64, error) {
	x, y := make([][]float64, len(train)), make([]bool, len(train))
	for i, e := range train {
		x[i], y[i] = e.features, e.happened
	}
	penalty := make([]float64, len(x[0]))
	for j := range penalty {
		penalty[j] = 1
	}
	return ridge(x, y, penalty)
}

// judge scores the forecasts that coefficients make.
func judge(score []example, w []float64) *Result {
	r := &Result{N: len(score)}
	countries, dark := make(map[string]bool), make(map[Day]bool)
	p, happened := make([]float64, len(score)), make([]bool, len(score))
	onset, onsetReference := 0.0, 0.0
	for i, e := range score {
		p[i], happened[i] = sigmoid(dot(e.features, w)), e.happened
		countries[e.country] = true
		if e.dark {
			dark[e.issued] = true
		}
		if e.happened {
			r.Events++
		}
		brier, reference := brierOf(p[i], e.happened), brierOf(e.reference, e.happened)
		r.Brier += brier
		r.BrierReference += reference
		r.BrierPersistence += brierOf(e.persistence, e.happened)
		r.LogScore += logOf(p[i], e.happened)
		if e.onset {
			r.OnsetN++
			if e.happened {
				r.OnsetEvents++
			}
			onset += brier
			onsetReference += reference
		}
	}
	r.Skill, r.OnsetSkill = 1-r.Brier/r.BrierReference, 1-onset/onsetReference
	n := float64(r.N)
	r.Brier, r.BrierReference, r.BrierPersistence, r.LogScore = r.Brier/n, r.BrierReference/n, r.BrierPersistence/n, r.LogScore/n
	r.Countries, r.Dark, r.Calibration = len(countries), len(dark), calibrate(p, happened)
	return r
}
