package forecast

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Version is that of the models and of the base rate; it goes up whenever what one of them says changes.
const Version = "1"

// BaseRate is the name of what speaks where a model does not: the share of windows so far that held the event, drawn a little towards one in
// twelve.
const BaseRate = "base-rate"

// What a model has to have to learn from: days of lists before the day of the forecast, windows that are over, and events among them.
const (
	minLiveDays   = 180
	minLiveRows   = 500
	minLiveEvents = 50
)

// ErrShort says that there is too little history for a model. The error around it says how much there is.
var ErrShort = errors.New("too little history for a model")

// Said is what is said of one population for the days after the day of a forecast.
type Said struct {
	Name      string
	P         float64
	Low, High float64 // of an interval that holds 90 % by what was learned from
	Reference float64 // the base rate known on the day of the forecast
	Model     string
}

// Live has a model say how likely each population that was ever listed is to be listed on one of the days after today, as many as horizon says. It
// learns from windows that ended before today and knows what was listed up to today, which may be half over; whatever h holds of later days is
// not looked at. It says exactly what [Backtest] says of that day. The error is [ErrShort] when h is too short for a model; [Base] takes its place.
func Live(h *History, today Day, span int, name string) ([]Said, error) {
	o := Options{TrainUntil: today - 1, From: today, To: today, Horizon: span, Model: name}
	m, err := o.check()
	if err != nil {
		return nil, err
	}
	r := newRun(h.Until(today).through(today+Day(span)), o, m)
	if err := r.enough(today); err != nil {
		return nil, err
	}
	if err := r.forecast(); err != nil {
		return nil, err
	}
	all := make([]Said, len(r.scored))
	for i, e := range r.scored {
		low, high := r.own.interval(e.x, logit(e.p), span)
		all[i] = Said{Name: e.country, P: e.p, Low: low, High: high, Reference: e.reference, Model: m.name}
	}
	return all, nil
}

// enough says what is missing to learn from.
func (r *run) enough(today Day) error {
	events := 0
	for _, e := range r.train {
		if e.happened {
			events++
		}
	}
	if days := int(today - r.h.First); days < minLiveDays || len(r.train) < minLiveRows || events < minLiveEvents {
		return fmt.Errorf("%w: %d days since the first list, %d windows that are over and %d events; it takes %d, %d and %d",
			ErrShort, days, len(r.train), events, minLiveDays, minLiveRows, minLiveEvents)
	}
	return nil
}

// Base says of each of names its base rate by the end of today, or of the history's last day when that is earlier: of what comes after nothing is
// known, and silence is no peace. A name that never came has the base rate of one that did not come in any window so far. What is said is in the order of
// names.
func Base(h *History, today Day, span int, names []string) []Said {
	s := newState(h.First, horizon(span))
	for _, day := range h.Until(today).days {
		s.next(day)
	}
	all := make([]Said, len(names))
	for i, name := range names {
		c := s.series[name]
		if c == nil {
			c = new(series)
		}
		p := s.reference(c)
		low, high := wilson(p, float64(s.passed()+referenceWindows)/float64(span))
		all[i] = Said{Name: name, P: p, Low: low, High: high, Reference: p, Model: BaseRate}
	}
	return all
}

// through returns the history as long as d at least: the days that are missing are dark.
func (h *History) through(d Day) *History {
	if d <= h.Last {
		return h
	}
	return &History{First: h.First, Last: d, days: append(slices.Clip(h.days), make([]dayRecord, d-h.Last)...)}
}

// interval returns the 90 % interval around log-odds that the fit leaves open (Laplace's approximation of the posterior). Windows of
// neighbouring days share most of their days, so the rows are worth as many as there are windows that share none.
func (f *fitted) interval(x []float64, at float64, span int) (low, high float64) {
	if f.scaled {
		x = f.scaledOf(x)
	}
	k := len(x)
	information := slices.Clone(f.information)
	for j := range information {
		information[j] /= float64(span)
	}
	for j, p := range f.penalties(k) {
		information[j*k+j] += p
	}
	v, ok := solve(information, x, k)
	if !ok {
		return 0, 1
	}
	half := z90 * math.Sqrt(dot(x, v))
	return sigmoid(at - half), sigmoid(at + half)
}
