package forecast

import (
	"errors"
	"math"
)

// Limits of the fit.
const (
	maxSteps  = 200
	converged = 1e-8 // largest change of a coefficient
	stride    = 2    // largest change in one step: far from the minimum Newton's own may lead away from it
)

var errFit = errors.New("the fit of a logistic regression does not converge")

// ridge fits a logistic regression by Newton's method and returns its coefficients: they minimise the log loss over the rows plus
// ½·penalty[j]·w[j]² for each. x has one row for each outcome. A penalty above zero on every column makes the minimum unique.
func ridge(x [][]float64, happened []bool, penalty []float64) ([]float64, error) {
	k := len(penalty)
	w := make([]float64, k)
	gradient, hessian := make([]float64, k), make([]float64, k*k)
	for range maxSteps {
		newtonTerms(x, happened, penalty, w, gradient, hessian)
		step, ok := solve(hessian, gradient, k)
		if !ok {
			return nil, errFit
		}
		largest := 0.0
		for j := range step {
			largest = max(largest, math.Abs(step[j]))
		}
		for j := range w {
			w[j] -= step[j] * min(1, stride/largest)
		}
		if largest < converged {
			return w, nil
		}
	}
	return nil, errFit
}

// newtonTerms fills in the gradient and the lower half of the Hessian of the penalised loss at w.
func newtonTerms(x [][]float64, happened []bool, penalty, w, gradient, hessian []float64) {
	k := len(w)
	clear(gradient)
	clear(hessian)
	for i, row := range x {
		p := sigmoid(dot(row, w))
		off, weight := p, p*(1-p)
		if happened[i] {
			off = p - 1
		}
		for a, xa := range row {
			if xa == 0 {
				continue
			}
			gradient[a] += off * xa
			wa := weight * xa
			line := hessian[a*k : a*k+a+1]
			for b := range line {
				line[b] += wa * row[b]
			}
		}
	}
	for j := range w {
		gradient[j] += penalty[j] * w[j]
		hessian[j*k+j] += penalty[j]
	}
}

// solve returns the solution of A·s = b for a positive definite A of which the lower half is given, by Cholesky's decomposition, which
// replaces that half. It reports whether A was positive definite.
func solve(a, b []float64, k int) ([]float64, bool) {
	for i := range k {
		for j := range i + 1 {
			sum := a[i*k+j] - dot(a[i*k:i*k+j], a[j*k:j*k+j])
			switch {
			case i != j:
				a[i*k+j] = sum / a[j*k+j]
			case !(sum > 0):
				return nil, false
			default:
				a[i*k+i] = math.Sqrt(sum)
			}
		}
	}
	s := make([]float64, k)
	for i := range k {
		s[i] = (b[i] - dot(a[i*k:i*k+i], s[:i])) / a[i*k+i]
	}
	for i := k - 1; i >= 0; i-- {
		for j := i + 1; j < k; j++ {
			s[i] -= a[j*k+i] * s[j]
		}
		s[i] /= a[i*k+i]
	}
	return s, true
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

func sigmoid(z float64) float64 { return 1 / (1 + math.Exp(-z)) }

func logit(p float64) float64 { return math.Log(p / (1 - p)) }
