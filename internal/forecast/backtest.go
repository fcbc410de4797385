package forecast

import "fmt"

// Options say what a back-test trains on and scores. Dates are inclusive.
type Options struct {
	TrainUntil Day // windows that end later teach nothing
	From, To   Day // the days on which scored forecasts are issued
	Horizon    int // days of a window, 1 to 28
	Step       int // every how many days a forecast is scored; 0 means 1
	Model      string
	Seed       uint64 // of the resamples
}

// warmUp is how many days after day 0 the first row is that a model learns from.
const warmUp = 60

// MaxHorizon is the longest window, in days.
const MaxHorizon = 28

// Backtest scores a model beside the reference, persistence and the plain regression. It returns an error when the dates leave nothing to learn
// from or to score.
func Backtest(h *History, o Options) (*Result, error) {
	m, err := o.check()
	if err != nil {
		return nil, err
	}
	run := newRun(h, o, m)
	if len(run.train) == 0 || len(run.scored) == 0 {
		return nil, fmt.Errorf("%d rows to learn from and %d to score in lists from %s to %s", len(run.train), len(run.scored), h.First, h.Last)
	}
	if err := run.forecast(); err != nil {
		return nil, err
	}
	return run.result(), nil
}

func (o *Options) check() (*model, error) {
	if o.Horizon < 1 || o.Horizon > MaxHorizon {
		return nil, fmt.Errorf("a horizon of %d days is not within 1 to %d", o.Horizon, MaxHorizon)
	}
	if o.From <= o.TrainUntil {
		return nil, fmt.Errorf("scored forecasts from %s on, but training until %s: they overlap", o.From, o.TrainUntil)
	}
	if o.Step == 0 {
		o.Step = 1
	}
	if o.Step < 1 {
		return nil, fmt.Errorf("a step of %d days", o.Step)
	}
	return modelOf(o.Model)
}

// example is a row with what was known when it was issued, and what was forecast.
type example struct {
	row
	plainX, x              []float64
	reference, persistence float64
	plain, p               float64
}

// run is a back-test under way.
type run struct {
	h      *History
	o      Options
	model  *model
	days   [][]*example // every resolved row of every day from warmUp on, in order
	train  []*example
	scored []*example
	own    *fitted // once forecast is done
}

// newRun finds the rows.
func newRun(h *History, o Options, m *model) *run {
	r := &run{h: h, o: o, model: m}
	s, n := newState(h.First, horizon(o.Horizon)), Day(o.Horizon)
	for _, day := range h.days {
		s.next(day)
		if s.age() < warmUp || s.today > o.To || s.today+n > h.Last {
			continue
		}
		var today []*example
		for _, name := range s.names {
			today = append(today, r.example(s, name))
		}
		r.days = append(r.days, today)
		switch {
		case s.today+n <= o.TrainUntil:
			r.train = append(r.train, today...)
		case s.today >= o.From && int(s.today-o.From)%o.Step == 0:
			r.scored = append(r.scored, today...)
		}
	}
	return r
}

func (r *run) example(s *state, name string) *example {
	c := s.series[name]
	e := &example{
		row: horizon(r.o.Horizon).resolved(r.h, name, s.today), plainX: plainFeatures(s, c), x: r.model.features(s, c), reference: s.reference(c),
	}
	if c.gap() < r.o.Horizon {
		e.persistence = 1
	}
	return e
}

// forecast fits both models and has them say what they think of every row.
func (r *run) forecast() error {
	rival, err := plain.fit(r.train, func(e *example) []float64 { return e.plainX })
	if err != nil {
		return err
	}
	own, err := r.model.fit(r.train, func(e *example) []float64 { return e.x })
	if err != nil {
		return err
	}
	r.own = own
	var resolved []past
	shift, done := 0.0, 0
	for i, today := range r.days {
		if len(today) == 0 {
			continue
		}
		now := today[0].issued
		for ; done < i && (len(r.days[done]) == 0 || r.days[done][0].issued+Day(r.o.Horizon) <= now); done++ {
			for _, e := range r.days[done] {
				resolved = append(resolved, past{own.logit(e.x), e.happened, e.issued})
			}
		}
		shift = own.drift.shift(resolved, now, shift)
		for _, e := range today {
			e.plain, e.p = sigmoid(dot(e.plainX, rival.w)), sigmoid(own.logit(e.x)+shift)
		}
	}
	return nil
}
