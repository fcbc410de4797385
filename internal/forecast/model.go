package forecast

import (
	"fmt"
	"math"
	"slices"
)

// A model is a logistic regression: what it looks at, and how it is fitted. Its coefficients come from rows to learn from alone.
type model struct {
	name     string
	features func(s *state, c *series) []float64 // the first is 1
	scaled   bool                                // features are brought to mean 0 and deviation 1, by the rows to learn from
	penalty  float64                             // ½·penalty·w² for each coefficient
	free     float64                             // the same for the first, the intercept
	drift    drift                               // the zero value: none
}

// models by name, the default first.
var models = []*model{&scales, &plain}

// Models returns the names of the models, the default first.
func Models() []string {
	var names []string
	for _, m := range models {
		names = append(names, m.name)
	}
	return names
}

func modelOf(name string) (*model, error) {
	i := slices.IndexFunc(models, func(m *model) bool { return m.name == name || name == "" })
	if i < 0 {
		return nil, fmt.Errorf("no model is called %q; there are %q", name, Models())
	}
	return models[i], nil
}

// plain is the rival, written down with the definition of the back-test: any other model has to show what it is worth beside it.
var plain = model{name: "plain", features: plainFeatures, penalty: 1, free: 1}

// fitted is a model with its coefficients.
type fitted struct {
	*model
	w           []float64
	mean, scale []float64
	information []float64 // lower half of the Hessian of the loss at w, without the penalty
}

// fit learns from rows.
func (m *model) fit(train []*example, features func(e *example) []float64) (*fitted, error) {
	x, y := make([][]float64, len(train)), make([]bool, len(train))
	for i, e := range train {
		x[i], y[i] = features(e), e.happened
	}
	f := &fitted{model: m}
	if m.scaled {
		f.measure(x)
		for i := range x {
			x[i] = f.scaledOf(x[i])
		}
	}
	w, err := ridge(x, y, m.penalties(len(x[0])))
	if err != nil {
		return nil, err
	}
	f.w, f.information = w, make([]float64, len(w)*len(w))
	newtonTerms(x, y, make([]float64, len(w)), w, make([]float64, len(w)), f.information)
	return f, nil
}

// penalties returns that of each of k coefficients.
func (m *model) penalties(k int) []float64 {
	all := slices.Repeat([]float64{m.penalty}, k)
	all[0] = m.free
	return all
}

// measure finds mean and deviation of each feature but the first.
func (f *fitted) measure(x [][]float64) {
	k, n := len(x[0]), float64(len(x))
	f.mean, f.scale = make([]float64, k), slices.Repeat([]float64{1}, k)
	for j := 1; j < k; j++ {
		sum, squares := 0.0, 0.0
		for i := range x {
			sum += x[i][j]
		}
		f.mean[j] = sum / n
		for i := range x {
			squares += square(x[i][j] - f.mean[j])
		}
		if squares > 0 {
			f.scale[j] = math.Sqrt(squares / n)
		}
	}
}

func (f *fitted) scaledOf(x []float64) []float64 {
	out := make([]float64, len(x))
	for j := range x {
		out[j] = (x[j] - f.mean[j]) / f.scale[j]
	}
	return out
}

// logit returns the log-odds that the coefficients give to features.
func (f *fitted) logit(x []float64) float64 {
	if f.scaled {
		x = f.scaledOf(x)
	}
	return dot(x, f.w)
}

// drift is how far forecasts were off together lately: the shift of all log-odds that fits what has become of past ones best, the older of
// which count less. It is state and no coefficient: it is learned from questions that were resolved by the day of the forecast, in the same
// way while coefficients are learned and after.
type drift struct {
	halfLife float64 // days
	prior    float64 // how many rows of information it takes to move it
}

// past is a forecast that has been resolved.
type past struct {
	logit    float64
	happened bool
	issued   Day
}

// shift returns the drift at the end of a day, from forecasts resolved by then; last is what it was the day before.
func (d drift) shift(resolved []past, today Day, last float64) float64 {
	if d.halfLife == 0 {
		return 0
	}
	at := last
	for range 8 {
		gradient, curve := -d.prior*at, d.prior
		for _, e := range slices.Backward(resolved) {
			age := float64(today - e.issued)
			if age > 8*d.halfLife {
				break
			}
			weight := math.Exp2(-age / d.halfLife)
			p := sigmoid(e.logit + at)
			gradient -= weight * p
			if e.happened {
				gradient += weight
			}
			curve += weight * p * (1 - p)
		}
		step := gradient / curve
		at += step
		if math.Abs(step) < 1e-6 {
			break
		}
	}
	return at
}
